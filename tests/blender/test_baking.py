"""Baking a base colour, and leaving the scene as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.baking import bake_base_color
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
