"""``nst metrics``: the commands that measure results."""

from __future__ import annotations

import argparse
from typing import Any

from ..protocol.controls import check_number
from ..protocol.options import NETWORK_HELP
from ..runner import guarded
from .console import Console
from .metrics import (
    measure_content,
    measure_seams,
    measure_strokes,
    measure_style,
    measure_surface_style,
    measure_tile,
    measure_unwrap,
)
from .motion_metrics import add_warp
from .options import add_json, add_mesh
from .panorama_metrics import add_panorama
from .sphere_metrics import add_sphere
from .stereo_metrics import add_stereo


def add_commands(commands: Any) -> None:
    """Add the command, with one command below it for each metric."""
    parser = commands.add_parser("metrics", help="measure a result", description="Measures a result.")
    metrics = parser.add_subparsers(metavar="METRIC", required=True)
    seams = metrics.add_parser(
        "seams",
        help="how visible a texture's UV seams are",
        description="Prints the seam ratio: colour steps across UV seams over colour steps between "
        "neighbours elsewhere, 1 is invisible; and its floor, what colours that depend on the position alone "
        "get on this mesh.",
    )
    add_mesh(seams)
    seams.add_argument(
        "textures",
        nargs="+",
        metavar="TEXTURE",
        help="its texture, or one for each of its sheets; <UDIM> and <PART> in a name stand for several",
    )
    add_json(seams)
    seams.set_defaults(run=_seams)
    style = metrics.add_parser(
        "style",
        help="how like a painting a picture is",
        description="Prints the squared 2-Wasserstein distance between the two pictures' features at each "
        "layer, over the painting's variance: 0 is the same style. relu5_1 is never optimised.",
    )
    style.add_argument("picture", metavar="PICTURE", help="the picture")
    style.add_argument("painting", metavar="PAINTING", help="the painting, or its style file")
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
    _add_surface_metrics(metrics)
    add_warp(metrics)
    add_sphere(metrics)
    add_panorama(metrics)
    add_stereo(metrics)
    for each in (style, content, tile):
        add_json(each)


def _add_surface_metrics(metrics: Any) -> None:
    strokes = metrics.add_parser(
        "strokes",
        help="whether a texture's strokes are equally large all over the surface",
        description="Prints the distance from stroke to stroke on the surface, in the mesh's units; its "
        "coefficient of variation over the surface, 0 is even; and the floor, what an even texture "
        "of such strokes gets on this mesh.",
    )
    unwrap = metrics.add_parser(
        "unwrap",
        help="how much a result depends on the unwrap",
        description="Compares two results on one surface under two unwraps, at the same points of the "
        "surface: their difference over their distance to the original, point by point (fine: about 1 or "
        "more for two paintings of other chance detail) and of averages over an area (coarse); 0 is equal.",
    )
    surface_style = metrics.add_parser(
        "surface-style",
        help="how like a painting a painted surface is",
        description="Prints the squared 2-Wasserstein distance between the features of windows on the "
        "surface and those of the painting at each layer, over the painting's variance: 0 is the same style. "
        "rgb is the palette in those windows, palette the distance of all the surface's colours to the "
        "painting's; relu5_1 is never optimised.",
    )
    for each in (strokes, surface_style):
        add_mesh(each)
        each.add_argument("texture", metavar="TEXTURE", help="its texture")
    for number, name in enumerate(("first", "second"), 1):
        unwrap.add_argument(f"{name}_mesh", metavar=f"MESH_{number}", help=f"the {name} mesh")
        unwrap.add_argument(f"{name}_texture", metavar=f"TEXTURE_{number}", help="its texture")
    unwrap.add_argument(
        "original",
        metavar="ORIGINAL",
        help="what was painted over: the first mesh's texture before, or a colour, as R,G,B or #RRGGBB",
    )
    unwrap.add_argument(
        "--scale",
        type=float,
        default=0.0,
        metavar="METRES",
        help="how far colours are averaged for the coarse difference; 0, the default, takes 5 %% of the "
        "surface's extent",
    )
    surface_style.add_argument("painting", metavar="PAINTING", help="the painting")
    surface_style.add_argument(
        "--stroke",
        type=float,
        default=0.0,
        metavar="METRES",
        help="the stroke size that it was painted with; 0, the default, is the automatic one",
    )
    surface_style.add_argument("--network", default="embedded", metavar="NAME|FILE", help=NETWORK_HELP)
    for each, run in ((strokes, _strokes), (unwrap, _unwrap), (surface_style, _surface_style)):
        add_json(each)
        each.set_defaults(run=run)


def _seams(options: argparse.Namespace, console: Console) -> None:
    data = guarded(lambda: measure_seams(options.mesh, options.textures))
    if data["pairs"] == 0:
        console.note("Note: the mesh has no UV seams to measure; the ratio of 1 means nothing here.")
    ratio, floor = (_ratio(data[key]) for key in ("ratio", "floor"))
    text = (
        f"seam ratio    {ratio} (1 is invisible; the floor on this mesh is {floor})\n"
        f"seam step     {data['seam_step']:.4f} over {data['pairs']} pairs\n"
        f"inside step   {data['inside_step']:.4f}"
    )
    console.result(data, text)


def _strokes(options: argparse.Namespace, console: Console) -> None:
    data = guarded(lambda: measure_strokes(options.mesh, options.texture))
    text = (
        f"variation     {100 * data['variation']:.1f} % (0 is even; the floor on this mesh is "
        f"{100 * data['floor']:.1f} %)\n"
        f"wavelength    {data['wavelength']:.4g} from stroke to stroke, in {data['windows']} windows"
    )
    console.result(data, text)


def _unwrap(options: argparse.Namespace, console: Console) -> None:
    check_number("scale", options.scale, 0.0, 1e9)
    pairs = (
        (options.first_mesh, options.first_texture),
        (options.second_mesh, options.second_texture),
    )
    data = guarded(lambda: measure_unwrap(*pairs, options.original, options.scale))
    fine, coarse = (_ratio(data[key]) for key in ("fine", "coarse"))
    text = (
        f"fine          {fine} (0 is the same paint at every point)\n"
        f"coarse        {coarse} (of averages over {data['scale']:.4g})\n"
        f"matched       {100 * data['matched']:.2f} % of the surface"
    )
    console.result(data, text)


def _surface_style(options: argparse.Namespace, console: Console) -> None:
    check_number("stroke", options.stroke, 0.0, 1e9)
    paths = (options.mesh, options.texture, options.painting)
    _say(guarded(lambda: measure_surface_style(*paths, options.stroke, options.network)), console)


def _style(options: argparse.Namespace, console: Console) -> None:
    _say(guarded(lambda: measure_style(options.picture, options.painting, options.network)), console)


def _content(options: argparse.Namespace, console: Console) -> None:
    _say(guarded(lambda: measure_content(options.picture, options.content)), console)


def _tile(options: argparse.Namespace, console: Console) -> None:
    data = guarded(lambda: measure_tile(options.picture))
    shown = {key: _ratio(value) for key, value in data.items()}
    console.result(
        data,
        f"left, right   {shown['x']} of the mean step inside, {shown['x_most']} of the largest\n"
        f"top, bottom   {shown['y']} of the mean step inside, {shown['y_most']} of the largest",
    )


def _say(data: dict[str, Any], console: Console) -> None:
    console.result(data, "\n".join(f"{name:13} {value:.4f}" for name, value in data.items()))


def _ratio(value: float | None) -> str:
    return "infinite" if value is None else f"{value:.3f}"
