"""``nst sphere``: what takes on the look of a painted sphere."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..protocol import FRONTS, GUIDES, METHODS, Sheet, Sphere, SphereJob, SphereTextureJob
from ..protocol.controls import bad_job
from .colors import color
from .console import Console
from .render import add_view
from .stylize import add_output_options, add_size, do_job


def add_commands(commands: Any) -> None:
    """Add the command to the parser of commands."""
    parser = commands.add_parser(
        "sphere",
        help="make something look like a painted sphere",
        description="Copies the look of a painted sphere: its shading, its strokes and its outlines. With "
        "--guides onto a render or the frames of an animation; with --mesh onto the textures of a mesh, "
        "whose sides have what the sphere has where it faces as they do; <UDIM> and <PART> in OUT as of nst "
        "texture.",
    )
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--mesh", metavar="MESH", help="a mesh with UVs (OBJ, GLB, PLY)")
    target.add_argument(
        "--guides",
        metavar="RENDER",
        help="a multilayer EXR file with the pass Normal, or a normal map; # standing for digits, the frames "
        "of an animation: shot_####.exr",
    )
    _add_sphere(parser)
    _add_render(parser)
    _add_texture(parser)
    _add_results(parser)
    add_output_options(parser, planned=False)
    parser.set_defaults(run=_run)


def _add_sphere(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the sphere")
    group.add_argument("--exemplar", required=True, metavar="IMAGE", help="the painted sphere")
    group.add_argument(
        "--exemplar-normals",
        default=Sphere.normals,
        metavar="IMAGE",
        help="a normal map of it: red right, green up, blue towards the viewer; default the normals of the "
        "ball that it shows",
    )
    group.add_argument(
        "--exemplar-circle",
        type=_circle,
        default=Sphere.circle,
        metavar="X,Y,R",
        help="where that ball is: its middle, from the upper left corner, and its radius in pixels",
    )
    group.add_argument("--exemplar-height", default=Sphere.height, metavar="IMAGE", help="its painted height")
    group.add_argument(
        "--exemplar-roughness", default=Sphere.roughness, metavar="IMAGE", help="its painted roughness"
    )
    group.add_argument(
        "--tolerance",
        type=float,
        default=SphereTextureJob.tolerance,
        metavar="T",
        help="how far off a piece may be taken from, in radii of the sphere: more makes larger pieces, "
        f"0 looks each place up; default {SphereTextureJob.tolerance}",
    )


def _add_render(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("with --guides")
    group.add_argument(
        "--exemplar-guides",
        default=Sphere.guides,
        metavar="RENDER",
        help="a multilayer EXR file of a plain sphere in the light that the exemplar was painted for, framed "
        "as that is: what guides other than normals compare with",
    )
    group.add_argument(
        "--mask",
        dest="masks",
        action="append",
        default=[],
        metavar="MASK=IMAGE",
        help="another sphere, whose ball is looked for, where MASK is: a picture, object:NAME, material:NAME "
        "or what else nst render knows; may be given again",
    )
    group.add_argument(
        "--method",
        choices=METHODS,
        default=SphereJob.method,
        help="copy pieces (blit, default), or fit patches",
    )
    group.add_argument(
        "--guide",
        dest="weights",
        action="append",
        default=[],
        metavar="NAME[=WEIGHT]",
        help=f"what is compared: {', '.join(GUIDES)}; default normal=1; may be given again",
    )
    group.add_argument(
        "--scale",
        type=float,
        default=SphereJob.scale,
        metavar="S",
        help="pixels of the result for each of the exemplar: 2 makes strokes twice as wide; default 1",
    )
    group.add_argument(
        "--camera",
        type=_numbers,
        default=SphereJob.camera,
        metavar="R,R,...",
        help="the rotation from the world to the camera, nine numbers, row by row; default found from the "
        "pass Position or Depth",
    )
    group.add_argument(
        "--view-layer", default=SphereJob.view_layer, metavar="NAME", help="which one; default the first"
    )
    add_view(group)
    for name in ("first", "last"):
        group.add_argument(f"--{name}", type=int, metavar="N", help=f"the {name} frame; default all")
    group.add_argument(
        "--boil",
        type=float,
        default=SphereJob.boil,
        metavar="B",
        help="from 0, strokes stick to things (default), to 1, they are drawn anew all the time",
    )
    group.add_argument(
        "--hold",
        type=int,
        default=SphereJob.hold,
        metavar="N",
        help=f"frames that a drawing is shown for; default {SphereJob.hold}",
    )
    group.add_argument(
        "--harmony",
        type=float,
        default=SphereJob.harmony,
        metavar="H",
        help="0 to 1, how strongly a network draws the result to the exemplar's statistics; default 0",
    )


def _add_texture(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("with --mesh")
    size = f"width and height of the texture in pixels; default {SphereTextureJob.size}"
    add_size(group, SphereTextureJob.size, size)
    group.add_argument(
        "--front",
        choices=FRONTS,
        default=SphereTextureJob.front,
        help="the mesh's side that looks at the painter, or around for all of them; default "
        f"{SphereTextureJob.front}",
    )
    group.add_argument(
        "--stroke",
        type=float,
        default=SphereTextureJob.stroke,
        metavar="METRES",
        help="radius of the sphere on the surface, in the mesh's units; 0, the default, makes it as large as "
        "the mesh",
    )
    group.add_argument(
        "--base", metavar="IMAGE", default=Sheet.base, help="what shows where the sphere is half transparent"
    )
    group.add_argument(
        "--base-color", type=color, metavar="COLOR", default=Sheet.base_color, help="the same, as one colour"
    )


def _add_results(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("results")
    group.add_argument("-o", "--output", required=True, metavar="OUT", help="PNG, JPEG, TIFF or EXR")
    for name in ("height", "roughness"):
        group.add_argument(
            f"--{name}", default="", metavar="IMAGE", help=f"where the {name} goes (16-bit PNG or TIFF, EXR)"
        )
    group.add_argument(
        "--device", default=SphereJob.device, metavar="NAME", help="auto, cpu, cuda, cuda:1, mps"
    )
    seed = "another number, other pieces"
    group.add_argument("--seed", type=int, default=SphereTextureJob.seed, metavar="N", help=seed)
    group.add_argument(
        "--preview",
        default=SphereTextureJob.preview,
        metavar="IMAGE",
        help="a small picture of the result, to be shown",
    )


def _circle(text: str) -> tuple[float, ...]:
    try:
        x, y, radius = map(float, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not X,Y,R, three numbers") from None
    return x, y, radius


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} must be numbers with commas between them") from None


def _run(options: argparse.Namespace, console: Console) -> None:
    job = _render_job(options) if options.guides else _texture_job(options)
    do_job(job, Path.cwd(), options, console)


def _render_job(options: argparse.Namespace) -> SphereJob:
    return SphereJob(
        (_sphere(options), *(_other(text) for text in options.masks)),
        options.guides,
        options.output,
        height=options.height,
        roughness=options.roughness,
        method=options.method,
        weights=tuple(_weight(text) for text in options.weights) or SphereJob.weights,
        tolerance=options.tolerance,
        scale=options.scale,
        camera=options.camera,
        view_layer=options.view_layer,
        view=options.view,
        first=options.first,
        last=options.last,
        boil=options.boil,
        hold=options.hold,
        harmony=options.harmony,
        seed=options.seed,
        device=options.device,
        preview=options.preview,
    )


def _other(text: str) -> Sphere:
    mask, sign, picture = text.rpartition("=")
    if not sign or not mask or not picture:
        raise bad_job(f"--mask is {text!r}; it must be MASK=IMAGE.")
    return Sphere(picture, mask=mask)


def _weight(text: str) -> tuple[str, float]:
    name, sign, weight = text.partition("=")
    try:
        return name, float(weight) if sign else 1.0
    except ValueError:
        raise bad_job(f"--guide is {text!r}; it must be NAME or NAME=WEIGHT.") from None


def _texture_job(options: argparse.Namespace) -> SphereTextureJob:
    return SphereTextureJob(
        (_sphere(options),),
        options.mesh,
        (Sheet(options.output, options.base, options.base_color, options.height),),
        size=options.size,
        roughness=options.roughness,
        front=options.front,
        stroke=options.stroke,
        tolerance=options.tolerance,
        seed=options.seed,
        preview=options.preview,
    )


def _sphere(options: argparse.Namespace) -> Sphere:
    return Sphere(
        options.exemplar,
        options.exemplar_normals,
        options.exemplar_circle,
        options.exemplar_guides,
        height=options.exemplar_height,
        roughness=options.exemplar_roughness,
    )
