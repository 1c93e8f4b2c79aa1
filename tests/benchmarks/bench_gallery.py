"""Several paintings on several meshes, in one picture to look at.

    python3 dev.py bench gallery -- --styles a.jpg,b.jpg --size 512 --quality standard --out out/gallery

A row for each painting: itself, then each mesh of ``bench meshes`` painted with it, with the style alone.
Results are kept, and gallery.png written, in the folder.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch
from bench_meshes import kept, make_meshes, parsed, parser_of, say, settings_of
from meshes.methods import Task, surface
from torch import Tensor

from nst.core.files import file_digest
from nst.core.images import load_picture, save_picture
from nst.core.resize import resized_to
from nst.core.surface.geometry import Geometry
from nst.core.surface.load import load_mesh, up_axis
from nst.core.surface.portrait import Portrait

CHOSEN = ("suzanne-smart", "cup-smart", "torus-own")
SIDE = 320  # pixels of a painting's longer side, and of a portrait


def framed(picture: Tensor) -> Tensor:
    """A picture (1, 3, H, W) in the middle of a white square."""
    height, width = picture.shape[-2:]
    scale = (SIDE - 16) / max(height, width)
    small = resized_to(picture, (round(height * scale), round(width * scale)))
    square = torch.ones(1, 3, SIDE, SIDE)
    top, left = (SIDE - small.shape[-2]) // 2, (SIDE - small.shape[-1]) // 2
    square[..., top : top + small.shape[-2], left : left + small.shape[-1]] = small
    return square


def main() -> None:
    parser = parser_of("Several paintings on several meshes.", CHOSEN)
    parser.add_argument("--styles", required=True, help="paintings, with commas between")
    options = parsed(parser)
    make_meshes(options.meshes, options.out, options.blender_python)
    portraits = {}
    for name in options.meshes:
        mesh = options.out / f"{name}.npz"
        portraits[name] = Portrait(Geometry(load_mesh(mesh)), up_axis(mesh), SIDE)
    rows = []
    for style in map(Path, options.styles.split(",")):
        looks = [framed(load_picture(style).rgb)]
        for name, portrait in portraits.items():
            mesh, output = options.out / f"{name}.npz", options.out / name / f"{style.stem}.png"
            output.parent.mkdir(exist_ok=True)
            settings = settings_of(mesh, options) | {"style": file_digest(style)}
            task = Task(mesh, style, output, options.size, options.quality, device=options.device)
            result = kept(output.with_suffix(".json"), settings, lambda task=task: asdict(surface(task)))
            say(f"{style.stem} on {name}: {result['seconds']:.0f} s")
            looks.append(portrait.draw(load_picture(output).rgb))
        rows.append(torch.cat(looks, dim=3))
        save_picture(options.out / "gallery.png", torch.cat(rows, dim=2))


if __name__ == "__main__":
    main()
