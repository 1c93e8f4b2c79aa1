"""Texel maps: where on the surface each texel of a texture lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import trimesh
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..protocol import JobError, Remedy
from .geometry import Geometry, plane_cross
from .mesh import SurfaceMesh
from .overlap import painting_order
from .sheets import sheet_count, sheet_of

# Texels around each island that are painted along with it: bilinear look-ups at an
# island's border read one texel beyond it, and the first mip level two.
GUTTER = 4
PORTION = 2**20  # texels that are looked up at a time
HARDLY = 0.02  # share of the surface
ELSEWHERE = 8  # texels from a face's middle to what is shown there, more than which is another place


@dataclass(frozen=True)
class TexelMap:
    """The texels that belong to a surface, in row-major order, top row first, sheet below sheet.

    size, count: each sheet is (size, size), and all of them together (count * size, size). index: (T,) flat
    texel index. face: (T,) its triangle. barycentric: (T, 3) of the texel's centre there; outside [0, 1] in
    the gutter, where the triangle's plane is carried on. inside: (count * size, size), centre within an
    island. outside: (U,) the other texels, by flat index; nearest: (U,) of each, the nearest inside one of
    its sheet. overlap: share of the islands' area that lies over other islands; stacked: the part of it that
    lies exactly over them.
    """

    size: int
    count: int
    index: NDArray[np.int64]
    face: NDArray[np.int32]
    barycentric: NDArray[np.float32]
    inside: NDArray[np.bool_]
    outside: NDArray[np.int64]
    nearest: NDArray[np.int64]
    overlap: float = 0.0
    stacked: float = 0.0


def texel_map(mesh: SurfaceMesh, size: int) -> TexelMap:
    """Find the triangle under every texel centre of the mesh's sheets, (size, size) each.

    Where islands overlap, one of them has all texels that it covers (``painting_order``).
    Raises JobError ("no_texels") when the islands of a sheet are smaller than a texel.
    """
    order = painting_order(mesh)
    own, count = sheet_of(mesh), sheet_count(mesh)
    sheets = [_sheet(mesh, np.flatnonzero(own == number), order.rank, size) for number in range(count)]

    def joined(name: str, ahead: int = 0) -> NDArray[Any]:
        return np.concatenate([getattr(sheet, name) + n * ahead for n, sheet in enumerate(sheets)])

    inside = np.concatenate([sheet.inside for sheet in sheets])
    islands = np.abs(plane_cross(mesh.uvs[:, 1] - mesh.uvs[:, 0], mesh.uvs[:, 2] - mesh.uvs[:, 0])).sum() / 2
    overlap = max(0.0, 1 - float(inside.mean()) * count / max(islands, 1e-12))
    return TexelMap(
        size,
        count,
        joined("index", size**2),
        joined("face"),
        joined("barycentric"),
        inside,
        joined("outside", size**2),
        joined("nearest", size**2),
        overlap,
        min(overlap, order.stacked),
    )


def fill_outside(planes: Tensor, texels: TexelMap) -> Tensor:
    """Planes (C, N) of all texels, written over with what is nearest outside the islands."""
    outside, nearest = (torch.from_numpy(part).to(planes.device) for part in (texels.outside, texels.nearest))
    planes[:, outside] = planes[:, nearest]
    return planes


def texel_areas(geometry: Geometry, texels: TexelMap) -> NDArray[np.float64]:
    """World area (T,) that each texel covers."""
    a, b, c = (geometry.mesh.uvs[:, k] for k in range(3))
    in_texels = np.maximum(np.abs(plane_cross(b - a, c - a)) / 2 * texels.size**2, 1e-12)
    per_texel: NDArray[np.float64] = (geometry.areas / in_texels)[texels.face]
    return per_texel


def own_faces(geometry: Geometry, texels: TexelMap) -> NDArray[np.bool_]:
    """Faces (F,) but those whose texels show another place, as UVs repeat or lie over each other.

    All of them where it is hardly any that do: they are not worth another painting.
    """
    size, mesh = texels.size, geometry.mesh
    middle = mesh.uvs.mean(1)
    column, row = (np.floor(part * size).astype(np.int64) % size for part in (middle[:, 0], 1 - middle[:, 1]))
    place = (sheet_of(mesh) * size + row) * size + column
    at = np.searchsorted(texels.index, place).clip(max=len(texels.index) - 1)
    held = texels.inside.reshape(-1)[place]  # a face that is smaller than a texel may have none
    shown = geometry.points(texels.face[at], texels.barycentric[at]).position
    away = np.linalg.norm(shown - geometry.corners.mean(1), axis=1)
    own: NDArray[np.bool_] = ~held | (away <= ELSEWHERE * np.sqrt(texel_areas(geometry, texels)[at]))
    return own if geometry.areas[~own].sum() > HARDLY * geometry.area else np.ones_like(own)


def texel_places(geometry: Geometry, texels: TexelMap) -> NDArray[np.float32]:
    """Where texels lie (T, 3) float32, from the middle of the object, in world units."""
    middle = geometry.corners.reshape(-1, 3).mean(0)
    portions = geometry.portions(texels.face, texels.barycentric)
    places = [(portion.position - middle).astype(np.float32) for portion in portions]
    return np.concatenate(places)


def _sheet(mesh: SurfaceMesh, faces: NDArray[np.int64], rank: NDArray[np.int64], size: int) -> TexelMap:
    """The texels of one sheet, which shows some of the faces."""
    triangles, owner = _tiles(mesh.uvs[faces], size)
    owner = faces[owner]
    face = _triangle_at_centres(triangles, rank[owner], size)
    inside = face >= 0
    if not inside.any():
        raise JobError(
            "no_texels",
            f"The UV islands are smaller than a pixel of a {size} px texture. "
            "Choose a larger texture, or unwrap the mesh again.",
            Remedy.UNWRAP,
        )
    distance, (row, column) = ndimage.distance_transform_edt(~inside, return_indices=True)
    nearest = (row * size + column).reshape(-1)
    index, outside = (np.flatnonzero(d) for d in (distance <= GUTTER, distance > GUTTER))
    tile = face.reshape(-1)[nearest[index]]
    nearest = nearest[outside].astype(np.int64)
    del distance, row, column
    barycentric = np.empty((len(index), 3), np.float32)
    for start in range(0, len(index), PORTION):
        part = slice(start, start + PORTION)
        centre = np.stack([index[part] % size + 0.5, index[part] // size + 0.5], axis=1)
        barycentric[part] = _barycentric(triangles[tile[part]], centre)
    return TexelMap(size, 1, index, owner[tile].astype(np.int32), barycentric, inside, outside, nearest)


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


def _triangle_at_centres(
    triangles: NDArray[np.float64], rank: NDArray[np.int64], size: int
) -> NDArray[np.int64]:
    """(size, size) index of the triangle of the lowest rank over each texel centre, -1 for none."""
    # Rays come from above and meet what lies highest first.
    depth = np.argsort(np.argsort(rank, kind="stable")) / max(1, len(rank)) * size
    heights = np.broadcast_to(-depth[:, None, None], (*triangles.shape[:2], 1))
    flat = np.concatenate([triangles, heights], axis=2).reshape(-1, 3)
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
    whole = plane_cross(b - a, c - a)
    whole = np.where(np.abs(whole) < 1e-12, 1e-12, whole)
    second = plane_cross(points - a, c - a) / whole
    third = plane_cross(b - a, points - a) / whole
    return np.stack([1 - second - third, second, third], axis=1)
