"""Impasto: paint with a thickness, in the material and off it again."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.groups import make_group
from nst.blender_nst.host.images import RESULT_MARK, load_result
from nst.blender_nst.host.impasto import Relief
from nst.blender_nst.host.materials import apply_style, relief_sockets, remove_style, strength_sockets
from nst.blender_nst.host.sameness import same_material
from nst.blender_nst.host.shading import style_nodes
from nst.core.protocol import TextureJob
from nst.tests.blender.builders import (
    data_blocks,
    fingerprint,
    give_material,
    height_image,
    principled,
    render,
    result_image,
)
from nst.tests.blender.driving import choose
from nst.tests.blender.test_sheets import prepared, tiled_cube

HEIGHT = "Suzanne van_gogh_auvers NST Height"


def stripes() -> Any:
    """A height texture of steep ridges."""
    return height_image(np.tile(0.5 + 0.5 * np.sin(np.arange(64) * np.pi / 4), (64, 1)).T)


def write_grey(path: Path, levels: Any) -> None:
    """Write (H, W) numbers of 16 bits as PNG, top row first."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", *levels.shape[::-1], 16, 0, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def style_with_relief(obj: Any, distance: float = 0.2) -> Any:
    image = result_image(color=(0.5, 0.5, 0.5, 1.0))
    return apply_style(obj, image, "UVMap", reliefs={image.name: Relief(stripes(), distance)})


def give_normal_map(material: Any) -> Any:
    """A normal map in front of the shader's normal, and a Value in front of its roughness."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    bend, value = nodes.new("ShaderNodeNormalMap"), nodes.new("ShaderNodeValue")
    bend.inputs["Color"].default_value = (0.9, 0.3, 0.8, 1.0)
    value.outputs[0].default_value = 0.3
    links.new(bend.outputs["Normal"], principled(material).inputs["Normal"])
    links.new(value.outputs[0], principled(material).inputs["Roughness"])
    return bend, value


def sliders(obj: Any, strength: float, relief: float, gloss: float) -> None:
    strength_sockets(obj)[0][1].default_value = strength
    ((_, thick, shine),) = relief_sockets(obj)
    thick.default_value, shine.default_value = relief, gloss


def test_the_groups_sockets_and_what_they_are_for(scene: Any) -> None:
    tree = make_group(result_image(), "UVMap", Relief(stripes(), 0.2))
    items = [item for item in tree.interface.items_tree if item.item_type == "SOCKET"]
    inputs = {item.name: item for item in items if item.in_out == "INPUT"}
    assert [*inputs] == ["Original", "Strength", "Relief", "Gloss", "Original Roughness", "Original Normal"]
    assert [item.name for item in items if item.in_out == "OUTPUT"] == ["Color", "Roughness", "Normal"]
    assert all(item.description for item in inputs.values())
    relief, gloss = inputs["Relief"], inputs["Gloss"]
    assert (relief.min_value, relief.max_value, relief.default_value) == (0, 2, 1)
    assert (gloss.min_value, gloss.max_value) == (0, 1)
    places = [tuple(node.location) for node in tree.nodes]
    assert len(set(places)) == len(places)
    plain = make_group(result_image(), "UVMap")
    assert "Relief" not in [item.name for item in plain.interface.items_tree]


def test_the_sliders_do_what_they_say(monkey: Any) -> None:
    material = give_material(monkey)
    original = render(monkey)
    style_with_relief(monkey)
    rendered = {}
    for setting in ((0.0, 1.0, 1.0), (1.0, 0.0, 0.0), (1.0, 1.0, 0.0), (1.0, 2.0, 0.0), (1.0, 0.0, 1.0)):
        sliders(monkey, *setting)
        rendered[setting] = render(monkey)
    np.testing.assert_allclose(rendered[0.0, 1.0, 1.0], original, atol=1e-5)
    flat = rendered[1.0, 0.0, 0.0]
    one, two = (np.abs(rendered[1.0, relief, 0.0] - flat).mean() for relief in (1.0, 2.0))
    assert one > 0.01
    assert two > 1.2 * one
    assert np.abs(rendered[1.0, 0.0, 1.0] - flat).max() > 0.02
    remove_style(monkey)
    apply_style(monkey, result_image(color=(0.5, 0.5, 0.5, 1.0)), "UVMap")
    np.testing.assert_allclose(render(monkey), flat, atol=1e-5)  # as without a relief
    assert not relief_sockets(monkey)
    assert not principled(material).inputs["Normal"].is_linked


def test_strength_zero_shows_the_original_normal_and_roughness(monkey: Any) -> None:
    material = give_material(monkey)
    before = render(monkey)
    give_normal_map(material)
    original = render(monkey)
    assert np.abs(original - before).mean() > 0.01
    style_with_relief(monkey)
    sliders(monkey, 0.0, 1.0, 1.0)
    np.testing.assert_allclose(render(monkey), original, atol=1e-5)


@pytest.mark.parametrize("linked", [False, True])
def test_off_again_without_a_trace(monkey: Any, linked: bool) -> None:
    material = give_material(monkey)
    principled(material).inputs["Roughness"].default_value = 0.125
    sources = give_normal_map(material) if linked else ()
    before = material.copy()
    blocks, links = data_blocks(), fingerprint(material)
    style_with_relief(monkey)
    (node,) = style_nodes(material)
    shader = principled(material)
    for name in ("Base Color", "Roughness", "Normal"):
        assert shader.inputs[name].links[0].from_node == node
    assert node.inputs["Original Roughness"].default_value == 0.125
    for name, source in zip(("Original Normal", "Original Roughness"), sources, strict=False):
        assert node.inputs[name].links[0].from_node == source
    assert not same_material(material, before)
    style_with_relief(monkey)  # again, over the first
    apply_style(monkey, result_image("Flat"), "UVMap")  # and one without
    assert shader.inputs["Normal"].is_linked == linked
    remove_style(monkey)
    assert fingerprint(material) == links
    assert same_material(material, before)
    for image in list(bpy.data.images):  # earlier ones stay in the file
        if RESULT_MARK in image:
            bpy.data.images.remove(image)
    assert data_blocks() == blocks


def test_images_go_with_the_style(monkey: Any) -> None:
    give_material(monkey)
    blocks = data_blocks()
    style_with_relief(monkey)
    assert data_blocks()["images"] == blocks["images"] + 2
    remove_style(monkey)
    assert data_blocks() == blocks


@pytest.mark.parametrize(("kind", "has"), [("Emission", False), ("BsdfDiffuse", True)])
def test_a_shader_gets_what_it_has(monkey: Any, kind: str, has: bool) -> None:
    material = give_material(monkey)
    tree = material.node_tree
    shader = tree.nodes.new(f"ShaderNode{kind}")
    output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
    tree.links.new(shader.outputs[0], output.inputs["Surface"])
    before = material.copy()
    style_with_relief(monkey)
    (node,) = style_nodes(material)
    fed = {link.to_socket.name for socket in node.outputs for link in socket.links}
    assert fed == ({"Color", "Roughness", "Normal"} if has else {"Color"})
    remove_style(monkey)
    assert same_material(material, before)


def test_undo_and_redo(monkey: Any) -> None:
    give_material(monkey)
    bpy.ops.ed.undo_push(message="Before")
    style_with_relief(monkey)
    bpy.ops.ed.undo_push(message="Stylize")
    bpy.ops.ed.undo()
    material = bpy.data.materials["Paint"]
    assert not style_nodes(material)
    assert not principled(material).inputs["Normal"].is_linked
    bpy.ops.ed.redo()
    assert relief_sockets(bpy.data.objects["Suzanne"])
    remove_style(bpy.data.objects["Suzanne"])
    assert not principled(bpy.data.materials["Paint"]).inputs["Roughness"].is_linked


def test_heights_are_no_colours(scene: Any, tmp_path: Path) -> None:
    levels = np.arange(4096, dtype=np.uint16).reshape(64, 64) * 16
    write_grey(tmp_path / "height.png", levels)
    image = load_result(tmp_path / "height.png", "Height", is_color=False)
    assert image.colorspace_settings.is_data
    assert image.packed_file is not None
    found = np.empty(64 * 64 * 4, dtype=np.float32)
    image.pixels.foreach_get(found)
    np.testing.assert_allclose(
        found.reshape(64, 64, 4)[::-1, :, 0], levels / 65535, atol=1e-7
    )  # 16 bits of it


def test_only_on_wish(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    give_material(monkey)
    choose(style)
    assert not bpy.context.scene.nst.relief
    bpy.ops.nst.stylize_texture(size=64)
    image = bpy.data.images["Suzanne van_gogh_auvers NST"]
    assert json.loads(image["nst_job"])["relief"] is False
    assert HEIGHT not in bpy.data.images
    assert not relief_sockets(monkey)


def test_from_the_button_to_the_material(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    material = give_material(monkey)
    before, blocks = fingerprint(material), data_blocks()
    choose(style, relief=True)
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}
    assert json.loads(bpy.data.images[HEIGHT]["nst_job"])["relief"] is True
    assert bpy.data.images[HEIGHT].packed_file is not None
    (node,) = style_nodes(material)
    tree = node.node_tree
    assert {each.image.name for each in tree.nodes if each.type == "TEX_IMAGE"} == {HEIGHT, HEIGHT[:-7]}
    bump = next(each for each in tree.nodes if each.type == "BUMP")
    (scale,) = (link.from_node for link in bump.inputs["Distance"].links)
    assert scale.inputs[1].default_value == 0.0625  # as the engine has said
    assert bpy.ops.nst.remove_style() == {"FINISHED"}
    assert fingerprint(material) == before
    assert data_blocks() == blocks


def test_tiles_have_heights_of_their_own(addon: Any, scene: Any, style: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    obj, _ = tiled_cube(tmp_path)
    job, _ = prepared(tmp_path, obj)
    assert isinstance(job, TextureJob)
    assert not job.sheets[0].height
    choose(style, relief=True)
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}
    (node,) = style_nodes(obj.data.materials[0])
    heights = [each.image for each in node.node_tree.nodes if each.type == "TEX_IMAGE"]
    assert [image.source for image in heights] == ["TILED", "TILED"]
    assert [[tile.number for tile in image.tiles] for image in heights] == [[1001, 1002]] * 2
    assert [image.colorspace_settings.is_data for image in heights] == [False, True]
    assert all(len(image.packed_files) == 2 for image in heights)
