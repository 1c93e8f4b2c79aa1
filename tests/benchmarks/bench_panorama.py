"""Panoramas: painted all around, as a flat picture, and as the six faces of a cube, side by side.

    python3 dev.py bench panorama -- --out out/panorama sky.exr room.exr
    python3 dev.py bench panorama -- --world BLENDER/datafiles/studiolights/world --only forest,city

Columns are the numbers of ``nst metrics panorama`` (wrap, pole, edge, pinch: 1 is invisible); the painting of
the panorama turned by a third of the circle, beside the painting turned ("turned", 0 is the same); the style
distance of what one sees in six directions, that are not the cube's, to the painting (relu5_1 was never
optimised); and seconds, with the pixels that one sees (the sphere's solid angle in pixels at the horizon, or
the flat picture's) in a second. Writes panorama.md and pictures.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from statistics import mean

import torch
from torch import Tensor

from nst.core.canvas.sphere_look import SphereLook
from nst.core.canvas.surrounding import upright
from nst.core.encoder import load_encoder
from nst.core.image import stylize_image
from nst.core.images import load_picture, save_picture
from nst.core.metrics.likeness import style_distance
from nst.core.metrics.panorama import panorama_report, turn_error
from nst.core.panorama.around import Around
from nst.core.panorama.cube import faces_of, panorama_of
from nst.core.protocol import ImageJob, RenderJob
from nst.core.render.job import stylize_render
from nst.core.resize import resized_to
from nst.core.solve.progress import SilentWatcher
from nst.core.style.painting import Painting

STYLE = Path(__file__).resolve().parents[1] / "assets" / "van_gogh_auvers.jpg"
WAYS = ("around", "flat", "cube")
HEAD = "| panorama | way | wrap | pole | edge | pinch | turned | relu5_1 | seconds | px/s |"
VIEWS = ((45, 0), (135, 10), (225, -10), (315, 20), (0, 88), (180, -88))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("panoramas", nargs="*", type=Path)
    parser.add_argument("--world", type=Path, help="Blender's folder of worlds")
    parser.add_argument("--only", default="", help="names in it, with commas between them")
    parser.add_argument("--style", type=Path, default=STYLE)
    parser.add_argument("--height", type=int, default=512)
    parser.add_argument("--quality", default="draft")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--out", type=Path, default=Path("out/panorama"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    paths = [*options.panoramas]
    if options.world:
        wanted = options.only.split(",") if options.only else []
        paths += [path for path in sorted(options.world.glob("*.exr")) if not wanted or path.stem in wanted]
    lines = [HEAD, "|---" * HEAD.count("| ") + "|"]
    found: dict[str, list[dict[str, float]]] = {}
    for path in paths:
        before = options.out / f"{path.stem}.png"
        picture = load_picture(path).rgb
        save_picture(before, resized_to(picture, (options.height, 2 * options.height)))
        for way in options.ways.split(","):
            row = measured(before, way, options)
            found.setdefault(way, []).append(row)
            lines.append(line(path.stem, way, row))
            print(lines[-1], flush=True)
    for way, rows in found.items() if len(paths) > 1 else ():
        lines.append(line("mean", way, {key: mean(row[key] for row in rows) for key in rows[0]}))
    (options.out / "panorama.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def line(name: str, way: str, row: dict[str, float]) -> str:
    shown = [f"{row[key]:.3f}" for key in ("wrap", "pole", "edge", "pinch", "turned", "relu5_1")]
    return f"| {name} | {way} | {' | '.join(shown)} | {row['seconds']:.0f} | {row['speed']:.0f} |"


def measured(before: Path, way: str, options: argparse.Namespace) -> dict[str, float]:
    """Paint a panorama, and turned by a third, and measure."""
    content = load_picture(before).rgb
    columns = content.shape[-1] // 3
    turned = before.with_name(f"{before.stem}_turned.png")
    save_picture(turned, content.roll(columns, 3))
    began = time.monotonic()
    painted = paint(before, way, options)
    took = time.monotonic() - began
    report = panorama_report(painted)
    height = content.shape[-2]
    seen = 4 * height**2 / math.pi if way == "around" else content[0, 0].numel()
    row = {name: getattr(report, name) for name in ("wrap", "pole", "edge", "pinch")}
    row["turned"] = turn_error(painted, paint(turned, way, options), content, columns)
    row["relu5_1"] = style_of(painted, options.style)
    return row | {"seconds": took, "speed": seen / took}


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


def style_of(panorama: Tensor, style: Path) -> float:
    """The style distance of what is seen in VIEWS, together, at relu5_1."""
    height = panorama.shape[-2]
    side = height // 2
    angles = (torch.tensor(each, dtype=torch.float64).deg2rad() for each in zip(*VIEWS, strict=True))
    turns = upright(*angles, torch.zeros(len(VIEWS), dtype=torch.float64))
    views = SphereLook(turns, side, height, Around()).gather(panorama)
    sheet = torch.cat([torch.cat(list(views[at : at + 3]), 2) for at in (0, 3)], 1)[None]
    painting = Painting(load_picture(style).rgb, load_encoder())
    return style_distance(sheet, painting, load_encoder(), 3 * side, side)["relu5_1"]


if __name__ == "__main__":
    main()
