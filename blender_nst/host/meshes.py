"""The object as it is seen, with modifiers and in world space, as the engine's mesh file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.protocol import JobError, Remedy


@dataclass(frozen=True)
class MeshData:
    """vertices (V, 3) float64 in world units, faces (F, 3) int64, uvs (F, 3, 2) float64 with v up.

    uv_map: name of the UV map that was read. materials: the material slots that faces use.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    uvs: NDArray[np.float64]
    uv_map: str
    materials: tuple[int, ...]


def read_mesh(obj: Any, depsgraph: Any, uv_map: str = "") -> MeshData:
    """The evaluated mesh of an object; ``uv_map`` empty takes the one that renders use.

    Raises JobError: not_a_mesh, mesh_empty, mesh_no_uv, uv_map_missing, mesh_nan, mesh_degenerate.
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
        data = _read(mesh, np.array(obj.matrix_world, dtype=np.float64), uv_map, obj.name)
    finally:
        evaluated.to_mesh_clear()
    _check(data, obj.name)
    return data


def save_mesh(data: MeshData, path: Path) -> None:
    """Write the arrays vertices, faces and uvs as the engine reads them (.npz)."""
    np.savez(path, vertices=data.vertices, faces=data.faces, uvs=data.uvs)


def render_uv_map(mesh: Any) -> str:
    """Name of the UV map that renders use; empty if there is none."""
    layer = next((layer for layer in mesh.uv_layers if layer.active_render), None)
    if layer is None and len(mesh.uv_layers):
        layer = mesh.uv_layers[0]
    return str(layer.name) if layer is not None else ""


def _read(mesh: Any, matrix: NDArray[np.float64], uv_map: str, name: str) -> MeshData:
    if len(mesh.polygons) == 0:
        raise JobError(
            "mesh_empty", f"'{name}' has no faces, so there is nothing to paint on.", Remedy.CHOOSE_MESH
        )
    layer = _uv_layer(mesh, uv_map, name)
    mesh.calc_loop_triangles()
    triangles = len(mesh.loop_triangles)
    vertices = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", vertices)
    faces = np.empty(triangles * 3, dtype=np.int32)
    mesh.loop_triangles.foreach_get("vertices", faces)
    loops = np.empty(triangles * 3, dtype=np.int32)
    mesh.loop_triangles.foreach_get("loops", loops)
    slots = np.empty(triangles, dtype=np.int32)
    mesh.loop_triangles.foreach_get("material_index", slots)
    uvs = np.empty(len(mesh.loops) * 2, dtype=np.float32)
    layer.uv.foreach_get("vector", uvs)

    world = vertices.reshape(-1, 3).astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    corners = faces.reshape(-1, 3).astype(np.int64)
    corner_uvs = uvs.reshape(-1, 2)[loops].reshape(-1, 3, 2).astype(np.float64)
    if np.linalg.det(matrix[:3, :3]) < 0:  # a mirrored object: keep faces pointing outwards
        corners, corner_uvs = corners[:, ::-1].copy(), corner_uvs[:, ::-1].copy()
    used = tuple(int(slot) for slot in np.unique(slots))
    return MeshData(world, corners, corner_uvs, str(layer.name), used)


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
    if not (np.isfinite(data.vertices).all() and np.isfinite(data.uvs).all()):
        raise JobError(
            "mesh_nan",
            f"'{name}' has vertices or UVs that are not numbers. "
            "Delete them, or check the modifiers that move them.",
            Remedy.CLEAN_MESH,
        )
    if not _areas(data.vertices[data.faces]).any():
        raise JobError(
            "mesh_degenerate",
            f"All faces of '{name}' are flat to nothing; check its scale and its modifiers.",
            Remedy.CLEAN_MESH,
        )
    if not _areas(data.uvs).any():
        raise JobError(
            "mesh_no_uv",
            f"The UV map '{data.uv_map}' of '{name}' is collapsed to nothing. Unwrap it first.",
            Remedy.UNWRAP,
        )


def _areas(triangles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice the areas of (F, 3, D) triangles, D of 2 or 3."""
    one, two = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    if triangles.shape[2] == 2:
        return np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
    areas: NDArray[np.float64] = np.linalg.norm(np.cross(one, two), axis=1)
    return areas
