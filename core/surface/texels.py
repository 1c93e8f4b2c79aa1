"""Texel maps: where on the surface each texel of a texture lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import NDArray
from scipy import ndimage
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..protocol import JobError, Remedy
from .mesh import SurfaceMesh

# Texels around each island that are painted along with it: bilinear look-ups at an
# island's border read one texel beyond it, and the first mip level two.
GUTTER = 4


@dataclass(frozen=True)
class TexelMap:
    """The texels that belong to a surface, in row-major order, top row first.

    size: the texture is (size, size). index: (T,) flat texel index. face: (T,) its
    triangle. barycentric: (T, 3) of the texel's centre there; outside [0, 1] in the gutter,
    where the triangle's plane is carried on. inside: (size, size), centre within an
    island. nearest: (size, size), for every texel the flat index of the nearest inside one.
    overlap: share of the islands' area that lies over other islands.
    """

    size: int
    index: NDArray[np.int64]
    face: NDArray[np.int64]
    barycentric: NDArray[np.float64]
    inside: NDArray[np.bool_]
    nearest: NDArray[np.int64]
    overlap: float = 0.0


def texel_map(mesh: SurfaceMesh, size: int) -> TexelMap:
    """Find the triangle under every texel centre of a (size, size) texture.

    Raises JobError ("no_texels") when the islands are smaller than a texel.
    """
    triangles, owner = _tiles(mesh.uvs, size)
    face = _triangle_at_centres(triangles, size)
    inside = face >= 0
    if not inside.any():
        raise JobError(
            "no_texels",
            f"The UV islands are smaller than a pixel of a {size} px texture. "
            "Choose a larger texture, or unwrap the mesh again.",
            Remedy.UNWRAP,
        )
    distance, (row, column) = ndimage.distance_transform_edt(~inside, return_indices=True)
    nearest = (row * size + column).astype(np.int64)
    index = np.flatnonzero(distance.reshape(-1) <= GUTTER)
    tile = face.reshape(-1)[nearest.reshape(-1)[index]]
    centre = np.stack([index % size + 0.5, index // size + 0.5], axis=1)
    islands = np.abs(_cross(mesh.uvs[:, 1] - mesh.uvs[:, 0], mesh.uvs[:, 2] - mesh.uvs[:, 0])).sum() / 2
    overlap = max(0.0, 1 - float(inside.mean()) / max(islands, 1e-12))
    barycentric = _barycentric(triangles[tile], centre)
    return TexelMap(size, index, owner[tile], barycentric, inside, nearest, overlap)


def _tiles(uvs: NDArray[np.float64], size: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Triangles in texel coordinates (x right, y down), repeated where they leave the unit square."""
    uvs = uvs - np.floor(uvs.mean(1, keepdims=True))
    owner = np.arange(len(uvs))
    low, high = uvs.min(1), uvs.max(1)
    copies, owners = [uvs], [owner]
    for du in (-1, 0, 1):
        for dv in (-1, 0, 1):
            shift = np.array([du, dv])
            reaches = ((low + shift < 1) & (high + shift > 0)).all(1)
            if (du, dv) != (0, 0) and reaches.any():
                copies.append(uvs[reaches] + shift)
                owners.append(owner[reaches])
    every = np.concatenate(copies)
    return np.stack([every[..., 0], 1 - every[..., 1]], axis=-1) * size, np.concatenate(owners)


def _triangle_at_centres(triangles: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """(size, size) index of the triangle over each texel centre, -1 for none."""
    flat = np.concatenate([triangles, np.zeros((*triangles.shape[:2], 1))], axis=2).reshape(-1, 3)
    plane = trimesh.Trimesh(flat, np.arange(len(flat)).reshape(-1, 3), process=False)
    rays = RayMeshIntersector(plane)
    rows = []
    step = max(1, 2**20 // size)
    for top in range(0, size, step):
        y, x = np.mgrid[top : min(top + step, size), 0:size]
        origins = np.stack([x + 0.5, y + 0.5, np.full(x.shape, 1.0)], axis=-1).reshape(-1, 3)
        down = np.broadcast_to(np.array([0.0, 0.0, -1.0]), origins.shape)
        rows.append(rays.intersects_first(origins, down).reshape(-1, size))
    return np.concatenate(rows).astype(np.int64)


def _barycentric(triangles: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    whole = _cross(b - a, c - a)
    whole = np.where(np.abs(whole) < 1e-12, 1e-12, whole)
    second = _cross(points - a, c - a) / whole
    third = _cross(b - a, points - a) / whole
    return np.stack([1 - second - third, second, third], axis=1)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    product: NDArray[np.float64] = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return product
