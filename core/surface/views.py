"""Tangent views: orthographic windows laid on the surface at a fixed world scale.

A window looks along the surface's normal at its centre, upright with respect to a field of directions,
so a stroke has the same size wherever the window lies and however the UVs are stretched, and runs with
the field. What it sees obliquely, across a gap, where the field runs another way, or near its border counts
less or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from .field import DirectionField
from .geometry import Floats, Geometry, SurfacePoints

# A surface seen at this cosine counts nothing, at the other fully: strokes that are painted
# on a slope come out longer by one over the cosine.
SLOPE_NONE, SLOPE_FULL = 0.5, 0.85
FEATHER = 0.12  # share of the window's width over which its border fades
TURN = np.radians(8.0)  # small random turns blur what is left of window outlines
EVEN = 32  # pixels of which sides are multiples: two positions of the deepest layer
PROBES = 4096  # surface samples from which windows take their direction

Index = slice | NDArray[np.int64]


@dataclass(frozen=True)
class Windows:
    """B windows of (size, size) pixels.

    uvs: (F, 3, 2) of the mesh's faces, v up.
    face: (B, size, size) the face that is seen there; 0 where nothing is.
    valid: (B, size, size), the pixel lies on the seen part of the surface.
    weight: (B, size, size) float32 in [0, 1]; zero where not valid.
    barycentric: (B, size, size, 3) the place on that face; anything where not valid.
    """

    uvs: Floats
    face: NDArray[np.int64]
    valid: NDArray[np.bool_]
    weight: NDArray[np.float32]
    barycentric: Floats

    def __getitem__(self, chosen: Index | tuple[Index, ...]) -> Windows:
        """Some of the windows, or the same part of each."""
        return Windows(
            self.uvs, self.face[chosen], self.valid[chosen], self.weight[chosen], self.barycentric[chosen]
        )

    def tight(self) -> Iterator[Windows]:
        """The windows without the void around what counts in them, those that become equally large together.

        Their sides are multiples of EVEN, and at least half of what they were.
        """
        size = self.weight.shape[1]
        counts = self.weight > 0
        rows: NDArray[np.bool_] = np.any(counts, 2)
        columns: NDArray[np.bool_] = np.any(counts, 1)
        first = np.stack([rows.argmax(1), columns.argmax(1)], 1)
        end = size - np.stack([rows[:, ::-1].argmax(1), columns[:, ::-1].argmax(1)], 1)
        whole = np.ceil((end - first).max(1) / EVEN).astype(int) * EVEN
        sides = np.clip(np.where(counts.any((1, 2)), whole, 0), -(-size // 2 // EVEN) * EVEN, size)
        for side in np.unique(sides):
            chosen = np.nonzero(sides == side)[0]
            corner = ((first + end)[chosen] - side) // 2
            at = corner.clip(0, size - side)[..., None] + np.arange(side)
            yield self[chosen[:, None, None], at[:, 0, :, None], at[:, 1, None, :]]

    @property
    def uv(self) -> NDArray[np.float32]:
        """(B, size, size, 2) texture coordinates; zero where nothing is seen. Painting does not need them."""
        uv = np.einsum("...k,...kc->...c", self.barycentric, self.uvs[self.face])
        found: NDArray[np.float32] = np.where(self.valid[..., None], uv, 0).astype(np.float32)
        return found


class WindowMaker:
    """Lays windows on a surface, upright in a field, but for a random turn of up to ``turn`` radians."""

    def __init__(
        self, geometry: Geometry, field: DirectionField, rng: np.random.Generator, turn: float = TURN
    ) -> None:
        self._geometry, self._field, self._turn = geometry, field, turn
        self._rng = rng
        self._probes = geometry.sample(PROBES, rng)
        self._probe_tree = cKDTree(self._probes.position)

    def lay(self, centres: SurfacePoints, pixel: float, size: int) -> Windows:
        """Windows around points, ``size`` pixels wide, each pixel ``pixel`` world units."""
        count = len(centres.face)
        look = self._directions(centres, pixel * size / 4)
        right, up, frame = self._frames(centres, look)
        axis = (np.arange(size) - (size - 1) / 2) * pixel
        x, y = np.meshgrid(axis, -axis)  # first row on top
        jitter = (self._rng.random((count, 2)) - 0.5) * pixel
        planes = (
            centres.position[:, None, None]
            + right[:, None, None] * (x[None, ..., None] + jitter[:, None, None, :1])
            + up[:, None, None] * (y[None, ..., None] + jitter[:, None, None, 1:])
        )
        height = self._clearance(centres, look, pixel * size / 2)
        origins = planes + (look * height[:, None])[:, None, None]
        toward = np.broadcast_to(-look[:, None, None], origins.shape)
        face, barycentric = self._geometry.cast(origins.reshape(-1, 3), toward.reshape(-1, 3))
        windows = self._read(
            face, barycentric, toward.reshape(-1, 3), origins.reshape(-1, 3), (count, size), pixel
        )
        agreement = self._field.agreement(face, barycentric, *frame).reshape(count, size, size)
        return replace(windows, weight=(windows.weight * agreement).astype(np.float32))

    def _read(
        self,
        face: NDArray[np.int64],
        barycentric: Floats,
        toward: Floats,
        origins: Floats,
        shape: tuple[int, int],
        pixel: float,
    ) -> Windows:
        count, size = shape
        hit = face >= 0
        position = np.einsum("pk,pkc->pc", barycentric, self._geometry.corners[face])
        depth = np.einsum("pc,pc->p", position - origins, toward).reshape(count, size, size)
        cosine = -np.einsum("pc,pc->p", toward, self._geometry.face_normals[face])
        slope = np.clip((cosine - SLOPE_NONE) / (SLOPE_FULL - SLOPE_NONE), 0, 1)
        valid = (hit & (slope > 0) & self._geometry.own[face]).reshape(count, size, size)
        valid &= _connected(valid, depth, pixel)
        weight = slope.reshape(count, size, size) * _feather(size) * valid
        return Windows(
            self._geometry.mesh.uvs,
            np.where(valid, face.reshape(valid.shape), 0),
            valid,
            weight.astype(np.float32),
            barycentric.reshape(count, size, size, 3),
        )

    def _directions(self, centres: SurfacePoints, radius: float) -> Floats:
        """The mean normal around each centre, of probes that face the same way."""
        k = 24
        distance, index = self._probe_tree.query(centres.position, k=k)
        normals = self._probes.normal[index]
        facing = np.einsum("bkc,bc->bk", normals, centres.normal).clip(0)
        near = np.exp(-((distance / radius) ** 2))
        mean = (normals * (facing * near)[..., None]).sum(1) + 1e-3 * centres.normal
        mean /= np.linalg.norm(mean, axis=1, keepdims=True)
        upright = np.einsum("bc,bc->b", mean, centres.normal) > 0.5
        return np.where(upright[:, None], mean, centres.normal)

    def _frames(self, centres: SurfacePoints, look: Floats) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
        """Right and up axes of windows, with the field's turn and a small random one; and those before."""
        right, up = self._field.frames(centres, look)
        angle = self._field.turn + (self._rng.random(len(look)) * 2 - 1)[:, None] * self._turn
        turned = right * np.cos(angle) + up * np.sin(angle), up * np.cos(angle) - right * np.sin(angle)
        return *turned, (right, up)

    def _clearance(self, centres: SurfacePoints, look: Floats, reach: float) -> Floats:
        """How far above its centre each window can stand without another surface between."""
        lift = 1e-4 * self._geometry.diagonal
        start = centres.position + look * lift
        face, barycentric = self._geometry.cast(start, look)
        position = np.einsum("pk,pkc->pc", barycentric, self._geometry.corners[face])
        free = np.where(face >= 0, np.linalg.norm(position - start, axis=1), np.inf)
        clearance: Floats = np.maximum(np.minimum(reach, free * 0.9), lift)
        return clearance


def _connected(valid: NDArray[np.bool_], depth: Floats, pixel: float) -> NDArray[np.bool_]:
    """The part of each window that hangs together with its centre, without jumps in depth."""
    jump = 4 * pixel  # at the steepest slope that counts, neighbours differ by two pixels
    cut = ~valid
    for axis in (1, 2):
        step = np.abs(np.diff(depth, axis=axis)) > jump
        near = np.pad(step, [(0, 0), (1, 0), (0, 0)] if axis == 1 else [(0, 0), (0, 0), (1, 0)])
        cut |= near
    kept = np.zeros_like(valid)
    middle = valid.shape[1] // 2
    for window in range(len(valid)):
        parts, _ = ndimage.label(~cut[window])
        around = parts[middle - 4 : middle + 4, middle - 4 : middle + 4]
        own = np.bincount(around.reshape(-1), minlength=2)[1:]
        if own.max() > 0:
            kept[window] = parts == own.argmax() + 1
    return kept


def _feather(size: int) -> NDArray[np.float64]:
    ramp = np.minimum(np.arange(size) + 0.5, size - 0.5 - np.arange(size)) / (FEATHER * size)
    edge = np.sin(np.clip(ramp, 0, 1) * np.pi / 2) ** 2
    return np.outer(edge, edge)
