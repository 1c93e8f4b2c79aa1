"""The panel's further controls: from the scene to the job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.tests.blender.builders import checker, give_material
from nst.tests.blender.driving import choose


def fill(style: Any) -> Any:
    """Every control set, and the scene's controls."""
    controls = bpy.context.scene.nst.controls
    bpy.ops.nst.list_add(which="styles")
    bpy.ops.nst.list_add(which="masks")
    controls.styles[0].image, controls.styles[0].weight = style, 0.5
    controls.masks[0].mask, controls.masks[0].style = checker(), style
    controls.masks[0].strength = 0.25
    controls.coarse = style
    controls.color, controls.loss, controls.similarity = "keep", "gram", 2.0
    return controls


def job_of(addon: Any, folder: Path) -> Any:
    texture = addon.module("texture")
    options = texture.options_from_scene(bpy.context.scene)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    return texture.prepare([bpy.context.active_object], options, folder, depsgraph)[0]


def test_untouched_controls_are_those_of_a_plain_job(
    addon: Any, monkey: Any, style: Any, tmp_path: Path
) -> None:
    give_material(monkey)
    choose(style)
    assert job_of(addon, tmp_path).controls == addon.module("texture").Controls()


def test_every_control_reaches_the_job(addon: Any, monkey: Any, style: Any, tmp_path: Path) -> None:
    give_material(monkey)
    choose(style)
    fill(style)
    controls = job_of(addon, tmp_path).controls
    assert (controls.color, controls.losses, controls.similarity) == ("keep", (("gram", 1.0),), 2.0)
    ((path, weight),) = controls.blend
    assert weight == 0.5
    assert controls.masks[0].strength == 0.25
    for file in (path, controls.coarse, controls.masks[0].mask, controls.masks[0].style):
        assert Path(file).parent == tmp_path
        assert Path(file).stat().st_size > 100
    original = Path(bpy.path.abspath(style.filepath)).read_bytes()
    assert Path(path).read_bytes() == original


def test_settings_on_the_image_name_images_and_no_job_files(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    give_material(monkey)
    choose(style)
    fill(style)
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}
    image = next(image for image in bpy.data.images if "nst_job" in image)
    stored = json.loads(image["nst_job"])["controls"]
    assert stored["blend"] == [[style.name, 0.5]]
    assert stored["masks"][0]["mask"] == "Checker"
    assert "jobs" not in image["nst_job"]


@pytest.mark.parametrize(
    ("which", "says"), [("styles", "Style 2 has no painting"), ("masks", "Mask 1 has no")]
)
def test_an_entry_without_its_image(addon: Any, monkey: Any, style: Any, which: str, says: str) -> None:
    choose(style)
    bpy.ops.nst.list_add(which=which)
    with pytest.raises(RuntimeError, match=says):
        bpy.ops.nst.stylize_texture(size=64)


def test_entries_come_and_go(addon: Any) -> None:
    controls = bpy.context.scene.nst.controls
    for _ in range(3):
        bpy.ops.nst.list_add(which="styles")
    for index, item in enumerate(controls.styles):
        item.weight = index
    assert bpy.ops.nst.list_remove(which="styles", index=1) == {"FINISHED"}
    assert [item.weight for item in controls.styles] == [0, 2]
    assert bpy.ops.nst.list_remove(which="styles", index=7) == {"CANCELLED"}


def test_the_network_and_its_file(addon: Any, monkey: Any, style: Any, tmp_path: Path) -> None:
    give_material(monkey)
    choose(style)
    controls = bpy.context.scene.nst.controls
    controls.network, controls.pooling = "vgg16", "average"
    found = job_of(addon, tmp_path).controls
    assert (found.network, found.pooling) == ("vgg16", "average")
    controls.network = "file"
    with pytest.raises(RuntimeError, match="No file is chosen for the network"):
        bpy.ops.nst.stylize_texture(size=64)
    controls.network_file = str(tmp_path / "own.pth")
    assert job_of(addon, tmp_path).controls.network == str(tmp_path / "own.pth")
