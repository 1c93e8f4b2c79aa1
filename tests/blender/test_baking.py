"""Baking a base colour, and leaving the scene as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.baking import bake_base_color
from nst.core.protocol import JobError
from nst.tests.blender.builders import data_blocks, fingerprint, give_material, picture_in, principled


def baked(obj: Any, path: Path, size: int = 64) -> Any:
    bake_base_color(obj, bpy.context.evaluated_depsgraph_get(), "UVMap", size, path)
    return picture_in(path)


@pytest.fixture
def plane(scene: Any) -> Any:
    """A square whose UVs are its own coordinates: u to the right, v up."""
    bpy.ops.mesh.primitive_plane_add(size=2.0)
    return bpy.context.active_object


def gradient(obj: Any, metallic: float = 0.0) -> Any:
    """A base colour made of nodes: red grows with u."""
    material = give_material(obj)
    tree = material.node_tree
    uv, separate = tree.nodes.new("ShaderNodeUVMap"), tree.nodes.new("ShaderNodeSeparateXYZ")
    combine = tree.nodes.new("ShaderNodeCombineXYZ")
    tree.links.new(uv.outputs[0], separate.inputs[0])
    tree.links.new(separate.outputs["X"], combine.inputs["X"])
    tree.links.new(combine.outputs[0], principled(material).inputs["Base Color"])
    principled(material).inputs["Metallic"].default_value = metallic
    return material


@pytest.mark.parametrize("metallic", [0.0, 1.0])
def test_nodes_are_evaluated_without_light(plane: Any, tmp_path: Path, metallic: float) -> None:
    gradient(plane, metallic)
    pixels = baked(plane, tmp_path / "base.png")
    assert pixels.shape == (64, 64, 4)
    linear = (np.arange(64) + 0.5) / 64
    expected = 255 * (1.055 * linear ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(pixels[32, 2:, 0], expected[2:], atol=4)
    assert pixels[..., 1:3].max() <= 1


def test_rows_are_the_right_way_up(plane: Any, tmp_path: Path) -> None:
    give_material(plane, (1.0, 0.0, 0.0), "Red")
    give_material(plane, (0.0, 0.0, 1.0), "Blue")
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.subdivide()
    bpy.ops.object.mode_set(mode="OBJECT")
    for polygon in plane.data.polygons:
        polygon.material_index = int(polygon.center.y > 0)
    pixels = baked(plane, tmp_path / "base.png")
    assert tuple(pixels[8, 32, :3]) == (0, 0, 255)
    assert tuple(pixels[56, 32, :3]) == (255, 0, 0)


def test_the_scene_is_as_it_was(plane: Any, tmp_path: Path) -> None:
    material = gradient(plane)
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.object.select_all(action="SELECT")
    before = fingerprint(material), data_blocks(), scene.name, bpy.context.active_object.name
    selected = {obj.name for obj in bpy.context.selected_objects}
    baked(plane, tmp_path / "base.png")
    assert before == (
        fingerprint(material),
        data_blocks(),
        bpy.context.scene.name,
        bpy.context.active_object.name,
    )
    assert {obj.name for obj in bpy.context.selected_objects} == selected
    assert bpy.context.scene.render.engine == "BLENDER_WORKBENCH"


def test_modifiers_and_plain_materials(plane: Any, tmp_path: Path) -> None:
    material = bpy.data.materials.new("Old")
    material.diffuse_color = (0.0, 1.0, 0.0, 1.0)
    if bpy.app.version >= (5, 0, 0):
        principled(material).inputs["Base Color"].default_value = (0.0, 1.0, 0.0, 1.0)
    plane.data.materials.append(material)
    plane.modifiers.new("Subdivision", "SUBSURF").subdivision_type = "SIMPLE"
    assert tuple(baked(plane, tmp_path / "base.png")[32, 32, :3]) == (0, 255, 0)


def test_without_cycles_it_says_so_and_leaves_nothing(plane: Any, tmp_path: Path) -> None:
    import addon_utils  # there once bpy has been imported

    gradient(plane)
    blocks = data_blocks()
    addon_utils.disable("cycles")
    try:
        with pytest.raises(JobError) as caught:
            baked(plane, tmp_path / "base.png")
    finally:
        addon_utils.enable("cycles")
    assert caught.value.code == "bake_failed"
    assert "Enable 'Cycles Render Engine'" in caught.value.message
    assert data_blocks() == blocks


def test_a_failure_before_the_bake_leaves_nothing(plane: Any, tmp_path: Path) -> None:
    gradient(plane)
    blocks = data_blocks()
    with pytest.raises(KeyError):
        bake_base_color(
            plane, bpy.context.evaluated_depsgraph_get(), "No such map", 64, tmp_path / "base.png"
        )
    assert data_blocks() == blocks


def test_a_folder_that_is_not_there_is_not_the_bakes_fault(plane: Any, tmp_path: Path) -> None:
    gradient(plane)
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="could not be saved"):
        baked(plane, tmp_path / "file" / "base.png")


def test_materials_that_modifiers_give_are_baked(plane: Any, tmp_path: Path) -> None:
    give_material(plane, (1.0, 0.0, 0.0), "Red")
    blue = give_material(plane, (0.0, 0.0, 1.0), "Blue")
    plane.data.materials.pop()
    tree = bpy.data.node_groups.new("Nodes", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    start, end = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    node = tree.nodes.new("GeometryNodeSetMaterial")
    node.inputs["Material"].default_value = blue
    tree.links.new(start.outputs[0], node.inputs["Geometry"])
    tree.links.new(node.outputs[0], end.inputs[0])
    plane.modifiers.new("Nodes", "NODES").node_group = tree
    assert tuple(baked(plane, tmp_path / "base.png")[32, 32, :3]) == (0, 0, 255)
