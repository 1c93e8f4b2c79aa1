"""Rendering a still with the passes that the engine needs, and the scene as it was before."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy, RenderJob
from ...core.protocol.controls import did_you_mean
from ..compat import IMAGE_SETTINGS, set_file_format

OF_PART = {"picture": (), "paint": ("diffuse_direct", "diffuse_indirect", "diffuse_color")}
OF_MASK = {
    "object": "cryptomatte_object",
    "material": "cryptomatte_material",
    "asset": "cryptomatte_asset",
    "collection": "cryptomatte_object",
    "index": "object_index",
    "material_index": "material_index",
    "mist": "mist",
    "depth": "z",
}
"""The pass that each kind of mask is read from, as in ``use_pass_...``; AOVs are the artist's own."""
OUTLINES = ("z", "normal", "cryptomatte_object")
WITHOUT_PASSES = ("BLENDER_WORKBENCH",)
_OFF = ("use_compositing", "use_sequencer", "use_multiview")  # of scene.render: what is added to a render


def passes_of(part: str, mask_kinds: Iterable[str]) -> list[str]:
    """The passes that a job needs, as in ``use_pass_...``."""
    return list(dict.fromkeys([*OF_PART[part], *(OF_MASK[kind] for kind in mask_kinds if kind in OF_MASK)]))


def guiding_passes(job: RenderJob) -> list[str]:
    """Those that its outlines and its falloff need."""
    fading = [] if job.falloff == 0 else ["z" if job.focus > 0 else "mist"]
    return [*(OUTLINES if job.outlines > 0 else ()), *fading]


def view_layer_of(scene: Any, name: str) -> Any:
    """A scene's view layer by its name; "" for the first that is rendered.

    Raises JobError ("layer_missing").
    """
    layers = scene.view_layers
    found = layers.get(name) if name else next((one for one in layers if one.use), layers[0])
    if found is None:
        known = [layer.name for layer in layers]
        raise JobError(
            "layer_missing",
            f"The scene has no view layer {name}; it has {', '.join(known)}.{did_you_mean(name, known)}",
            Remedy.CHANGE_SETTING,
        )
    return found


def render_still(scene: Any, layer: Any, passes: Iterable[str], path: Path, aovs: Iterable[str] = ()) -> None:
    """Render the scene's present frame into a multilayer EXR file. Blender waits until it is done.

    passes: turned on for the render. aovs: names of those that have to be there. Compositing, the sequencer
    and stereo are left out. Raises JobError: "no_camera", "passes_unsupported", "pass_missing",
    "render_failed".
    """
    passes, aovs = list(passes), list(aovs)
    if scene.camera is None:
        raise JobError("no_camera", f"The scene {scene.name} has no camera. Add one and try again.")
    if (passes or aovs) and scene.render.engine in WITHOUT_PASSES:
        raise JobError(
            "passes_unsupported",
            "Workbench renders no passes, so that neither paint nor masks can be told apart. Choose Cycles "
            "or EEVEE, or paint the whole picture.",
            Remedy.CHANGE_SETTING,
        )
    _need_aovs(layer, aovs)
    with _set_up(scene, layer, passes, path):
        try:
            bpy.ops.render.render(write_still=True, scene=scene.name)
        except RuntimeError as error:
            raise _failed(" ".join(str(error).split())) from error
    if not path.is_file():
        raise _failed("Blender wrote no file")


def _need_aovs(layer: Any, names: Iterable[str]) -> None:
    """Raise JobError ("pass_missing") for an AOV that a view layer does not render."""
    known = [aov.name for aov in layer.aovs]
    for name in names:
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise JobError(
                "pass_missing",
                f"The view layer {layer.name} has no AOV {name}; {has}. Add it in the view layer's "
                f"properties (Shader AOV), with an AOV Output node of that name in the materials."
                f"{did_you_mean(name, known)}",
                Remedy.CHANGE_SETTING,
            )


@contextlib.contextmanager
def _set_up(scene: Any, layer: Any, passes: Iterable[str], path: Path) -> Iterator[None]:
    render, settings = scene.render, scene.render.image_settings
    changes: list[tuple[Any, str, Any]] = [(render, name, False) for name in _OFF]
    changes += [(render, "filepath", str(path)), (render, "use_file_extension", False)]
    changes += [(layer, f"use_pass_{name}", True) for name in passes]
    changes += [(one, "use", one == layer) for one in scene.view_layers]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in changes]
    before += [(settings, name, getattr(settings, name)) for name in IMAGE_SETTINGS]
    try:
        for owner, name, value in changes:
            setattr(owner, name, value)
        set_file_format(settings, "OPEN_EXR_MULTILAYER")
        settings.color_depth = "32"
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


def _failed(why: str) -> JobError:
    return JobError("render_failed", f"The scene could not be rendered: {why}.", Remedy.RETRY)
