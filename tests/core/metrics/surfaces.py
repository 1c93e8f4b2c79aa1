"""Surfaces under several unwraps."""

from __future__ import annotations

import numpy as np
import trimesh
from numpy.typing import NDArray

from nst.core.surface.mesh import SurfaceMesh, surface_mesh


def globe(columns: int = 48, rows: int = 24, bend: float = 1.0) -> SurfaceMesh:
    """A ball of radius 1 with one cut from pole to pole. bend: of v, 1 for even steps from pole to pole."""
    u, v = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1))
    across, up = u * 2 * np.pi, (v - 0.5) * np.pi
    points = np.stack([np.cos(up) * np.cos(across), np.cos(up) * np.sin(across), np.sin(up)], axis=-1)
    index = np.arange(u.size).reshape(u.shape)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]))
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    uv = np.stack([u, v**bend], axis=-1).reshape(-1, 2) * 0.9 + 0.05
    return surface_mesh(points.reshape(-1, 3), faces, uv[faces])


def shuffled(mesh: SurfaceMesh, uvs: NDArray[np.float64], seed: int = 0) -> SurfaceMesh:
    """The same surface with other UVs (F, 3, 2), its faces and their corners in another order."""
    order = np.random.default_rng(seed).permutation(len(mesh.faces))
    faces, corners = mesh.faces[order], uvs[order]
    return surface_mesh(mesh.vertices, np.roll(faces, 1, axis=1), np.roll(corners, 1, axis=1))


def box_uvs(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """An unwrap of triangles (F, 3, 3) by the six directions that they look at, in cells of a 3 x 2 grid."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    axis = np.abs(normal).argmax(1)
    side = axis * 2 + (np.take_along_axis(normal, axis[:, None], 1)[:, 0] > 0)
    uvs = np.empty((len(corners), 3, 2))
    for number in range(6):
        kept = [each for each in range(3) if each != number // 2]
        place = np.array([number % 3 / 3, number // 3 / 2])
        uvs[side == number] = (corners[side == number][..., kept] / 2 + 0.5) * [0.3, 0.45] + place + 0.015
    return uvs


def ball() -> SurfaceMesh:
    """A smooth ball of radius 1, unwrapped by six directions."""
    solid = trimesh.creation.icosphere(subdivisions=4)
    return surface_mesh(solid.vertices, solid.faces, box_uvs(solid.vertices[solid.faces]))
