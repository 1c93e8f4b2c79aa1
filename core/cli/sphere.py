"""``nst sphere``: what takes on the look of a painted sphere."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..protocol import Sheet, Sphere, SphereTextureJob
from ..protocol.spheres import FRONTS
from .colors import color
from .console import Console
from .stylize import add_output_options, add_size, do_job


def add_commands(commands: Any) -> None:
    """Add the command to the parser of commands."""
    parser = commands.add_parser(
        "sphere",
        help="make something look like a painted sphere",
        description="Copies the look of one painted sphere: its shading, its strokes and its outlines. With "
        "--mesh onto the textures of a mesh, whose sides have what the sphere has where it faces as they do; "
        "<UDIM> and <PART> in OUT as of nst texture.",
    )
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--mesh", metavar="MESH", help="a mesh with UVs (OBJ, GLB, PLY)")
    _add_sphere(parser)
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


def _run(options: argparse.Namespace, console: Console) -> None:
    do_job(_texture_job(options), Path.cwd(), options, console)


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
        height=options.exemplar_height,
        roughness=options.exemplar_roughness,
    )
