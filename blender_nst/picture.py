"""How the panel of stylized renders wants a picture painted: the scene's frame, or a render that is there."""

from __future__ import annotations

import os
from typing import Any

import bpy

from ..core.protocol import FLAT, JobError, Remedy, Stereo
from ..core.protocol.stereo import files_of
from .angles import degrees_of
from .compat import session_uid
from .controls import controls_from_scene
from .host.cameras import projection_of
from .host.stereo import finished_stereo
from .render import RenderOptions


def picture_from_scene(scene: Any, render: str | None = None) -> RenderOptions:
    """How a picture is painted, but for its output. render: its file, if it is not the panel's.

    Raises JobError: "image_missing" without a finished render, and as ``need_style`` and
    ``controls_from_scene``.
    """
    settings, own = scene.nst, scene.nst.render
    style = need_style(settings)
    is_file = render is None and own.source == "file"
    angles = has_angles(scene, is_file)
    stroke = degrees_of(own.stroke_angle) if angles else round(own.stroke, 6)
    stereo = need_finished_eyes(scene) if is_file else Stereo()
    if render is None:
        render = need_finished(own.finished) if is_file else ""
    return RenderOptions(
        style=style.name,
        style_uid=session_uid(style),
        output="",
        render=render,
        view_layer=own.view_layer,
        part=own.part,
        quality=own.quality,
        strength=round(own.strength, 6),
        stroke=0.0 if own.auto_stroke else stroke,
        outlines=round(own.outlines, 6),
        falloff=round(own.falloff, 6),
        projection=own.painted_projection,
        stereo=stereo,
        seed=own.seed,
        device=settings.device or "auto",
        controls=controls_from_scene(own.controls, angles=angles),
    )


def need_style(settings: Any) -> Any:
    """The image that is chosen as the style. Raises JobError ("style_missing")."""
    if settings.style is None:
        raise JobError("style_missing", "Choose a painting as the style first.", Remedy.CHOOSE_IMAGE)
    return settings.style


def has_angles(scene: Any, finished: bool) -> bool:
    """Whether strokes of the panel's picture are measured in angles, as a panorama's are.

    finished: whether it is none of the scene's camera.
    """
    shown = scene.nst.render.painted_projection or (FLAT if finished else projection_of(scene))
    return bool(shown != FLAT)


def need_finished_eyes(scene: Any) -> Stereo:
    """The eyes of the panel's finished render, whose files are there.

    Raises JobError as ``need_finished`` and ``finished_stereo``.
    """
    own = scene.nst.render
    layout = own.finished_layout
    for path in files_of(str(bpy.path.abspath(own.finished)), layout):
        need_finished(path)
    depth = str(bpy.path.abspath(own.finished_depth)) if layout and own.finished_depth else ""
    return finished_stereo(scene, layout, depth, own.painted_projection or FLAT)


def need_finished(path: str) -> str:
    """The absolute path of a finished render. Raises JobError ("image_missing")."""
    found = os.path.abspath(bpy.path.abspath(path)) if path else ""
    if not found:
        raise JobError("image_missing", "Choose the file of the finished render.", Remedy.CHOOSE_IMAGE)
    if not os.path.isfile(found):
        raise JobError("image_missing", f"There is no finished render {found}.", Remedy.CHOOSE_IMAGE)
    return found
