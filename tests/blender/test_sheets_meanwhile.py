"""Objects with several textures whose materials change while these are painted."""

from __future__ import annotations

from typing import Any

import bpy
import pytest

from nst.blender_nst.host.shading import style_nodes
from nst.tests.blender.builders import principled
from nst.tests.blender.driving import choose, press_stylize, tick_until
from nst.tests.blender.test_sheets import cube, image_on, images_on, select, two_materials


@pytest.mark.parametrize("change", ["copy edited", "single user", "another", "moved", "emptied"])
def test_a_material_that_changes_meanwhile_gets_its_texture(
    addon: Any, scene: Any, style: Any, change: str
) -> None:
    obj, other = cube("Cube", 0), cube("Other", 5)
    _, two = two_materials(obj, overlap=True)
    other.data.materials.append(two)
    addon.use_worker("slow")
    choose(style)
    select(obj)
    press_stylize(addon)
    tick_until(addon, lambda: addon.session.live.on)
    slot = obj.material_slots[1]
    if change == "copy edited":
        assert slot.material != two  # the other cube shows it, too
        principled(slot.material).inputs["Roughness"].default_value = 0.125
    elif change == "single user":
        slot.material = slot.material.copy()
    elif change == "another":
        slot.material = two.copy()
    elif change == "moved":
        obj.active_material_index = 1
        bpy.ops.object.material_slot_move(direction="UP")
    else:
        slot.material = None
    bpy.ops.nst.keep_job()
    tick_until(addon, lambda: addon.session.run is None)
    first, second = (slot.material for slot in obj.material_slots)
    if change == "moved":
        first, second = second, first
    assert image_on(first).name == "Cube One van_gogh_auvers NST"
    assert image_on(second).name == "Cube Two van_gogh_auvers NST"
    assert addon.session.notice.text == "Cube is painted."
    if change == "copy edited":
        assert principled(second).inputs["Roughness"].default_value == 0.125
    assert not style_nodes(two)


def test_a_texture_whose_slot_is_gone_is_kept_and_said(addon: Any, scene: Any, style: Any) -> None:
    obj = cube("Cube", 0)
    one, _ = two_materials(obj, overlap=True)
    addon.use_worker("paint")
    choose(style)
    select(obj)
    press_stylize(addon, relief=True)
    obj.data.materials.pop()
    tick_until(addon, lambda: addon.session.run is None)
    lost = bpy.data.images["Cube Two van_gogh_auvers NST"]
    assert lost.use_fake_user
    assert bpy.data.images["Cube Two van_gogh_auvers NST Height"].use_fake_user
    assert f"'{lost.name}' was painted for is gone" in addon.session.notice.text
    taken = images_on(one)[0]
    assert taken.name == "Cube One van_gogh_auvers NST"
    assert not taken.use_fake_user
