"""The texture on its model while it is still being painted, with a fake engine."""

from __future__ import annotations

from typing import Any

import bpy
import pytest

from nst.tests.blender.builders import data_blocks, fingerprint, give_material, result_image
from nst.tests.blender.driving import choose, press_stylize, tick_until
from nst.tests.blender.fakes.worker import color_of
from nst.tests.blender.wearing import begin, end, live_groups, live_image, shown, worn_by


def test_the_model_wears_what_is_painted_and_then_the_result(addon: Any, monkey: Any, style: Any) -> None:
    material = give_material(monkey)
    before, blocks = fingerprint(material), data_blocks()
    run = begin(addon, style)
    (group,) = live_groups()
    assert worn_by(monkey) == [group]
    assert [node.uv_map for node in group.nodes if node.type == "UVMAP"] == ["UVMap"]
    first = shown(live_image())
    assert first in [color_of(step) for step in range(25)]
    image = live_image()
    tick_until(addon, lambda: shown(live_image()) != first)
    assert live_groups() == [group]
    assert live_image() == image
    assert bpy.ops.nst.keep_job() == {"FINISHED"}
    assert run.status.state.name == "KEEPING"
    tick_until(addon, lambda: addon.session.run is None)
    assert run.status.info["stopped_early"] is True
    assert live_groups() == []
    (result,) = [image for image in bpy.data.images if "nst_job" in image]
    assert shown(result) in [color_of(step) for step in range(25)]
    assert result.packed_file is not None
    assert result.name == "Suzanne van_gogh_auvers NST"
    assert len(worn_by(monkey)) == 1
    assert bpy.ops.nst.remove_style() == {"FINISHED"}
    assert (fingerprint(material), data_blocks()) == (before, blocks)


def test_it_looks_like_the_result_that_is_applied(addon: Any, monkey: Any, style: Any) -> None:
    """The same nodes, links and values, but for the names of image and group."""
    material = give_material(monkey)
    begin(addon, style)
    names = [live_groups()[0].name, live_image().name]
    worn = fingerprint(material)
    bpy.ops.nst.keep_job()
    tick_until(addon, lambda: addon.session.run is None)
    assert live_groups() == []
    assert names[0] == "NST Texture"
    assert fingerprint(material) == worn


@pytest.mark.parametrize("how", ["nothing", "empty slots", "shared", "plain"])
def test_cancel_leaves_no_trace(addon: Any, monkey: Any, style: Any, how: str) -> None:
    if how == "empty slots":
        monkey.data.materials.append(None)
        monkey.data.materials.append(None)
    elif how != "nothing":
        material = give_material(monkey)
        if how == "plain" and bpy.app.version < (5, 0, 0):
            material.use_nodes = False
    if how == "shared":
        bpy.ops.mesh.primitive_cube_add()
        bpy.context.active_object.data.materials.append(monkey.material_slots[0].material)
        bpy.context.view_layer.objects.active = monkey
    slots = [slot.material for slot in monkey.material_slots]
    before = [fingerprint(one) for one in slots if one is not None]
    blocks = data_blocks()
    begin(addon, style)
    assert all(worn is not None for worn in worn_by(monkey))
    assert len(monkey.material_slots) > 0
    end(addon)
    assert [slot.material for slot in monkey.material_slots] == slots
    assert [fingerprint(one) for one in slots if one is not None] == before
    assert not [key for one in slots if one is not None for key in dict(one) if key.startswith("nst")]
    if bpy.app.version < (5, 0, 0):
        assert all(one.use_nodes == (how != "plain") for one in slots if one is not None)
    assert data_blocks() == blocks


def test_an_engine_that_fails_leaves_no_trace(addon: Any, monkey: Any, style: Any) -> None:
    material = give_material(monkey)
    before, blocks = fingerprint(material), data_blocks()
    begin(addon, style)
    addon.session.queue.stop_engine()
    tick_until(addon, lambda: addon.session.run is None)
    assert addon.session.notice.is_error
    assert (fingerprint(material), data_blocks()) == (before, blocks)


def test_restyling_keeps_the_earlier_texture_on_cancel(addon: Any, monkey: Any, style: Any) -> None:
    material = give_material(monkey)
    bare = fingerprint(material)
    apply_style = addon.module("host.materials").apply_style
    apply_style(monkey, result_image("Earlier"), "UVMap")
    node = next(node for node in material.node_tree.nodes if node.type == "GROUP")
    node.inputs["Strength"].default_value = 0.25
    before, blocks = fingerprint(material), data_blocks()
    begin(addon, style)
    assert worn_by(monkey) == live_groups()
    end(addon)
    assert (fingerprint(material), data_blocks()) == (before, blocks)
    assert node.inputs["Strength"].default_value == 0.25
    assert bpy.ops.nst.remove_style() == {"FINISHED"}
    assert fingerprint(material) == bare


def test_the_result_replaces_an_earlier_texture(addon: Any, monkey: Any, style: Any) -> None:
    material = give_material(monkey)
    addon.module("host.materials").apply_style(monkey, result_image("Earlier"), "UVMap")
    begin(addon, style)
    bpy.ops.nst.keep_job()
    tick_until(addon, lambda: addon.session.run is None)
    groups = [node for node in material.node_tree.nodes if node.type == "GROUP"]
    assert len(groups) == 1
    assert bpy.data.images["Earlier"].use_fake_user


def test_what_the_artist_does_to_the_material_meanwhile_stays(addon: Any, monkey: Any, style: Any) -> None:
    material = give_material(monkey)
    bpy.ops.mesh.primitive_cube_add()
    bpy.context.active_object.data.materials.append(material)
    bpy.context.view_layer.objects.active = monkey
    begin(addon, style)
    copy = monkey.material_slots[0].material
    assert copy != material
    shader = next(node for node in copy.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = 0.125
    end(addon)
    assert monkey.material_slots[0].material == copy
    assert shader.inputs["Roughness"].default_value == 0.125
    assert worn_by(monkey) == [None]
    assert not {"nst_live", "nst_copy_of"} & set(copy.keys())


def test_not_wanted(addon: Any, monkey: Any, style: Any) -> None:
    material = give_material(monkey)
    before = fingerprint(material)
    run = begin(addon, style)
    bpy.context.scene.nst.show_on_model = False
    addon.session._tick()
    assert fingerprint(material) == before
    lives = run.status.lives
    tick_until(addon, lambda: run.status.lives > lives + 1)
    assert not addon.session.live.on
    bpy.context.scene.nst.show_on_model = True
    tick_until(addon, lambda: addon.session.live.on)
    end(addon)
    assert fingerprint(material) == before


def test_another_job_starts_from_what_was_there_before(addon: Any, monkey: Any, style: Any) -> None:
    give_material(monkey, (0.8, 0.1, 0.05))
    begin(addon, style)
    waiting = press_stylize(addon)  # as pressing the button does: it looks at the material
    assert waiting.job.sheets[0].base == ""
    end(addon)


def test_a_script_wears_nothing(addon: Any, monkey: Any, style: Any) -> None:
    """A blocking job writes no live result, and none of an earlier job is read or left."""
    addon.use_worker("paint")
    give_material(monkey)
    choose(style)
    seen: list[str] = []
    add = addon.session.queue.add
    addon.session.queue.add = lambda run: (seen.append(run.job.live), add(run))
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}
    assert seen == [""]
    assert live_groups() == []


def test_keeping_before_anything_is_painted_does_nothing_wrong(addon: Any, monkey: Any, style: Any) -> None:
    assert bpy.ops.nst.keep_job() == {"CANCELLED"}
    addon.use_worker("slow")
    choose(style)
    run = press_stylize(addon)
    assert bpy.ops.nst.keep_job() == {"FINISHED"}
    tick_until(addon, lambda: addon.session.run is None)
    assert run.status.state.name == "DONE"
