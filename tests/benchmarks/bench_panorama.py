"""Panoramas: painted all around, as a flat picture, and as the six faces of a cube, side by side.

    python3 dev.py bench panorama -- --out out/panorama sky.exr room.exr
    python3 dev.py bench panorama -- --world BLENDER/datafiles/studiolights/world --only forest,city
    python3 dev.py bench panorama -- --blender-python .venv-bpy52/bin/python
    python3 dev.py bench panorama -- --cost 256,512,1024 sky.exr

Columns are the numbers of ``nst metrics panorama`` (wrap, pole, edge, pinch: 1 is invisible); the painting of
the panorama turned by a third of the circle, beside the painting turned ("turned", 0 is the same); the style
distance of what one sees in six directions, that are not the cube's, to the painting (relu5_1 was never
optimised). The row "none" is a field of waves in space that has no seams at all: what a number is by chance.
Writes panorama.md, pictures, and sheets of what one sees in those directions: of the panorama, and of each
way. Where Blender's Python is named, a room of things is rendered with a panoramic camera, too. With
--cost instead: processor seconds beside those of a flat picture of as many pixels as the sphere has solid
angle, with strokes as large.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import time
from pathlib import Path
from statistics import mean, stdev

import torch
from torch import Tensor

from nst.core.encoder import load_encoder
from nst.core.image import stylize_image
from nst.core.images import load_picture, save_picture
from nst.core.metrics.likeness import style_distance
from nst.core.metrics.panorama import panorama_report, turn_error
from nst.core.panorama.around import Around
from nst.core.panorama.cube import faces_of, panorama_of
from nst.core.panorama.directions import everywhere, looking, sampled
from nst.core.protocol import ImageJob, RenderJob
from nst.core.render.job import stylize_render
from nst.core.resize import resized_to
from nst.core.solve.progress import SilentWatcher
from nst.core.style.painting import Painting

HERE = Path(__file__).resolve().parent
STYLE = HERE.parent / "assets" / "van_gogh_auvers.jpg"
WAYS = ("around", "flat", "cube")
HEAD = "| panorama | way | wrap | pole | edge | pinch | turned | relu5_1 |"
SEAMS = ("wrap", "pole", "edge", "pinch")
VIEWS = ((45, 0), (135, 10), (225, -10), (315, 20), (0, 88), (180, -88))
WIDE = 80  # degrees of a view
WAVES = 400  # of the field without seams
LENGTH = 6  # pixels of each


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("panoramas", nargs="*", type=Path)
    parser.add_argument("--world", type=Path, help="Blender's folder of worlds")
    parser.add_argument("--blender-python", default="", help="renders a room (panoramas/make.py)")
    parser.add_argument("--only", default="", help="names in it, with commas between them")
    parser.add_argument("--style", type=Path, default=STYLE)
    parser.add_argument("--height", type=int, default=512)
    parser.add_argument("--quality", default="draft")
    parser.add_argument("--cost", default="", help="heights, with commas between them")
    parser.add_argument("--turned", action="store_true", help="paint each turned, too")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--out", type=Path, default=Path("out/panorama"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    paths = [*options.panoramas]
    if options.world:
        wanted = options.only.split(",") if options.only else []
        paths += [path for path in sorted(options.world.glob("*.exr")) if not wanted or path.stem in wanted]
    if options.blender_python:
        paths.append(rendered(options))
    if options.cost:
        for height in options.cost.split(","):
            print(cost(paths[0], int(height), options), flush=True)
        return
    lines = [HEAD, "|---" * HEAD.count("| ") + "|"]
    found: dict[str, list[dict[str, float]]] = {}
    for number, path in enumerate(paths):
        before = options.out / f"{path.stem}.png"
        save_picture(before, resized_to(load_picture(path).rgb, (options.height, 2 * options.height)))
        sheets = [sheet(load_picture(before).rgb)]
        for way in options.ways.split(","):
            row, painted = measured(before, way, options)
            sheets.append(sheet(painted))
            found.setdefault(way, []).append(row)
            lines.append(line(path.stem, way, row))
            print(lines[-1], flush=True)
        save_picture(before.with_name(f"{path.stem}_sheet.png"), torch.cat(sheets, 2))
        found.setdefault("none", []).append(seams(field(options.height, number)))
    for way, rows in found.items():
        for name, of in (("mean", mean), ("deviation", stdev)):
            if len(rows) > 1:
                lines.append(line(name, way, {key: of([row[key] for row in rows]) for key in rows[0]}))
    (options.out / "panorama.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def rendered(options: argparse.Namespace) -> Path:
    """A room, rendered with a panoramic camera where it is not there yet."""
    path: Path = options.out.absolute() / f"room_{options.height}.exr"
    if not path.is_file():
        command = [options.blender_python, "-m", "panoramas.make", str(path), str(options.height)]
        subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.DEVNULL)
    return path


def line(name: str, way: str, row: dict[str, float]) -> str:
    shown = [f"{row[key]:.3f}" if key in row else "" for key in (*SEAMS, "turned", "relu5_1")]
    return f"| {name} | {way} | {' | '.join(shown)} |"


def measured(before: Path, way: str, options: argparse.Namespace) -> tuple[dict[str, float], Tensor]:
    """Paint a panorama, and turned by a third if asked, and measure. Also the painting (1, 3, H, W)."""
    content = load_picture(before).rgb
    painted = paint(before, way, options)
    row = seams(painted)
    if options.turned:
        columns = content.shape[-1] // 3
        turned = before.with_name(f"{before.stem}_turned.png")
        save_picture(turned, content.roll(columns, 3))
        row["turned"] = turn_error(painted, paint(turned, way, options), content, columns)
    painting = Painting(load_picture(options.style).rgb, load_encoder())
    shown = sheet(painted)
    wide, side = shown.shape[-1], shown.shape[-2] // 2
    row["relu5_1"] = style_distance(shown, painting, load_encoder(), wide, side)["relu5_1"]
    return row, painted


def seams(panorama: Tensor) -> dict[str, float]:
    report = panorama_report(panorama)
    return {name: getattr(report, name) for name in SEAMS}


def field(height: int, seed: int) -> Tensor:
    """A panorama (1, 3, H, 2 H) of waves in space, alike everywhere: without ends, poles or edges."""
    generator = torch.Generator().manual_seed(seed)
    waves = torch.nn.functional.normalize(torch.randn(WAVES, 3, generator=generator), dim=1)
    waves, shift = waves * (2 * height / LENGTH), torch.rand(WAVES, generator=generator) * 2 * math.pi
    planes = [(everywhere(height).float() @ waves[c::3].T + shift[c::3]).cos().sum(-1) for c in range(3)]
    return 0.5 + torch.stack(planes)[None] / (3 * math.sqrt(WAVES))


def cost(path: Path, height: int, options: argparse.Namespace) -> str:
    """Processor seconds of a panorama, and of a flat picture with as many pixels as it has solid angle."""
    picture, side = load_picture(path).rgb, round(math.sqrt(4 / math.pi) * height)
    around, plain = (options.out / f"{path.stem}_{height}_{name}.png" for name in ("around", "plain"))
    save_picture(around, resized_to(picture, (height, 2 * height)))
    save_picture(plain, resized_to(picture[..., : picture.shape[-2]], (side, side)))
    took = []
    for run in (
        lambda: paint(around, "around", options),
        lambda: flat(plain, plain.with_stem(f"{plain.stem}_painted"), height / 2, 0, options),
    ):
        began = time.process_time()
        run()
        took.append(time.process_time() - began)
    return f"| {height} | {took[0]:.0f} | {took[1]:.0f} | {took[0] / took[1]:.2f} |"


def paint(before: Path, way: str, options: argparse.Namespace) -> Tensor:
    """The panorama (1, 3, H, W) as it is painted in one of the ways, strokes of one size."""
    out = before.with_name(f"{before.stem}_{way}.png")
    picture = load_picture(before).rgb
    height = picture.shape[-2]
    if way == "around":
        same = {"projection": "equirect", "quality": options.quality}
        stylize_render(RenderJob(str(before), str(options.style), str(out), **same), SilentWatcher())
    elif way == "flat":
        flat(before, out, height / 2, 0, options)
    else:
        side = round(2 * height / math.pi)  # pixels as large in a face's middle as at the horizon
        painted = []
        for number, face in enumerate(faces_of(picture, side)):
            one = before.with_name(f"{before.stem}_face_{number}.png")
            save_picture(one, face[None])
            painted.append(flat(one, one.with_stem(f"{one.stem}_painted"), height / 2, number, options)[0])
        save_picture(out, panorama_of(torch.stack(painted), height))
    return load_picture(out).rgb


def flat(content: Path, out: Path, span: float, seed: int, options: argparse.Namespace) -> Tensor:
    """A picture as ``nst image`` paints it, the whole painting over so many of its pixels."""
    stroke = stroke_of(options.style, span)
    job = ImageJob(
        str(content), str(options.style), str(out), stroke=stroke, seed=seed, quality=options.quality
    )
    stylize_image(job, SilentWatcher())
    return load_picture(out).rgb


def stroke_of(style: Path, span: float) -> float:
    """Pixels from stroke to stroke where the whole painting spans so many."""
    painting = Painting(load_picture(style).rgb, load_encoder())
    return span * painting.wavelength / painting.long_side


def sheet(panorama: Tensor) -> Tensor:
    """What is seen in VIEWS, in two rows (1, 3, 2 side, 3 side), as fine as the panorama."""
    side = round(2 * math.tan(math.radians(WIDE / 2)) * panorama.shape[-2] / math.pi)
    views = [
        sampled(panorama, looking(*view, WIDE, side), Around()).permute(2, 0, 1).clamp(0, 1) for view in VIEWS
    ]
    return torch.cat([torch.cat(views[at : at + 3], 2) for at in (0, 3)], 1)[None]


if __name__ == "__main__":
    main()
