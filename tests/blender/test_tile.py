"""The tileable texture feature in the installed extension: materials, and the engine's work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.blender_nst.host import tile_material
from nst.tests.blender.builders import checker, give_material, picture_of, principled
from nst.tests.blender.driving import tick_until

EXEMPLAR = "van_gogh_auvers"


def choose(style: Any, **settings: Any) -> None:
    own = bpy.context.scene.nst.tile
    own.exemplar, own.quality = style, "draft"
    for name, value in settings.items():
        setattr(own, name, value)


def press(addon: Any) -> Any:
    """What the button does, less the window."""
    tile, folder = addon.module("tile"), addon.module("storage").new_job_folder()
    job, target = tile.prepare(bpy.context.active_object, tile.options_from_scene(bpy.context.scene), folder)
    run = addon.module("runs").Run(EXEMPLAR, job, folder, Path("unused"), target)
    addon.session.submit(run)
    return run


def test_the_group_scales_a_repeating_image(scene: Any) -> None:
    material = tile_material.make_material("Bricks", checker(), use_uv=True)
    node = tile_material.tile_node(material)
    source = principled(material).inputs["Base Color"].links[0].from_node
    assert source == node
    assert [socket.name for socket in node.inputs] == ["Scale", "Rotation", "Offset"]
    assert node.inputs["Scale"].default_value == 1.0
    nodes = {inner.type: inner for inner in node.node_tree.nodes}
    assert nodes["TEX_IMAGE"].extension == "REPEAT"
    assert nodes["TEX_IMAGE"].projection == "FLAT"
    assert nodes["TEX_IMAGE"].inputs["Vector"].links[0].from_node == nodes["MAPPING"]
    assert nodes["MAPPING"].inputs["Vector"].links[0].from_socket.name == "UV"
    assert nodes["MAPPING"].inputs["Scale"].links[0].from_socket.name == "Scale"


def test_without_uvs_it_is_projected(scene: Any) -> None:
    node = tile_material.tile_node(tile_material.make_material("Bricks", checker(), use_uv=False))
    nodes = {inner.type: inner for inner in node.node_tree.nodes}
    assert nodes["TEX_IMAGE"].projection == "BOX"
    assert nodes["MAPPING"].inputs["Vector"].links[0].from_socket.name == "Object"


def test_a_script_blocks_until_the_material_is_there(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("notes")
    choose(style, seed=7, repeat="x", auto_scale=False, scale=0.5)
    assert bpy.ops.nst.make_tile(size=64) == {"FINISHED"}
    material = monkey.active_material
    assert material.name == EXEMPLAR
    image = bpy.data.images[f"{EXEMPLAR} Tile NST"]
    assert image.packed_file is not None
    assert image.size[:] == (64, 64)
    assert (image["nst_seed"], image["nst_style_sha256"], image["nst_engine"]) == (7, "0123abcd", "0.0-fake")
    settings = json.loads(image["nst_job"])
    assert (settings["kind"], settings["tile"], settings["scale"]) == ("synthesis", "x", 0.5)
    assert settings["style"] == style.name
    assert not {"output", "preview"} & set(settings)


def test_the_style_is_the_exemplar_where_none_is_chosen(addon: Any, scene: Any, style: Any) -> None:
    assert not bpy.ops.nst.make_tile.poll()
    assert addon.module("readiness").tile_problem(bpy.context).code == "style_missing"
    scene.nst.style = style
    assert bpy.ops.nst.make_tile.poll()
    assert addon.module("tile").options_from_scene(scene).exemplar == style.name


def test_it_takes_the_active_slot_and_keeps_what_was_there(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    first, second = give_material(monkey, name="First"), give_material(monkey, name="Second")
    monkey.active_material_index = 1
    choose(style, size="256")
    run = press(addon)
    tick_until(addon, lambda: addon.session.run is None)
    assert run.status.state.name == "DONE"
    assert [slot.material.name for slot in monkey.material_slots] == ["First", EXEMPLAR]
    assert second.use_fake_user
    assert not first.use_fake_user
    notice = addon.session.notice
    assert (notice.text, notice.job) == (f"{EXEMPLAR} is painted.", "synthesis")


@pytest.mark.parametrize("assign", [True, False])
def test_otherwise_it_only_stays_in_the_file(addon: Any, monkey: Any, style: Any, assign: bool) -> None:
    """Because the artist wants it so, or as no object is active that takes a material."""
    addon.use_worker("paint")
    choose(style, assign=assign)
    if assign:
        bpy.context.view_layer.objects.active = None
    assert bpy.ops.nst.make_tile(size=64) == {"FINISHED"}
    assert len(monkey.material_slots) == 0
    assert bpy.data.materials[EXEMPLAR].use_fake_user


def test_an_object_that_has_gone_costs_no_work(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    choose(style, size="256")
    press(addon)
    bpy.data.objects.remove(monkey)
    tick_until(addon, lambda: addon.session.run is None)
    assert "'Suzanne' is no longer in the file" in addon.session.notice.text
    assert not addon.session.notice.is_error
    assert bpy.data.materials[EXEMPLAR].use_fake_user


def test_cancelling_leaves_nothing(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("slow")
    choose(style, size="256")
    run = press(addon)
    tick_until(addon, lambda: run.status.previews > 0)
    bpy.ops.nst.cancel_job(job=run.id)
    tick_until(addon, lambda: addon.session.run is None)
    assert run.status.state.name == "CANCELLED"
    assert not run.folder.exists()
    assert EXEMPLAR not in bpy.data.materials


def test_one_that_is_kept_early_is_a_material_too(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("slow")
    choose(style, size="256")
    run = press(addon)
    tick_until(addon, lambda: run.status.begun)
    bpy.ops.nst.keep_job()
    tick_until(addon, lambda: addon.session.run is None)
    assert (run.status.state.name, run.status.info["stopped_early"]) == ("DONE", True)
    assert monkey.active_material.name == EXEMPLAR


def test_a_smaller_size_is_that_of_the_feature_that_failed(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("fails")
    settings = bpy.context.scene.nst
    choose(style, size="1024")
    press(addon)
    tick_until(addon, lambda: addon.session.run is None)
    assert addon.session.notice.is_error
    bpy.ops.nst.smaller_size()
    assert (settings.tile.size, settings.size) == ("512", "1024")


def test_the_real_engine_makes_a_material(addon: Any, monkey: Any, style: Any) -> None:
    choose(style)
    assert bpy.ops.nst.make_tile(size=64) == {"FINISHED"}
    image = bpy.data.images[f"{EXEMPLAR} Tile NST"]
    pixels = picture_of(image)
    assert pixels.shape == (64, 64, 4)
    assert pixels[..., :3].std() > 20
    assert image["nst_style_sha256"]
    assert monkey.active_material.name == EXEMPLAR
