"""Materials that several objects share, and copies of them: nobody loses a style or work on a material."""

from __future__ import annotations

from typing import Any

import bpy
import pytest

from nst.blender_nst.host.groups import group_images
from nst.blender_nst.host.materials import apply_style, has_style, remove_style
from nst.blender_nst.host.sameness import same_material
from nst.blender_nst.host.shading import style_nodes
from nst.tests.blender.builders import (
    data_blocks,
    fingerprint,
    give_material,
    principled,
    result_image,
    style_images,
)


def duplicate(obj: Any) -> Any:
    """Shift+D: the mesh is copied, its materials are shared."""
    bpy.ops.object.select_all(action="DESELECT")
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.duplicate()
    copy = bpy.context.active_object
    assert copy.data is not obj.data
    return copy


def own(obj: Any) -> Any:
    return obj.material_slots[0].material


def user_of(material: Any) -> Any:
    """Another mesh with the same material."""
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.active_object
    cube.data.materials.append(material)
    return cube


@pytest.mark.parametrize("made", ["given", "made"])
def test_restyling_a_duplicate_leaves_the_original_its_style(monkey: Any, made: str) -> None:
    if made == "given":
        give_material(monkey)
    apply_style(monkey, result_image("One"), "UVMap")
    styled = fingerprint(own(monkey))
    copy = duplicate(monkey)
    apply_style(copy, result_image("Two"), "UVMap")
    assert fingerprint(own(monkey)) == styled
    assert [image.name for image in style_images(monkey)] == ["One"]
    assert [image.name for image in style_images(copy)] == ["Two"]
    assert len(style_nodes(own(copy))) == 1


@pytest.mark.parametrize("made", ["given", "made"])
def test_removing_from_a_duplicate_leaves_the_original_its_style(monkey: Any, made: str) -> None:
    before = fingerprint(give_material(monkey)) if made == "given" else None
    apply_style(monkey, result_image("One"), "UVMap")
    copy = duplicate(monkey)
    remove_style(copy)
    assert not has_style(copy)
    assert [image.name for image in style_images(monkey)] == ["One"]
    if before is None:
        assert len(copy.material_slots) == 0
    else:
        assert fingerprint(own(copy)) == before
        assert own(copy) is not own(monkey)


def test_copies_of_copies_come_back_to_the_first_original(monkey: Any) -> None:
    material = give_material(monkey)
    user_of(material)
    blocks = data_blocks()
    apply_style(monkey, result_image("One"), "UVMap")
    second = duplicate(monkey)
    apply_style(second, result_image("Two"), "UVMap")
    third = duplicate(second)
    apply_style(third, result_image("Three"), "UVMap")
    assert len({own(obj).name for obj in (monkey, second, third)}) == 3
    for obj in (second, monkey, third):
        remove_style(obj)
        assert own(obj) is material
    for obj in (second, third):
        bpy.data.meshes.remove(obj.data)
    assert data_blocks() == blocks


def test_an_original_that_was_styled_since_is_not_given_back(monkey: Any) -> None:
    material = give_material(monkey)
    before = fingerprint(material)
    cube = user_of(material)
    apply_style(monkey, result_image("One"), "UVMap")
    apply_style(cube, result_image("Two"), "UVMap")
    assert remove_style(monkey) == 1
    assert not has_style(monkey)
    assert fingerprint(own(monkey)) == before
    assert [image.name for image in style_images(cube)] == ["Two"]


def test_work_on_a_copied_material_is_kept_without_the_style(monkey: Any) -> None:
    material = give_material(monkey)
    user_of(material)
    apply_style(monkey, result_image(), "UVMap")
    principled(own(monkey)).inputs["Roughness"].default_value = 0.125
    before = data_blocks()
    remove_style(monkey)
    assert own(monkey) is not material
    assert principled(own(monkey)).inputs["Roughness"].default_value == 0.125
    assert not has_style(monkey)
    assert data_blocks() == before | {
        "images": before["images"] - 1,
        "node_groups": before["node_groups"] - 1,
    }
    apply_style(monkey, result_image(), "UVMap")  # and from now on it is the object's own
    remove_style(monkey)
    assert principled(own(monkey)).inputs["Roughness"].default_value == 0.125


def test_work_on_a_made_material_is_kept_without_the_style(monkey: Any) -> None:
    apply_style(monkey, result_image(), "UVMap")
    principled(own(monkey)).inputs["Metallic"].default_value = 1.0
    remove_style(monkey)
    assert principled(own(monkey)).inputs["Metallic"].default_value == 1.0
    assert not has_style(monkey)


def test_an_original_that_is_gone_leaves_the_copy(monkey: Any) -> None:
    material = give_material(monkey)
    cube = user_of(material)
    apply_style(monkey, result_image(), "UVMap")
    bpy.data.meshes.remove(cube.data)
    bpy.data.materials.remove(material)
    remove_style(monkey)
    assert own(monkey) is not None
    assert not has_style(monkey)


def test_a_group_that_another_material_uses_keeps_its_texture(monkey: Any) -> None:
    material = give_material(monkey)
    group = apply_style(monkey, result_image(), "UVMap")
    material.copy().use_fake_user = True  # the artist's own copy of the styled material
    remove_style(monkey)
    assert [image.name for image in group_images(group)] == ["Result"]


def changes(material: Any) -> dict[str, Any]:
    """What somebody may do to a material, by name."""
    tree = material.node_tree
    ramp = next(node for node in tree.nodes if node.type == "VALTORGB")

    def link() -> None:
        tree.links.new(ramp.outputs["Color"], principled(material).inputs["Base Color"])

    def stop() -> None:
        ramp.color_ramp.elements[0].position = 0.25

    def driver() -> None:
        principled(material).inputs["Roughness"].driver_add("default_value").driver.expression = "frame"

    return {
        "value": lambda: setattr(principled(material).inputs["Roughness"], "default_value", 0.2),
        "link": link,
        "ramp": stop,
        "node": lambda: tree.nodes.new("ShaderNodeTexNoise"),
        "mute": lambda: setattr(ramp, "mute", True),
        "setting": lambda: setattr(material, "pass_index", 3),
        "property": lambda: material.__setitem__("note", [1, 2]),
        "driver": driver,
    }


@pytest.mark.parametrize("change", ["value", "link", "ramp", "node", "mute", "setting", "property", "driver"])
def test_every_change_of_a_copy_is_seen(monkey: Any, change: str) -> None:
    material = give_material(monkey)
    material.node_tree.nodes.new("ShaderNodeValToRGB")
    copy = material.copy()
    assert same_material(material, copy)
    changes(copy)[change]()
    assert not same_material(material, copy)


def test_where_nodes_lie_and_what_they_are_called_does_not_count(monkey: Any) -> None:
    material = give_material(monkey)
    copy = material.copy()
    copy.name = "Other"
    principled(copy).location = (500.0, 100.0)
    principled(copy).select = True
    copy["mark"] = 1
    assert copy.cycles is not None  # what other add-ons register comes to be when it is looked at
    assert same_material(material, copy, ("mark",))
