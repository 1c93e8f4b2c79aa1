"""The shell's sphere command: renders, animations and textures that look like painted spheres."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import Job, JobError, Remedy, Sphere
from ...core.protocol.sphere_options import add_exemplar_options, add_look_options, masked_of, weights_of
from ..runs import Target
from ..sphere_render import SphereOptions, chosen_spheres, prepare, write_spheres
from .naming import go_to_frame, object_named, whole_folder, whole_path
from .sphere_texture import exemplar_of, prepare_texture, source_of


def add_sphere_options(parser: argparse.ArgumentParser, masks: str) -> None:
    """Add the exemplar and what renders have. masks: what may be one."""
    group = parser.add_argument_group("the sphere")
    group.add_argument(
        "--exemplar",
        default="",
        metavar="SPHERE",
        help="the painted sphere: one of the scene's list, an image in the scene or a picture file; default "
        "those of the list, each for what it is for there; of textures, the active one",
    )
    add_exemplar_options(group)
    group = parser.add_argument_group("renders")
    group.add_argument(
        "-o",
        "--output",
        default="",
        metavar="OUT",
        help="the result: .exr has scene-linear light; .png and others what the view transform shows; of an "
        "animation with # standing for digits: paint_####.png",
    )
    when = group.add_mutually_exclusive_group()
    when.add_argument("--frame", type=int, metavar="N", help="which frame; default the scene's present one")
    when.add_argument("--animation", action="store_true", help="all frames of the scene")
    when.add_argument("--frames", type=_span, metavar="A-B", help="frames A to B of the scene")
    group.add_argument(
        "--render",
        default="",
        metavar="FILE.exr",
        help="take this multilayer EXR file, or with # such files, instead of rendering",
    )
    group.add_argument("--keep-renders", action="store_true", help="leave an animation's renders in place")
    group.add_argument("--view-layer", default="", metavar="NAME", help="which one; default the first")
    add_look_options(group, masks)
    group.add_argument(
        "--rate",
        type=float,
        default=SphereOptions.rate,
        metavar="R",
        help=f"with --boil, drawings a second; default {SphereOptions.rate:g}",
    )


def prepare_sphere(
    options: argparse.Namespace, folder: Path, pause: Callable[[], None]
) -> tuple[str, Job, Target]:
    """A run's title, its job and where its result goes. Raises JobError."""
    _check(options)
    if options.objects:
        objects = [object_named(name) for name in dict.fromkeys(options.objects)]
        return prepare_texture(options, objects, whole_folder(options.save_to), folder, pause)
    scene = bpy.context.scene
    if options.frame is not None:
        go_to_frame(scene, options.frame)
    first, last = options.frames or (None, None)
    settings = SphereOptions(
        output=whole_path(options.output),
        render=whole_path(options.render),
        view_layer=options.view_layer,
        method=options.method,
        weights=weights_of(options.weights),
        tolerance=options.tolerance,
        scale=options.scale,
        boil=options.boil,
        rate=options.rate,
        harmony=options.harmony,
        seed=options.seed,
        device=options.device,
        first=first,
        last=last,
        keep=options.keep_renders,
    )
    spheres = _spheres(scene, options, settings, folder)
    title = scene.name if _moves(options) else f"{scene.name}, frame {scene.frame_current}"
    return title, *prepare(scene, spheres, settings, folder, lambda _: pause())


def _spheres(
    scene: Any, options: argparse.Namespace, settings: SphereOptions, folder: Path
) -> tuple[Sphere, ...]:
    """Those that are named; else those of the scene's list."""
    if not options.exemplar and not options.masks:
        return write_spheres(scene, chosen_spheres(scene), folder, settings.needs_light)
    found = []
    if options.exemplar:
        guides = whole_path(options.exemplar_guides)
        own = scene.nst_sphere.spheres.get(options.exemplar)
        if own is not None and settings.needs_light and not guides:
            guides = bpy.path.abspath(own.guides)
        found.append(replace(exemplar_of(options, folder).sphere, guides=guides))
    for number, (mask, name) in enumerate(map(masked_of, options.masks), 2):
        found.append(replace(source_of(name, folder, f"sphere_{number}").sphere, mask=mask))
    return tuple(found)


def _moves(options: argparse.Namespace) -> bool:
    return options.animation or options.frames is not None


def _described(options: argparse.Namespace) -> bool:
    """Whether anything but its picture is said of the exemplar."""
    parts = ("normals", "circle", "guides", "height", "roughness")
    return any(getattr(options, f"exemplar_{part}") for part in parts)


def _check(options: argparse.Namespace) -> None:
    """Raise JobError ("usage") for options that do not go together."""
    numbered = "#" in Path(options.output).name
    if options.objects and not options.save:
        raise _usage("--object paints textures: say where the finished scene goes, with --save OUT.blend.")
    if options.objects and (options.frame is not None or _moves(options) or options.render):
        raise _usage("--object paints textures: leave out --frame, --frames, --animation and --render.")
    if not options.exemplar and not options.objects and _described(options):
        raise _usage("Say with --exemplar SPHERE which sphere the other --exemplar options describe.")
    if options.objects and options.output:
        raise _usage("--object paints textures into --save OUT.blend; leave --output out.")
    if not options.objects and (options.save or not options.output):
        raise _usage("Say where the render goes, with --output OUT, or which mesh is painted, with --object.")
    if not options.objects and _moves(options) != numbered:
        why = "has no # for the frames' numbers" if _moves(options) else "is for many frames: add --animation"
        raise _usage(f"--output {options.output} {why}.")


def _usage(why: str) -> JobError:
    return JobError("usage", why, Remedy.CHANGE_SETTING)


def _span(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(-?\d+)-(-?\d+)", text)
    if found is None or int(found[1]) > int(found[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is not A-B, the first and the last frame")
    return int(found[1]), int(found[2])
