"""The scene's view transform, measured as a table: what the screen shows of scene-linear light."""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ..compat import save_as, saved_as, set_file_format
from .colorspaces import set_data
from .npz import write_npz

LOW, HIGH = -12.0, 8.0  # stops of light from 1 that the table reaches
SIDE = 65  # of the table's entries along each axis


def view_file(scene: Any, folder: Path) -> str:
    """Write the scene's view transform, its look, exposure, gamma and curves as "view.npz" of the engine.

    Empty for plain Standard, which the engine knows exactly. Raises OSError when the folder takes no file.
    """
    if is_standard(scene):
        return ""
    shown = _shown(scene, folder / "view.png")
    path = folder / "view.npz"
    colors = array("f")
    for at in range(0, len(shown), 4):
        colors.extend(shown[at : at + 3])
    table = (colors, (SIDE, SIDE, SIDE, 3))
    write_npz(path, {"table": table, "low": (array("d", [LOW]), ()), "high": (array("d", [HIGH]), ())})
    return str(path)


def is_standard(scene: Any) -> bool:
    """Whether the screen shows light through the sRGB curve and nothing else."""
    view = scene.view_settings
    plain = view.exposure == 0 and view.gamma == 1 and not view.use_curve_mapping
    bare = view.look in ("None", "") and scene.display_settings.display_device == "sRGB"
    return bool(view.view_transform == "Standard" and plain and bare)


def _shown(scene: Any, file: Path) -> array[float]:
    """What the screen shows of each entry's light: RGBA, blue the fastest."""
    light = [2.0 ** (LOW + (HIGH - LOW) * i / (SIDE - 1)) for i in range(SIDE)]
    values = array("f")
    for red in light:
        for green in light:
            for blue in light:
                values.extend((red, green, blue, 1.0))
    entries = bpy.data.images.new("NST view", SIDE, SIDE * SIDE, alpha=True, float_buffer=True)
    try:
        entries.pixels.foreach_set(values)
        with saves_picture(scene, "PNG", "RGB", "16"):
            entries.save_render(str(file), scene=scene)
    finally:
        bpy.data.images.remove(entries)
    saved = bpy.data.images.load(str(file), check_existing=False)
    try:
        set_data(saved)
        saved.pixels.foreach_get(values)
    finally:
        bpy.data.images.remove(saved)
    return values


@contextlib.contextmanager
def saves_picture(scene: Any, file_format: str, color_mode: str, color_depth: str) -> Iterator[None]:
    """While inside, renders are saved in a format ("PNG"), of these colours ("RGBA") and bits ("16")."""
    settings = scene.render.image_settings
    before = saved_as(settings)
    try:
        set_file_format(settings, file_format)
        settings.color_mode, settings.color_depth, settings.compression = color_mode, color_depth, 15
        yield
    finally:
        save_as(settings, before)
