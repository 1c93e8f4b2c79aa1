"""Putting a texture into materials and taking it out again without a trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.base import base_color
from nst.blender_nst.host.colour import display
from nst.blender_nst.host.materials import (
    apply_style,
    check_materials,
    has_style,
    remove_style,
    strength_sockets,
)
from nst.blender_nst.host.shading import color_sockets, style_nodes
from nst.core.protocol import JobError
from nst.tests.blender.builders import (
    checker,
    data_blocks,
    feed_image,
    fingerprint,
    give_material,
    principled,
    render,
    result_image,
    style_images,
)


def test_a_plain_colour_is_kept_beneath(monkey: Any) -> None:
    material = give_material(monkey)
    before, blocks = fingerprint(material), data_blocks()
    group = apply_style(monkey, result_image(), "UVMap")
    (node,) = style_nodes(material)
    assert node.node_tree is group
    assert tuple(node.inputs["Original"].default_value) == pytest.approx((0.8, 0.1, 0.05, 1.0))
    assert principled(material).inputs["Base Color"].links[0].from_node == node
    assert [n.uv_map for n in group.nodes if n.type == "UVMAP"] == ["UVMap"]
    assert has_style(monkey)
    assert [image.name for image in style_images(monkey)] == ["Result"]
    assert remove_style(monkey) == 1
    assert fingerprint(material) == before
    assert data_blocks() == blocks
    assert not has_style(monkey)


def test_a_link_is_kept_and_restored(monkey: Any) -> None:
    material = give_material(monkey)
    texture = feed_image(material, checker())
    before, blocks = fingerprint(material), data_blocks()
    apply_style(monkey, result_image(), "UVMap")
    (node,) = style_nodes(material)
    assert node.inputs["Original"].links[0].from_node == texture
    remove_style(monkey)
    assert fingerprint(material) == before
    assert data_blocks() == blocks


def test_a_muted_link_stays_muted_and_the_colour_beneath_it_shows(monkey: Any) -> None:
    material = give_material(monkey, (0.8, 0.1, 0.05))
    feed_image(material, checker())
    principled(material).inputs["Base Color"].links[0].is_muted = True
    before = fingerprint(material)
    apply_style(monkey, result_image(), "UVMap")
    (node,) = style_nodes(material)
    assert node.inputs["Original"].links[0].is_muted
    assert base_color(monkey, [0], "UVMap").color == pytest.approx(display((0.8, 0.1, 0.05)))
    apply_style(monkey, result_image("Second"), "UVMap")
    remove_style(monkey)
    assert fingerprint(material) == before


def test_again_replaces_and_the_new_one_shows(monkey: Any) -> None:
    material = give_material(monkey)
    before, blocks = fingerprint(material), data_blocks()
    apply_style(monkey, result_image("First"), "UVMap")
    strength_sockets(monkey)[0][1].default_value = 0.0
    apply_style(monkey, result_image("Second"), "UVMap")
    assert len(style_nodes(material)) == 1
    assert [image.name for image in style_images(monkey)] == ["Second"]
    assert strength_sockets(monkey)[0][1].default_value == 1.0
    remove_style(monkey)
    assert fingerprint(material) == before
    assert bpy.data.images.get("Second") is None
    bpy.data.images.remove(bpy.data.images["First"])
    assert data_blocks() == blocks


def test_again_keeps_the_earlier_texture_in_the_file(monkey: Any, tmp_path: Path) -> None:
    apply_style(monkey, result_image("First", (1.0, 0.5, 0.0, 1.0)), "UVMap")
    apply_style(monkey, result_image("Second"), "UVMap")
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert bpy.data.images["First"].pixels[0] == pytest.approx(1.0)


def test_strokes_that_were_never_packed_outlive_the_style(monkey: Any) -> None:
    image = result_image()
    apply_style(monkey, image, "UVMap")
    image.pixels[0] = 0.5
    assert image.is_dirty
    remove_style(monkey)
    assert bpy.data.images.get("Result") is image


def test_an_object_without_material_gets_one_and_loses_it(monkey: Any) -> None:
    blocks = data_blocks()
    apply_style(monkey, result_image(), "UVMap")
    assert len(monkey.material_slots) == 1
    assert len(style_nodes(monkey.material_slots[0].material)) == 1
    remove_style(monkey)
    assert len(monkey.material_slots) == 0
    assert data_blocks() == blocks


def test_a_second_run_keeps_work_on_a_made_material(monkey: Any) -> None:
    apply_style(monkey, result_image(), "UVMap")
    principled(monkey.material_slots[0].material).inputs["Roughness"].default_value = 0.125
    apply_style(monkey, result_image(), "UVMap")
    assert principled(monkey.material_slots[0].material).inputs["Roughness"].default_value == 0.125


def test_every_slot_gets_the_group(monkey: Any) -> None:
    first, second = give_material(monkey, name="One"), give_material(monkey, (0, 0, 1), "Two")
    monkey.data.materials.append(None)
    monkey.data.materials.append(first)
    before, blocks = [fingerprint(first), fingerprint(second)], data_blocks()
    group = apply_style(monkey, result_image(), "UVMap")
    assert [len(style_nodes(slot.material)) for slot in monkey.material_slots] == [1, 1, 1, 1]
    assert {style_nodes(slot.material)[0].node_tree.name for slot in monkey.material_slots} == {group.name}
    remove_style(monkey)
    assert [slot.material for slot in monkey.material_slots] == [first, second, None, first]
    assert [fingerprint(first), fingerprint(second)] == before
    assert data_blocks() == blocks


def test_another_mesh_with_the_same_material_keeps_it(monkey: Any) -> None:
    material = give_material(monkey)
    bpy.ops.mesh.primitive_cube_add()
    other = bpy.context.active_object
    other.data.materials.append(material)
    before, blocks = fingerprint(material), data_blocks()
    apply_style(monkey, result_image(), "UVMap")
    assert fingerprint(material) == before
    assert other.material_slots[0].material is material
    assert monkey.material_slots[0].material is not material
    remove_style(monkey)
    assert monkey.material_slots[0].material is material
    assert data_blocks() == blocks


def test_mixed_shaders_and_others_than_principled(monkey: Any) -> None:
    material = give_material(monkey)
    tree = material.node_tree
    mix, diffuse = tree.nodes.new("ShaderNodeMixShader"), tree.nodes.new("ShaderNodeBsdfDiffuse")
    output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
    tree.links.new(principled(material).outputs[0], mix.inputs[1])
    tree.links.new(diffuse.outputs[0], mix.inputs[2])
    reroute = tree.nodes.new("NodeReroute")
    tree.links.new(mix.outputs[0], reroute.inputs[0])
    tree.links.new(reroute.outputs[0], output.inputs["Surface"])
    assert {socket.node.name for socket in color_sockets(material)} == {"Principled BSDF", diffuse.name}
    before = fingerprint(material)
    apply_style(monkey, result_image(), "UVMap")
    assert len(style_nodes(material)) == 2
    remove_style(monkey)
    assert fingerprint(material) == before


def test_a_material_without_a_shader_is_refused(monkey: Any) -> None:
    material = give_material(monkey)
    material.node_tree.nodes.remove(principled(material))
    with pytest.raises(JobError) as caught:
        check_materials(monkey)
    assert caught.value.code == "material_unsupported"
    assert material.name in caught.value.message


def test_a_material_whose_nodes_were_off(monkey: Any) -> None:
    material = bpy.data.materials.new("Old")
    material.diffuse_color = (1.0, 0.0, 0.0, 1.0)
    monkey.data.materials.append(material)
    nodes_were_on = bpy.app.version >= (5, 0, 0)
    apply_style(monkey, result_image(), "UVMap")
    assert len(style_nodes(material)) == 1
    remove_style(monkey)
    if not nodes_were_on:
        assert not material.use_nodes
    assert not style_nodes(material)


def test_strength_zero_renders_as_the_original(monkey: Any) -> None:
    give_material(monkey)
    original = render(monkey)
    apply_style(monkey, result_image(color=(0.0, 1.0, 0.0, 1.0)), "UVMap")
    stylized = render(monkey)
    assert stylized[..., 1].sum() > 3 * original[..., 1].sum()
    assert stylized[..., 0].sum() < 0.5 * original[..., 0].sum()
    strength_sockets(monkey)[0][1].default_value = 0.0
    np.testing.assert_allclose(render(monkey), original, atol=1e-5)
    strength_sockets(monkey)[0][1].default_value = 1.0
    remove_style(monkey)
    np.testing.assert_allclose(render(monkey), original, atol=1e-6)


def test_undo_of_another_uv_choice_does_not_matter(monkey: Any) -> None:
    """The group reads its own UV map, whichever is active."""
    give_material(monkey)
    apply_style(monkey, result_image(), "UVMap")
    before = render(monkey)
    monkey.data.uv_layers.new(name="Other").active_render = True
    np.testing.assert_allclose(render(monkey), before, atol=1e-6)


def test_base_colour_plain_image_or_bake(monkey: Any, tmp_path: Path) -> None:
    assert base_color(monkey, (0,), "UVMap").color == pytest.approx((0.9063, 0.9063, 0.9063), abs=1e-3)
    material = give_material(monkey, (1.0, 0.2140, 0.0))
    assert base_color(monkey, (0,), "UVMap").color == pytest.approx((1.0, 0.5, 0.0), abs=1e-3)
    picture = checker()
    texture = feed_image(material, picture)
    assert base_color(monkey, (0,), "UVMap").image is picture
    assert base_color(monkey, (0,), "Other").needs_bake
    uv = material.node_tree.nodes.new("ShaderNodeUVMap")
    uv.uv_map = "Other"
    material.node_tree.links.new(uv.outputs[0], texture.inputs["Vector"])
    assert base_color(monkey, (0,), "Other").image is picture
    assert base_color(monkey, (0,), "UVMap").needs_bake
    noise = material.node_tree.nodes.new("ShaderNodeTexNoise")
    material.node_tree.links.new(noise.outputs["Color"], principled(material).inputs["Base Color"])
    assert base_color(monkey, (0,), "UVMap").needs_bake


def test_base_colour_is_the_original_under_an_earlier_style(monkey: Any) -> None:
    material = give_material(monkey)
    picture = checker()
    feed_image(material, picture)
    apply_style(monkey, result_image(), "UVMap")
    assert base_color(monkey, (0,), "UVMap").image is picture


def test_materials_of_different_colours_are_baked(monkey: Any) -> None:
    give_material(monkey, (1, 0, 0), "One")
    give_material(monkey, (0, 0, 1), "Two")
    assert base_color(monkey, (0, 1), "UVMap").needs_bake
    assert not base_color(monkey, (1,), "UVMap").needs_bake
