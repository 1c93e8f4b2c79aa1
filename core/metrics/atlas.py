"""Which face lies under every texel of a texture of any shape, and where in the world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..surface.geometry import plane_cross
from ..surface.mesh import SurfaceMesh
from ..surface.seams import islands
from ..surface.sheets import stacked

_CANDIDATES = 1 << 21


@dataclass(frozen=True, eq=False)
class Atlas:
    """The texels of a texture whose centres lie in a UV island, top row first.

    face: (H, W) index of the face, -1 outside. position: (H, W, 3) world position of the texel's
    centre, 0 outside. Where islands overlap, a texel belongs to the last of its faces.
    """

    mesh: SurfaceMesh
    face: NDArray[np.int64]
    position: NDArray[np.float64]

    @cached_property
    def face_island(self) -> NDArray[np.int64]:
        """(F,) the island of every face."""
        return islands(self.mesh)

    @cached_property
    def island(self) -> NDArray[np.int64]:
        """(H, W) the island of every texel, -1 outside."""
        return np.where(self.face >= 0, self.face_island[self.face], -1)

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(H, W) whether a texel's centre lies in an island."""
        return self.face >= 0


def atlas(mesh: SurfaceMesh, height: int, width: int) -> Atlas:
    """Rasterise the mesh's UV map, its sheets stacked. UVs outside the unit square wrap around."""
    mesh = stacked(mesh)
    corners = texel_uv(mesh.uvs, height, width)
    face = np.full(height * width, -1, dtype=np.int64)
    position = np.zeros((height * width, 3))
    for owner, column, row in _candidates(corners):
        weights = _barycentric(corners[owner], np.stack([column, row], axis=1).astype(np.float64) + 0.5)
        hit = (weights >= -1e-9).all(1)
        owner, weights = owner[hit], weights[hit]
        texel = (row[hit] % height) * width + column[hit] % width
        face[texel] = owner
        position[texel] = np.einsum("pk,pkc->pc", weights, mesh.vertices[mesh.faces[owner]])
    return Atlas(mesh, face.reshape(height, width), position.reshape(height, width, 3))


def texel_uv(uvs: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """UVs (..., 2), v up, as texel coordinates: x right, y down, centres at halves."""
    return np.stack([uvs[..., 0] * width, (1 - uvs[..., 1]) * height], axis=-1)


_Candidates = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _candidates(corners: NDArray[np.float64]) -> Iterator[_Candidates]:
    """Face, column and row of all texels with their centre in a face's bounding box, in portions."""
    low = np.ceil(corners.min(1) - 0.5).astype(np.int64)
    high = np.floor(corners.max(1) - 0.5).astype(np.int64)
    wide, tall = (np.maximum(high - low + 1, 0)).T
    # One entry for each row of each box first, so that a huge box can be cut between rows.
    face = np.repeat(np.arange(len(corners)), np.where(wide > 0, tall, 0))
    row = low[face, 1] + _count_up(np.where(wide > 0, tall, 0))
    portion = (np.cumsum(wide[face]) // _CANDIDATES) if len(face) else face
    for cut in np.split(np.arange(len(face)), np.flatnonzero(np.diff(portion)) + 1):
        length = wide[face[cut]]
        owner = np.repeat(face[cut], length)
        yield owner, low[owner, 0] + _count_up(length), np.repeat(row[cut], length)


def _count_up(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, .. n - 1 for every n in lengths, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - lengths, lengths)


def _barycentric(corners: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    whole = plane_cross(b - a, c - a)
    flat = np.abs(whole) < 1e-12
    safe = np.where(flat, 1.0, whole)
    second = plane_cross(points - a, c - a) / safe
    third = plane_cross(b - a, points - a) / safe
    weights = np.stack([1 - second - third, second, third], axis=1)
    weights[flat] = -1.0
    return weights
