"""What Blender has just rendered by itself, with all its passes, as a file for the engine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy
from ...core.protocol.stereo import files_of
from ..compat import movie_strips, save_as, saved_as, set_file_format
from .passes import switches
from .rendering import check_renderable, need_render, render_failed
from .stereo import EYES, need_eyes
from .view_transform import saves_picture


def check_result(scene: Any, layer: Any, passes: Iterable[str]) -> None:
    """Raise JobError unless Blender renders a scene's view layer with these passes, as they are set now.

    passes: as in ``use_pass_...``. Codes: as ``check_renderable``, "render_unsuitable", "pass_missing".
    """
    passes = list(passes)
    check_renderable(scene, passes)
    if not layer.use:
        raise _unsuitable(f"The view layer {layer.name} is not rendered. Turn on its Use for Rendering")
    if scene.render.use_sequencer and _has_pictures(scene):
        raise _unsuitable("The sequencer's picture has no passes. Turn off Sequencer in Post Processing")
    lacking = [found for found in (switches(layer, name) for name in passes) if found and not _any_on(found)]
    if lacking:
        names = ", ".join(found[0][0].bl_rna.properties[found[0][1]].name for found in lacking)
        raise JobError(
            "pass_missing",
            f"The view layer {layer.name} lacks passes that these settings need: {names}. Turn them on.",
            Remedy.TURN_ON_PASSES,
        )


def _any_on(found: list[tuple[Any, str]]) -> bool:
    return any(getattr(owner, name) for owner, name in found)


def result_slot() -> int | None:
    """The slot that a render goes to which begins now; None if nothing was ever rendered."""
    result = _result()
    return None if result is None else int(result.render_slots.active_index)


def save_result(scene: Any, path: Path, slot: int | None = None, layout: str = "") -> None:
    """Write a scene's last render as a multilayer EXR file. slot: that it went to, whichever is looked at.

    layout: "pair" for two eyes, whose files end in _L and _R; empty for one. In the main thread, and only
    where there is a render: Blender 4.5 hangs where there is none. Raises JobError ("render_failed", and as
    ``need_eyes``).
    """
    settings, files = scene.render.image_settings, list(dict.fromkeys(files_of(str(path), layout)))
    if layout:
        need_eyes(scene)
    suffixes = {name: scene.render.views[name].file_suffix for name in EYES} if layout else {}
    before = {**saved_as(settings), "exr_codec": settings.exr_codec}
    try:
        set_file_format(settings, "OPEN_EXR_MULTILAYER")
        settings.color_depth, settings.exr_codec = "32", "ZIP"
        if layout:
            settings.views_format = "INDIVIDUAL"
            _name_files(scene, EYES)
        # Of two, Blender looks for a file without a suffix, and says that there is none.
        with contextlib.suppress(JobError) if layout else contextlib.nullcontext():
            _save(scene, path, slot)
    finally:
        save_as(settings, before)
        _name_files(scene, suffixes)
    for file in files:
        need_render(Path(file))


def _name_files(scene: Any, suffixes: Mapping[str, str]) -> None:
    for name, suffix in suffixes.items():
        scene.render.views[name].file_suffix = suffix


def save_seen(scene: Any, path: Path, slot: int | None = None) -> None:
    """Write what the screen shows of a scene's last render as a PNG file with alpha. Otherwise as above."""
    with saves_picture(scene, "PNG", "RGBA", "8"):
        _save(scene, path, slot)
    need_render(path)


def _save(scene: Any, path: Path, slot: int | None) -> None:
    result = _result()
    if result is None:
        raise render_failed("Blender keeps no picture")
    shown = result.render_slots.active_index
    try:
        if slot is not None and slot != shown:
            result.render_slots.active_index = slot
        result.save_render(str(path), scene=scene)
    except RuntimeError as error:
        raise render_failed(" ".join(str(error).split())) from error
    finally:
        if result.render_slots.active_index != shown:
            result.render_slots.active_index = shown


def _result() -> Any:
    return next((image for image in bpy.data.images if image.type == "RENDER_RESULT"), None)


def _has_pictures(scene: Any) -> bool:
    """Whether the sequencer takes the render's place, as it does with anything but sounds."""
    if scene.sequence_editor is None:
        return False
    return any(strip.type != "SOUND" and not strip.mute for strip in movie_strips(scene))


def _unsuitable(why: str) -> JobError:
    return JobError(
        "render_unsuitable",
        f"{why}, or stylize with the button, which renders for itself.",
        Remedy.CHANGE_SETTING,
    )
