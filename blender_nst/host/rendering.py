"""Rendering a still with the passes that the engine needs, and the scene as it was before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy
from ...core.protocol.controls import did_you_mean
from .passes import DENOISING
from .render_settings import NO_CHANGES, Changes, RenderSettings

_DIFFUSE = ("diffuse_direct", "diffuse_indirect", "diffuse_color")
OF_PART = {
    "picture": (),
    "paint": _DIFFUSE,
    "light": _DIFFUSE,
    "glossy": ("glossy_direct", "glossy_indirect", "glossy_color"),
    "transmission": ("transmission_direct", "transmission_indirect", "transmission_color"),
    "volume": ("volume_direct", "volume_indirect"),
    "emission": ("emit",),
    "environment": ("environment",),
}
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
SURFACES = ("z", "normal", "uv", "cryptomatte_object")
"""The passes that tell which surface is seen, wherever in the picture."""
WITHOUT_PASSES = ("BLENDER_WORKBENCH",)


def passes_of(part: str, mask_kinds: Iterable[str]) -> list[str]:
    """The passes that a job needs, by names as of ``switches``."""
    return list(dict.fromkeys([*OF_PART[part], *(OF_MASK[kind] for kind in mask_kinds if kind in OF_MASK)]))


def clean_passes(scene: Any, part: str) -> list[str]:
    """Those that say what light is without noise, of a render that will be denoised."""
    cycles = getattr(scene, "cycles", None) if scene.render.engine == "CYCLES" else None
    return [DENOISING] if part != "picture" and cycles is not None and cycles.use_denoising else []


def guiding_passes(outlines: float, falloff: float, focus: float) -> list[str]:
    """Those that a job's outlines and falloff need."""
    fading = [] if falloff == 0 else ["z" if focus > 0 else "mist"]
    return [*(OUTLINES if outlines > 0 else ()), *fading]


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


def check_renderable(scene: Any, passes: Iterable[str]) -> None:
    """Raise JobError (no_camera, passes_unsupported) unless a scene can be rendered with these passes."""
    if scene.camera is None:
        raise JobError("no_camera", f"The scene {scene.name} has no camera. Add one and try again.")
    if list(passes) and scene.render.engine in WITHOUT_PASSES:
        raise JobError(
            "passes_unsupported",
            "Workbench renders no passes, so that neither paint nor masks can be told apart. Choose Cycles "
            "or EEVEE, or paint the whole picture.",
            Remedy.CHANGE_SETTING,
        )


def render_still(
    scene: Any,
    layer: Any,
    passes: Iterable[str],
    path: Path,
    changes: Changes = NO_CHANGES,
    files: Sequence[Path] = (),
) -> None:
    """Render the scene's present frame into a multilayer EXR file. Blender waits until it is done.

    passes: turned on for the render. changes: what else the scene is set to. files: that are there in the
    end; path by default. Compositing, the sequencer and, without changes, stereo are left out. Raises
    JobError as ``check_renderable``, and "render_failed".
    """
    passes = list(passes)
    check_renderable(scene, passes)
    settings = RenderSettings(scene, layer, passes, path, changes)
    settings.apply()
    try:
        bpy.ops.render.render(write_still=True, scene=scene.name)
    except RuntimeError as error:
        raise render_failed(" ".join(str(error).split())) from error
    finally:
        settings.restore()
    for file in files or (path,):
        need_render(file)


def need_aovs(scene: Any, layer: Any, names: Iterable[str]) -> None:
    """Raise JobError (passes_unsupported, pass_missing) unless a view layer renders AOVs of these names."""
    names = list(names)
    if names:
        check_renderable(scene, names)
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


def need_render(path: Path) -> None:
    """Raise JobError ("render_failed") unless a render has been written."""
    if not path.is_file():
        raise render_failed("Blender wrote no file")


def render_failed(why: str) -> JobError:
    """The error of a render that came to nothing."""
    return JobError("render_failed", f"The scene could not be rendered: {why}.", Remedy.RETRY)
