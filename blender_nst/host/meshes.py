"""The object as it is seen, with modifiers and in world space, as the engine's mesh file."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...core.protocol import JobError, Remedy
from .npz import write_npz

Numbers = tuple["array[float] | array[int]", tuple[int, ...]]  # values in C order, and their shape


@dataclass(frozen=True)
class MeshData:
    """vertices: V times x, y, z in world units. faces: F times three vertices.

    uvs: u, v of each corner of each face, v up. uv_map: name of the UV map that was read.
    slots: the material slot that each triangle uses. attributes: further numbers by name, for each triangle
    (F, ...), as (values, shape).
    """

    vertices: array[float]
    faces: array[int]
    uvs: array[float]
    uv_map: str
    slots: array[int]
    attributes: Mapping[str, Numbers] = field(default_factory=dict)

    @property
    def materials(self) -> tuple[int, ...]:
        """The material slots that faces use."""
        return tuple(sorted(set(self.slots)))


@dataclass(frozen=True)
class Corners:
    """Where triangles are in the mesh: vertices and loops of their corners (F times three), polygons (F)."""

    vertices: array[int]
    loops: array[int]
    polygons: array[int]


Read = Callable[[Any, Any, Corners], Mapping[str, Numbers]]
"""Attributes for a mesh file, from an evaluated object, its mesh and the corners of its triangles."""


def read_mesh(obj: Any, depsgraph: Any, uv_map: str = "", read: Read | None = None) -> MeshData:
    """The evaluated mesh of an object; ``uv_map`` empty takes the one that renders use.

    read: makes further attributes. Raises JobError: not_a_mesh, mesh_empty, mesh_no_uv, uv_map_missing,
    mesh_nan, mesh_degenerate.
    """
    if obj.type != "MESH":
        raise JobError(
            "not_a_mesh",
            f"'{obj.name}' is not a mesh. Select a mesh, or convert it with Object > Convert > Mesh.",
            Remedy.CHOOSE_MESH,
        )
    if obj.mode == "EDIT":
        obj.update_from_editmode()
        depsgraph.update()
    evaluated = obj.evaluated_get(depsgraph)
    mesh = evaluated.to_mesh(preserve_all_data_layers=True, depsgraph=depsgraph)
    try:
        data, corners = _read(mesh, obj.matrix_world, uv_map, obj.name)
        if read is not None:
            data = replace(data, attributes={**data.attributes, **read(evaluated, mesh, corners)})
        _check(data, obj.name)
    except JobError as error:
        if error.code in ("mesh_no_uv", "uv_map_missing") and _has_uvs_without_modifiers(obj, uv_map):
            raise _modifiers_drop_uvs(obj.name) from error
        raise
    finally:
        evaluated.to_mesh_clear()
    return data


def save_mesh(data: MeshData, path: Path) -> None:
    """Write vertices (V, 3), faces (F, 3), uvs (F, 3, 2) and attributes as the engine reads them (.npz)."""
    faces = len(data.faces) // 3
    arrays: dict[str, Numbers] = {
        "vertices": (data.vertices, (len(data.vertices) // 3, 3)),
        "faces": (data.faces, (faces, 3)),
        "uvs": (data.uvs, (faces, 3, 2)),
        **data.attributes,
    }
    write_npz(path, arrays)


def render_uv_map(mesh: Any) -> str:
    """Name of the UV map that renders use; empty if there is none."""
    layer = next((layer for layer in mesh.uv_layers if layer.active_render), None)
    if layer is None and len(mesh.uv_layers):
        layer = mesh.uv_layers[0]
    return str(layer.name) if layer is not None else ""


def _read(mesh: Any, matrix: Any, uv_map: str, name: str) -> tuple[MeshData, Corners]:
    if len(mesh.polygons) == 0:
        raise JobError(
            "mesh_empty", f"'{name}' has no faces, so there is nothing to paint on.", Remedy.CHOOSE_MESH
        )
    layer = _uv_layer(mesh, uv_map, name)
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    faces, loops, slots, polygons = _ints(3 * count), _ints(3 * count), _ints(count), _ints(count)
    mesh.loop_triangles.foreach_get("vertices", faces)
    mesh.loop_triangles.foreach_get("loops", loops)
    mesh.loop_triangles.foreach_get("material_index", slots)
    mesh.loop_triangles.foreach_get("polygon_index", polygons)
    loop_uvs = _floats(2 * len(mesh.loops))
    layer.uv.foreach_get("vector", loop_uvs)
    uv_map = str(layer.name)

    mesh.transform(matrix)  # the evaluated object's own temporary copy; triangles do not change by it
    vertices = _floats(3 * len(mesh.vertices))
    mesh.vertices.foreach_get("co", vertices)
    if matrix.determinant() < 0:  # a mirrored object: keep faces pointing outwards
        for corners in (faces, loops):
            corners[0::3], corners[2::3] = corners[2::3], corners[0::3]
    uvs = _floats(6 * count)
    uvs[0::2] = array("f", map(loop_uvs[0::2].__getitem__, loops))
    uvs[1::2] = array("f", map(loop_uvs[1::2].__getitem__, loops))
    return MeshData(vertices, faces, uvs, uv_map, slots), Corners(faces, loops, polygons)


def _uv_layer(mesh: Any, uv_map: str, name: str) -> Any:
    if len(mesh.uv_layers) == 0:
        raise JobError("mesh_no_uv", f"'{name}' has no UV map. Unwrap it first.", Remedy.UNWRAP)
    wanted = uv_map or render_uv_map(mesh)
    layer = mesh.uv_layers.get(wanted)
    if layer is None:
        raise JobError(
            "uv_map_missing",
            f"'{name}' has no UV map called '{wanted}'. It has: {', '.join(mesh.uv_layers.keys())}.",
            Remedy.CHANGE_SETTING,
        )
    return layer


def _check(data: MeshData, name: str) -> None:
    if not (all(map(math.isfinite, data.vertices)) and all(map(math.isfinite, data.uvs))):
        raise JobError(
            "mesh_nan",
            f"'{name}' has vertices or UVs that are not numbers. "
            "Delete them, or check the modifiers that move them.",
            Remedy.CLEAN_MESH,
        )
    if not any(has_area(data, face) for face in range(len(data.faces) // 3)):
        raise JobError(
            "mesh_degenerate",
            f"All faces of '{name}' are flat to nothing; check its scale and its modifiers.",
            Remedy.CLEAN_MESH,
        )
    if not any(has_uv_area(data, face) for face in range(len(data.faces) // 3)):
        raise JobError(
            "mesh_no_uv",
            f"The UV map '{data.uv_map}' of '{name}' is collapsed to nothing. Unwrap it first.",
            Remedy.UNWRAP,
        )


def _has_uvs_without_modifiers(obj: Any, uv_map: str) -> bool:
    """Whether the mesh has a UV map that could be used, before its modifiers do their work."""
    if not obj.modifiers:
        return False
    mesh = obj.to_mesh()
    try:
        _check(_read(mesh, obj.matrix_world, uv_map, obj.name)[0], obj.name)
    except JobError:
        return False
    finally:
        obj.to_mesh_clear()
    return True


def _modifiers_drop_uvs(name: str) -> JobError:
    return JobError(
        "mesh_no_uv",
        f"'{name}' has a UV map, but its modifiers drop it. Disable those that do, as Remesh or Wireframe, "
        "or apply them and unwrap the mesh.",
        Remedy.CLEAN_MESH,
    )


def has_area(data: MeshData, face: int) -> bool:
    """Whether a triangle has an area in the world."""
    a, b, c = (data.vertices[3 * corner : 3 * corner + 3] for corner in data.faces[3 * face : 3 * face + 3])
    (x, y, z), (u, v, w) = ([q - p for p, q in zip(a, end, strict=True)] for end in (b, c))
    return (y * w - z * v, z * u - x * w, x * v - y * u) != (0.0, 0.0, 0.0)


def has_uv_area(data: MeshData, face: int) -> bool:
    """Whether a triangle has an area in the UV map."""
    u, v, u1, v1, u2, v2 = data.uvs[6 * face : 6 * face + 6]
    return (u1 - u) * (v2 - v) != (v1 - v) * (u2 - u)


def _floats(count: int) -> array[float]:
    return array("f", bytes(4 * count))


def _ints(count: int) -> array[int]:
    return array("i", bytes(4 * count))
