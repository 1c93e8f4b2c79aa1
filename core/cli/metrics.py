"""``nst metrics``: numbers that say how good a result is."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from ..protocol.options import NETWORK_HELP
from ..runner import guarded
from .console import Console


def add_commands(commands: Any) -> None:
    """Add the command, with one command below it for each metric."""
    parser = commands.add_parser("metrics", help="measure a result", description="Measures a result.")
    metrics = parser.add_subparsers(metavar="METRIC", required=True)
    seams = metrics.add_parser(
        "seams",
        help="how visible a texture's UV seams are",
        description="Prints the seam ratio: colour steps across UV seams over colour steps between "
        "neighbours elsewhere, 1 is invisible; its floor, what colours that depend on the position alone "
        "get on this mesh; and the share of texels inside UV islands that were painted.",
    )
    seams.add_argument("mesh", metavar="MESH", help="a mesh with UVs (OBJ, GLB, PLY)")
    seams.add_argument("texture", metavar="TEXTURE", help="its texture")
    seams.add_argument("--json", action="store_true", help="print one JSON object")
    seams.set_defaults(run=_seams)
    style = metrics.add_parser(
        "style",
        help="how like a painting a picture is",
        description="Prints the squared 2-Wasserstein distance between the two pictures' features at each "
        "layer, over the painting's variance: 0 is the same style. relu5_1 is never optimised.",
    )
    style.add_argument("picture", metavar="PICTURE", help="the picture")
    style.add_argument("painting", metavar="PAINTING", help="the painting")
    style.add_argument("--network", default="embedded", metavar="NAME|FILE", help=NETWORK_HELP)
    style.set_defaults(run=_style)
    content = metrics.add_parser(
        "content",
        help="how much of its content a picture has kept",
        description="Prints how far the picture's structure is from the content's (0 is the same), the "
        "correlation of their lightness (1 is the same) and the mean distance of their colours in Oklab "
        "(0 is the same).",
    )
    content.add_argument("picture", metavar="PICTURE", help="the picture")
    content.add_argument("content", metavar="CONTENT", help="what it was painted over")
    content.set_defaults(run=_content)
    tile = metrics.add_parser(
        "tile",
        help="how visible the joints of a repeating picture are",
        description="Prints the colour steps where the picture meets its copy over those between "
        "neighbouring lines inside: over their mean, where 1 is invisible, and over the largest of them, "
        "where nothing up to 1 stands out.",
    )
    tile.add_argument("picture", metavar="PICTURE", help="the picture")
    tile.set_defaults(run=_tile)
    for each in (style, content, tile):
        each.add_argument("--json", action="store_true", help="print one JSON object")


def _seams(options: argparse.Namespace, console: Console) -> None:
    data = guarded(lambda: measure_seams(options.mesh, options.texture))
    ratio, floor = ("infinite" if data[key] is None else f"{data[key]:.3f}" for key in ("ratio", "floor"))
    text = (
        f"seam ratio    {ratio} (1 is invisible; the floor on this mesh is {floor})\n"
        f"painted       {100 * data['painted']:.2f} % of the texels inside islands\n"
        f"seam step     {data['seam_step']:.4f} over {data['pairs']} pairs\n"
        f"inside step   {data['inside_step']:.4f}"
    )
    console.result(data, text)


def _style(options: argparse.Namespace, console: Console) -> None:
    _say(guarded(lambda: measure_style(options.picture, options.painting, options.network)), console)


def _content(options: argparse.Namespace, console: Console) -> None:
    _say(guarded(lambda: measure_content(options.picture, options.content)), console)


def _tile(options: argparse.Namespace, console: Console) -> None:
    data = guarded(lambda: measure_tile(options.picture))
    shown = {key: "infinite" if value is None else f"{value:.3f}" for key, value in data.items()}
    console.result(
        data,
        f"left, right   {shown['x']} of the mean step inside, {shown['x_most']} of the largest\n"
        f"top, bottom   {shown['y']} of the mean step inside, {shown['y_most']} of the largest",
    )


def _say(data: dict[str, Any], console: Console) -> None:
    console.result(data, "\n".join(f"{name:13} {value:.4f}" for name, value in data.items()))


def measure_style(picture_path: str, painting_path: str, network: str = "embedded") -> dict[str, Any]:
    """The style distance at each layer, pictures compared at the size of the smaller one, as JSON values.

    network: see ``load_encoder``. Raises JobError as that and ``load_picture``.
    """
    from ..encoder import load_encoder
    from ..images import load_picture
    from ..metrics.likeness import SIDE, style_distance

    picture, painting = load_picture(picture_path, "picture").rgb, load_picture(painting_path, "painting").rgb
    side = min(SIDE, *(max(one.shape[-2:]) for one in (picture, painting)))
    return dict(style_distance(picture, painting, load_encoder(network=network), side, side))


def measure_content(picture_path: str, content_path: str) -> dict[str, Any]:
    """The content report, as JSON values."""
    from ..encoder import load_encoder
    from ..images import load_picture
    from ..metrics.likeness import content_likeness

    picture, content = load_picture(picture_path, "picture").rgb, load_picture(content_path, "content").rgb
    return dataclasses.asdict(content_likeness(picture, content, load_encoder()))


def measure_tile(picture_path: str) -> dict[str, Any]:
    """How the picture meets its copies, as JSON values."""
    from ..images import load_picture
    from ..metrics.tiling import tile_ratio

    return dataclasses.asdict(tile_ratio(load_picture(picture_path, "picture").rgb))


def measure_seams(mesh_path: str, texture_path: str) -> dict[str, Any]:
    """The seam report of a texture on a mesh, with "floor" and "painted" (a share), as JSON values."""
    from ..images import load_picture
    from ..metrics.painted import painted_share
    from ..metrics.seams import position_floor, seam_ratio
    from ..surface.load import load_mesh

    mesh = load_mesh(mesh_path)
    picture = load_picture(texture_path, "texture")
    report = seam_ratio(mesh, picture.rgb)
    floor = position_floor(mesh, max(picture.rgb.shape[-2:]))
    painted = painted_share(mesh, picture.rgb, picture.alpha)
    return {**dataclasses.asdict(report), "floor": floor.ratio, "painted": painted}
