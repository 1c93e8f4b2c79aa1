"""``nst portrait``: a plain picture of a textured mesh."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..runner import as_job_error, load_engine
from .console import Console
from .options import add_json, add_mesh

SIZES = (16, 4096)  # pixels
TURNS = (25.0, 160.0)  # degrees from the front


def add_commands(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "portrait",
        help="a picture of a mesh under its texture",
        description="Draws a mesh under its texture, from the front and from behind: "
        "to judge a texture without opening Blender.",
    )
    add_mesh(parser)
    parser.add_argument(
        "textures",
        nargs="+",
        metavar="TEXTURE",
        help="its texture; of several, each is a row. <UDIM> or <PART> in a name: all tiles or parts",
    )
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="where the picture goes")
    parser.add_argument("--size", type=_size, default=512, help="height of the picture (default: 512)")
    add_json(parser)
    parser.set_defaults(run=_portrait)


def _size(text: str) -> int:
    if not text.isdecimal() or not SIZES[0] <= int(text) <= SIZES[1]:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {SIZES[0]} to {SIZES[1]}")
    return int(text)


def _portrait(options: argparse.Namespace, console: Console) -> None:
    load_engine()
    try:
        draw(options.mesh, options.textures, options.output, options.size)
    except Exception as error:
        raise as_job_error(error) from error
    console.result({"output": str(Path(options.output).absolute())}, str(options.output))


def draw(mesh_path: str, texture_paths: Sequence[str], output: str, size: int) -> None:
    """Write a picture of a mesh seen from ``TURNS``, side by side, in a row for each texture."""
    import torch

    from ..images import save_picture
    from ..metrics.textures import open_textures
    from ..surface.geometry import Geometry
    from ..surface.load import load_mesh, up_axis
    from ..surface.portrait import Portrait

    mesh, up = load_mesh(mesh_path), up_axis(mesh_path)
    rows = []
    for path in texture_paths:
        own, texture = open_textures(mesh, [path])
        geometry = Geometry(own)
        looks = [Portrait(geometry, up, size, azimuth).draw(texture) for azimuth in TURNS]
        rows.append(torch.cat(looks, dim=3))
    save_picture(output, torch.cat(rows, dim=2))
