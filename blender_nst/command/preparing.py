"""From the shell command's options to jobs: one function for each command."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import bpy

from ...core.protocol import Controls, Job, JobError, Remedy
from ...core.protocol.options import controls_of, stereo_of, weighted_main
from .. import animation, render, texture, tile, world
from ..host.tile_material import can_have_material
from ..results import check_editable
from ..runs import Target
from .naming import active_object, go_to_frame, object_named, whole_folder, whole_path
from .sphere import prepare_sphere


def _texture(options: argparse.Namespace, folder: Path, pause: Callable[[], None]) -> tuple[str, Job, Target]:
    style, controls = _styles(options)
    objects = [object_named(name) for name in dict.fromkeys(options.objects)] or [active_object()]
    settings = texture.TextureOptions(
        style=style,
        size=options.size,
        quality=options.quality,
        strength=options.strength,
        stroke=options.stroke,
        direction=options.direction,
        angle=options.angle,
        occlusion=options.occlusion,
        curvature=options.curvature,
        relief=options.relief,
        guide=options.guide,
        guide_attribute=options.guide_attribute,
        seed=options.seed,
        device=options.device,
        uv_map=options.uv_map,
        base=options.base,
        controls=controls,
        save_to=whole_folder(options.save_to),
    )
    job, target = texture.prepare(objects, settings, folder, bpy.context.evaluated_depsgraph_get(), pause)
    return texture.title_of(objects), job, target


def _tile(options: argparse.Namespace, folder: Path, _pause: Callable[[], None]) -> tuple[str, Job, Target]:
    exemplar, controls = _styles(options)
    obj = object_named(options.object) if options.object else None
    if obj is not None:
        check_editable(obj)
        if not can_have_material(obj):
            raise JobError("no_object", f"'{obj.name}' takes no material. Name another.", Remedy.CHOOSE_MESH)
    settings = tile.TileOptions(
        exemplar=exemplar,
        size=options.size,
        tile=options.tile,
        scale=options.scale,
        start=options.start,
        quality=options.quality,
        seed=options.seed,
        device=options.device,
        controls=controls,
        save_to=whole_folder(options.save_to),
    )
    return Path(exemplar).stem, *tile.prepare(obj, settings, folder)


def _world(options: argparse.Namespace, folder: Path, _pause: Callable[[], None]) -> tuple[str, Job, Target]:
    style, controls = _styles(options)
    settings = world.WorldOptions(
        style=style,
        size=options.size,
        quality=options.quality,
        strength=options.strength,
        stroke=options.stroke,
        seed=options.seed,
        device=options.device,
        controls=controls,
        save_to=whole_folder(options.save_to),
    )
    job, target = world.prepare(bpy.context.scene, settings, folder)
    return target.world_name, job, target


def _render(options: argparse.Namespace, folder: Path, _pause: Callable[[], None]) -> tuple[str, Job, Target]:
    scene = bpy.context.scene
    if options.frame is not None:
        go_to_frame(scene, options.frame)
    title = Path(options.render).stem if options.render else f"{scene.name}, frame {scene.frame_current}"
    return title, *render.prepare(scene, _picture(options), folder)


def _animation(
    options: argparse.Namespace, folder: Path, pause: Callable[[], None]
) -> tuple[str, Job, Target]:
    def report(_stage: str) -> None:
        pause()

    scene = bpy.context.scene
    return scene.name, *animation.prepare(scene, shot_of(options), folder, report)


def shot_of(options: argparse.Namespace) -> animation.AnimationOptions:
    """How an animation is painted."""
    return animation.AnimationOptions(
        picture=_picture(options),
        first=options.first,
        last=options.last,
        flow=options.flow,
        every=options.every,
        painted=whole_path(options.painted),
        boil=options.boil,
        rate=options.rate,
        only=options.only,
        state=whole_path(options.state),
        movie=whole_path(options.movie),
        keep=options.keep_renders,
    )


def _picture(options: argparse.Namespace) -> render.RenderOptions:
    """How a render is painted, or each frame of an animation."""
    style, controls = _styles(options)
    stereo = stereo_of(options)
    if stereo.layout and not options.render:
        raise JobError(
            "usage",
            "--stereo says how two eyes lie in renders that are there. Name these, too, or leave it out: "
            "what is rendered now is painted as the scene's Stereoscopy has it.",
            Remedy.CHANGE_SETTING,
        )
    return render.RenderOptions(
        style=style,
        output=whole_path(options.output),
        render=whole_path(options.render),
        view_layer=options.view_layer,
        part=options.part,
        quality=options.quality,
        strength=options.strength,
        stroke=options.stroke,
        outlines=options.outlines,
        falloff=options.falloff,
        projection=options.projection,
        stereo=replace(stereo, depth=whole_path(stereo.depth)),
        focus=options.focus,
        seed=options.seed,
        device=options.device,
        controls=controls,
    )


def _styles(options: argparse.Namespace) -> tuple[str, Controls]:
    """The main style, without the weight that it may have beside others, and the controls."""
    style, *further = options.style
    controls = controls_of(options, further)
    return (style, controls) if style in bpy.data.images else weighted_main(style, controls)


PREPARE: Mapping[str, Callable[..., tuple[str, Job, Target]]] = {
    "texture": _texture,
    "tile": _tile,
    "world": _world,
    "render": _render,
    "animation": _animation,
    "sphere": prepare_sphere,
}
"""By the command: from options, a folder and what may stop it to a title, a job and where its result goes."""
