"""Reading the evaluated mesh, in world space, and refusing what cannot be painted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.meshes import MeshData, read_mesh, save_mesh
from nst.core.protocol import JobError, Remedy


def read(obj: Any, uv_map: str = "") -> MeshData:
    return read_mesh(obj, bpy.context.evaluated_depsgraph_get(), uv_map)


def vertices(data: MeshData) -> Any:
    return np.array(data.vertices).reshape(-1, 3)


def faces(data: MeshData) -> Any:
    return np.array(data.faces).reshape(-1, 3)


def uvs(data: MeshData) -> Any:
    return np.array(data.uvs).reshape(-1, 3, 2)


def refusal(obj: Any, uv_map: str = "") -> JobError:
    with pytest.raises(JobError) as caught:
        read(obj, uv_map)
    assert obj.name in caught.value.message
    return caught.value


def cube() -> Any:
    bpy.ops.mesh.primitive_cube_add(size=2.0)
    return bpy.context.active_object


def surface(data: MeshData) -> float:
    corners = vertices(data)[faces(data)]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(normals, axis=1).sum() / 2)


def volume(data: MeshData) -> float:
    """Positive when faces point outwards."""
    a, b, c = np.moveaxis(vertices(data)[faces(data)], 1, 0)
    return float((a * np.cross(b, c)).sum() / 6)


def test_a_cube_in_world_space(scene: Any) -> None:
    obj = cube()
    obj.location, obj.scale = (10.0, 0.0, 0.0), (1.0, 2.0, 3.0)
    bpy.context.view_layer.update()
    data = read(obj)
    assert vertices(data).shape == (8, 3)
    assert faces(data).shape == (12, 3)
    assert uvs(data).shape == (12, 3, 2)
    np.testing.assert_allclose(vertices(data).min(axis=0), (9, -2, -3), atol=1e-6)
    np.testing.assert_allclose(vertices(data).max(axis=0), (11, 2, 3), atol=1e-6)
    assert volume(data) == pytest.approx(48.0)
    assert data.uv_map == "UVMap"


def test_a_mirrored_object_still_faces_outwards(scene: Any) -> None:
    obj = cube()
    plain = read(obj)
    obj.scale = (-1.0, 1.0, 1.0)
    bpy.context.view_layer.update()
    mirrored = read(obj)
    assert volume(mirrored) == pytest.approx(volume(plain))
    # Each corner has kept the UV of its vertex.
    one = {(tuple(v * (-1, 1, 1)), tuple(uv)) for v, uv in _corners(plain)}
    two = {(tuple(v), tuple(uv)) for v, uv in _corners(mirrored)}
    assert one == two


def _corners(data: MeshData) -> list[tuple[Any, Any]]:
    points = vertices(data)[faces(data)].reshape(-1, 3).round(5) + 0.0
    return list(zip(points, uvs(data).reshape(-1, 2).round(5), strict=True))


def test_modifiers_are_applied(scene: Any) -> None:
    obj = cube()
    obj.modifiers.new("Array", "ARRAY").count = 3
    assert len(faces(read(obj))) == 36
    assert len(obj.data.polygons) == 6


def test_edits_that_are_not_yet_applied_count(scene: Any) -> None:
    obj = cube()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.transform.resize(value=(2.0, 2.0, 2.0))
    assert surface(read(obj)) == pytest.approx(96.0)
    assert obj.mode == "EDIT"


def test_the_uv_map_that_renders_use_unless_another_is_named(scene: Any) -> None:
    obj = cube()
    second = obj.data.uv_layers.new(name="Second")
    second.uv.foreach_set("vector", np.linspace(0, 1, 48, dtype=np.float32) ** 2)
    assert read(obj).uv_map == "UVMap"
    obj.data.uv_layers["Second"].active_render = True
    assert read(obj).uv_map == "Second"
    assert read(obj, "UVMap").uv_map == "UVMap"
    assert read(obj, "UVMap").uvs != read(obj).uvs
    error = refusal(obj, "Third")
    assert error.code == "uv_map_missing"
    assert "UVMap, Second" in error.message


def test_used_material_slots(scene: Any) -> None:
    obj = cube()
    for _ in range(3):
        obj.data.materials.append(None)
    obj.data.polygons[0].material_index = 2
    assert read(obj).materials == (0, 2)


def test_bad_meshes(scene: Any) -> None:
    bare = cube()
    bare.data.uv_layers.remove(bare.data.uv_layers[0])
    bare.data.update()
    assert (refusal(bare).code, refusal(bare).remedy) == ("mesh_no_uv", Remedy.UNWRAP)

    collapsed = cube()
    collapsed.data.uv_layers[0].uv.foreach_set("vector", np.zeros(48, dtype=np.float32))
    assert (refusal(collapsed).code, refusal(collapsed).remedy) == ("mesh_no_uv", Remedy.UNWRAP)

    empty = bpy.data.objects.new("Empty", bpy.data.meshes.new("Empty"))
    bpy.context.collection.objects.link(empty)
    assert refusal(empty).code == "mesh_empty"

    broken = cube()
    broken.data.vertices[0].co.x = float("nan")
    assert refusal(broken).code == "mesh_nan"

    flat = cube()
    flat.scale = (0.0, 0.0, 0.0)
    bpy.context.view_layer.update()
    assert refusal(flat).code == "mesh_degenerate"

    bpy.ops.object.camera_add()
    assert refusal(bpy.context.active_object).code == "not_a_mesh"


@pytest.mark.parametrize("kind", ["REMESH", "WIREFRAME"])
def test_modifiers_that_drop_the_uv_map_are_blamed_for_it(scene: Any, kind: str) -> None:
    obj = cube()
    obj.modifiers.new("Modifier", kind)
    error = refusal(obj)
    assert (error.code, error.remedy) == ("mesh_no_uv", Remedy.CLEAN_MESH)
    assert "modifiers drop it" in error.message
    if kind == "REMESH":
        assert "modifiers drop it" in refusal(obj, "UVMap").message
    bpy.ops.object.mode_set(mode="EDIT")
    assert "modifiers drop it" in refusal(obj).message
    bpy.ops.object.mode_set(mode="OBJECT")
    obj.data.uv_layers.remove(obj.data.uv_layers[0])  # and it is the mesh's own fault
    bpy.context.view_layer.update()
    assert refusal(obj).remedy is Remedy.UNWRAP


def test_the_file_has_the_arrays(scene: Any, tmp_path: Path) -> None:
    data = read(cube())
    save_mesh(data, tmp_path / "mesh.npz")
    with np.load(tmp_path / "mesh.npz") as arrays:
        assert set(arrays) == {"vertices", "faces", "uvs"}
        np.testing.assert_array_equal(arrays["vertices"], vertices(data))
        np.testing.assert_array_equal(arrays["faces"], faces(data))
        np.testing.assert_array_equal(arrays["uvs"], uvs(data))
