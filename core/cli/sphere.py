"""``nst sphere``: what takes on the look of a painted sphere."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ..protocol import FRONTS, Sheet, Sphere, SphereJob, SphereTextureJob
from ..protocol.controls import bad_job
from ..protocol.sphere_options import add_exemplar_options, add_look_options, masked_of, weights_of
from .colors import color
from .console import Console
from .render import add_view
from .stylize import add_output_options, add_size, do_job

_WITH_GUIDES = {"--mask": "masks", "--method": "method", "--guide": "weights", "--scale": "scale"}
_WITH_GUIDES |= {"--boil": "boil", "--harmony": "harmony", "--camera": "camera", "--view": "view"}
_WITH_GUIDES |= {"--view-layer": "view_layer", "--first": "first", "--last": "last", "--hold": "hold"}
_WITH_MESH = {"--size": "size", "--front": "front", "--stroke": "stroke", "--base": "base"}
_WITH_MESH |= {"--base-color": "base_color"}


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
    parser.set_defaults(run=partial(_run, defaults=parser.get_default))


def _add_sphere(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the sphere")
    group.add_argument("--exemplar", required=True, metavar="IMAGE", help="the painted sphere")
    add_exemplar_options(group)


def _add_render(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("with --guides")
    add_look_options(group, "a picture, object:NAME, material:NAME or what else nst render knows")
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
        "--hold",
        type=int,
        default=SphereJob.hold,
        metavar="N",
        help=f"frames that a drawing is shown for; default {SphereJob.hold}",
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


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} must be numbers with commas between them") from None


def _run(options: argparse.Namespace, console: Console, defaults: Callable[[str], Any]) -> None:
    wanted, idle = ("--guides", _WITH_MESH) if options.guides else ("--mesh", _WITH_GUIDES)
    for option, name in idle.items():
        if getattr(options, name) != defaults(name):
            raise bad_job(f"{option} does nothing with {wanted}; leave it out.")
    job = _render_job(options) if options.guides else _texture_job(options)
    do_job(job, Path.cwd(), options, console)


def _render_job(options: argparse.Namespace) -> SphereJob:
    return SphereJob(
        (_sphere(options), *(Sphere(picture, mask=mask) for mask, picture in map(masked_of, options.masks))),
        options.guides,
        options.output,
        height=options.height,
        roughness=options.roughness,
        method=options.method,
        weights=weights_of(options.weights),
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
        device=options.device,
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
