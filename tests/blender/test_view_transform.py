"""The scene's view transform as a table: what Blender shows, and the scene's settings as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from nst.blender_nst.compat import IMAGE_SETTINGS, set_file_format
from nst.blender_nst.host.view_transform import HIGH, LOW, SIDE, view_file

COUNT = 64


def set_view(scene: Any, transform: str, look: str = "None", exposure: float = 0.0) -> None:
    view = scene.view_settings
    view.view_transform, view.exposure = transform, exposure
    view.look = look


def table(scene: Any, folder: Path) -> NDArray[np.float32]:
    with np.load(view_file(scene, folder)) as data:
        assert (float(data["low"]), float(data["high"])) == (LOW, HIGH)
        found: NDArray[np.float32] = data["table"]
    assert found.shape == (SIDE, SIDE, SIDE, 3)
    return found


def shown(scene: Any, light: NDArray[np.float32], folder: Path) -> NDArray[np.float32]:
    """What Blender saves of some light (N, 3), by another way than the table's: one row, in 8 bits."""
    image = bpy.data.images.new("Light", len(light), 1, alpha=True, float_buffer=True)
    image.pixels.foreach_set(
        np.concatenate([light, np.ones_like(light[:, :1])], 1).astype(np.float32).ravel()
    )
    set_file_format(scene.render.image_settings, "PNG")
    image.save_render(str(folder / "row.png"), scene=scene)
    saved = bpy.data.images.load(str(folder / "row.png"))
    saved.colorspace_settings.name = "Non-Color"
    pixels = np.empty(4 * len(light), np.float32)
    saved.pixels.foreach_get(pixels)
    found: NDArray[np.float32] = pixels.reshape(-1, 4)[:, :3]
    return found


def looked_up(entries: NDArray[np.float32], light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Between the eight entries around each light."""
    place = ((np.log2(light) - LOW) / (HIGH - LOW) * (SIDE - 1)).clip(0, SIDE - 1.001)
    base = place.astype(int)
    part = place - base
    found = np.zeros_like(light)
    for corner in np.ndindex(2, 2, 2):
        weight = np.where(corner, part, 1 - part).prod(1, keepdims=True)
        found += weight * entries[tuple((base + corner).T)]
    return found


@pytest.mark.parametrize(
    ("transform", "look", "exposure"),
    [("AgX", "None", 0.0), ("AgX", "AgX - Punchy", 0.5), ("Filmic", "None", 0.0), ("Standard", "None", 1.0)],
)
def test_a_table_is_what_blender_shows(
    scene: Any, tmp_path: Path, transform: str, look: str, exposure: float
) -> None:
    set_view(scene, transform, look, exposure)
    entries = table(scene, tmp_path)
    light = np.exp2(np.random.default_rng(0).uniform(-7, 4, (COUNT, 3))).astype(np.float32)
    difference = np.abs(looked_up(entries, light) - shown(scene, light, tmp_path))
    assert difference.mean() < 3e-3
    assert difference.max() < 0.03


def test_plain_standard_needs_no_table(scene: Any, tmp_path: Path) -> None:
    set_view(scene, "Standard")
    assert view_file(scene, tmp_path) == ""
    scene.view_settings.gamma = 1.2
    assert view_file(scene, tmp_path) != ""


@pytest.mark.parametrize("file_format", ["JPEG", "OPEN_EXR_MULTILAYER", "PNG"])
def test_the_scene_stays_as_it_was(scene: Any, tmp_path: Path, file_format: str) -> None:
    set_view(scene, "AgX")
    settings = scene.render.image_settings
    set_file_format(settings, file_format)
    before = {name: getattr(settings, name) for name in IMAGE_SETTINGS}
    images = set(bpy.data.images.keys())
    view_file(scene, tmp_path)
    assert {name: getattr(settings, name) for name in IMAGE_SETTINGS} == before
    assert set(bpy.data.images.keys()) == images
