"""Shape of a mesh at its points: areas, smooth normals, samples, first hits of rays."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from trimesh.ray.ray_pyembree import RayMeshIntersector

from .mesh import SurfaceMesh

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PORTION = 2**20  # points that are made at a time where there are many


@dataclass(frozen=True)
class SurfacePoints:
    """Points on a surface: face (P,), barycentric (P, 3), position (P, 3), unit normal (P, 3)."""

    face: Ints
    barycentric: Floats
    position: Floats
    normal: Floats

    def __getitem__(self, chosen: Any) -> SurfacePoints:
        return SurfacePoints(
            self.face[chosen], self.barycentric[chosen], self.position[chosen], self.normal[chosen]
        )


class Geometry:
    """A mesh prepared for questions about its surface. own: (F,) faces that are sampled and have area."""

    def __init__(self, mesh: SurfaceMesh) -> None:
        self.mesh = mesh
        self.own = np.ones(len(mesh.faces), np.bool_)
        self.corners: Floats = mesh.vertices[mesh.faces]  # (F, 3, 3)
        edge_a = self.corners[:, 1] - self.corners[:, 0]
        edge_b = self.corners[:, 2] - self.corners[:, 0]
        cross = np.cross(edge_a, edge_b)
        doubled = np.linalg.norm(cross, axis=1)
        self.areas: Floats = doubled / 2
        self.face_normals: Floats = cross / np.maximum(doubled, 1e-300)[:, None]
        self.corner_normals: Floats = self._smooth_normals(cross)

    @cached_property
    def area(self) -> float:
        """World area of the surface."""
        return float(self.areas[self.own].sum())

    @cached_property
    def diagonal(self) -> float:
        """Length of the bounding box's diagonal."""
        points = self.corners.reshape(-1, 3)
        return float(np.linalg.norm(points.max(0) - points.min(0)))

    @cached_property
    def _rays(self) -> RayMeshIntersector:
        # Centred and brought to unit size: embree counts in float32.
        vertices = (self.mesh.vertices - self._centre) / self.diagonal
        return RayMeshIntersector(trimesh.Trimesh(vertices, self.mesh.faces, process=False))

    @cached_property
    def _centre(self) -> Floats:
        points = self.corners.reshape(-1, 3)
        middle: Floats = (points.max(0) + points.min(0)) / 2
        return middle

    def _smooth_normals(self, cross: Floats) -> Floats:
        """Normals (F, 3, 3) at corners, area-weighted over all faces that meet at a position."""
        _, vertex = np.unique(self.corners.reshape(-1, 3), axis=0, return_inverse=True)
        vertex = vertex.reshape(-1)
        sums = np.zeros((vertex.max() + 1, 3))
        np.add.at(sums, vertex, np.repeat(cross, 3, axis=0))
        normals = sums[vertex].reshape(-1, 3, 3)
        length = np.linalg.norm(normals, axis=2, keepdims=True)
        faced = np.repeat(self.face_normals[:, None], 3, axis=1)
        # Two faces back to back cancel; each then keeps its own normal.
        weight = np.bincount(vertex, np.repeat(np.linalg.norm(cross, axis=1), 3))
        steady = length > 1e-6 * weight[vertex].reshape(length.shape)
        return np.where(steady, normals / np.maximum(length, 1e-300), faced)

    def only(self, own: NDArray[np.bool_]) -> Geometry:
        """The same surface, of which the other faces (F,) do no more than hide what is behind them."""
        part = copy(self)
        part.own = own
        vars(part).pop("area", None)
        return part

    def points(self, face: NDArray[np.integer], barycentric: NDArray[np.floating]) -> SurfacePoints:
        """The points at given places; barycentric may lie outside [0, 1] (extrapolation)."""
        at, share = face.astype(np.int64, copy=False), barycentric.astype(np.float64, copy=False)
        position = np.einsum("pk,pkc->pc", share, self.corners[at])
        normal = np.einsum("pk,pkc->pc", share.clip(0, 1), self.corner_normals[at])
        length = np.linalg.norm(normal, axis=1, keepdims=True)
        normal = np.where(length > 1e-3, normal / np.maximum(length, 1e-300), self.face_normals[at])
        return SurfacePoints(at, share, position, normal)

    def portions(
        self, face: NDArray[np.integer], barycentric: NDArray[np.floating]
    ) -> Iterator[SurfacePoints]:
        """As ``points``, in portions."""
        for start in range(0, len(face), PORTION):
            part = slice(start, start + PORTION)
            yield self.points(face[part], barycentric[part])

    def sample(self, count: int, rng: np.random.Generator) -> SurfacePoints:
        """Points spread evenly by area."""
        return next(self.samples(count, rng, count))

    def samples(
        self, count: int, rng: np.random.Generator, portion: int = PORTION
    ) -> Iterator[SurfacePoints]:
        """As ``sample``, in portions."""
        ends = np.cumsum(self.areas * self.own)
        for start in range(0, count, portion):
            part = min(portion, count - start)
            # One point in each of `count` equal slices of area, rather than anywhere.
            at = (start + np.arange(part) + rng.random(part)) / count * ends[-1]
            face = np.minimum(np.searchsorted(ends, at), len(ends) - 1)
            u, v = rng.random(part), rng.random(part)
            over = u + v > 1
            u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
            yield self.points(face, np.stack([1 - u - v, u, v], axis=1))

    def cast(self, origins: Floats, directions: Floats) -> tuple[Ints, Floats]:
        """First hits of rays (P, 3): face (P,), -1 for none, and barycentric (P, 3)."""
        start = (origins - self._centre) / self.diagonal
        face: Ints = self._rays.intersects_first(start, directions).astype(np.int64)
        normal = self.face_normals[face]
        slope = np.einsum("pc,pc->p", directions, normal)
        reach = self._heights[face] - np.einsum("pc,pc->p", origins, normal)
        distance = reach / np.where(np.abs(slope) < 1e-12, 1e-12, slope)
        return face, self._barycentric(face, origins + directions * distance[:, None])

    def _barycentric(self, face: Ints, position: Floats) -> Floats:
        axes, ahead = self._slopes
        found = np.empty((len(face), 3))
        found[:, 1:] = np.einsum("pkc,pc->pk", axes[face], position) + ahead[face]
        found[:, 0] = 1 - found[:, 1] - found[:, 2]
        return found

    @cached_property
    def _heights(self) -> Floats:
        """(F,) of the faces' planes along their normals."""
        height: Floats = np.einsum("fc,fc->f", self.face_normals, self.corners[:, 0])
        return height

    @cached_property
    def _slopes(self) -> tuple[Floats, Floats]:
        """A point's second and third barycentric coordinate: its products with (F, 2, 3), plus (F, 2)."""
        a, b, c = (self.corners[:, k] for k in range(3))
        normal = self.face_normals / np.maximum(2 * self.areas, 1e-300)[:, None]
        second, third = np.cross(normal, a - c), np.cross(normal, b - a)
        ahead = [-np.einsum("fc,fc->f", *pair) for pair in ((second, c), (third, a))]
        return np.stack([second, third], axis=1), np.stack(ahead, axis=1)


def tangents(normals: Floats) -> tuple[Floats, Floats]:
    """Two unit vectors (..., 3) at right angles to each other and to normals (..., 3) of any length.

    They and the normal are a right-handed frame; of a normal of no length they have none, either.
    """
    normal = normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-300)
    u = np.cross(normal, np.where(np.abs(normal[..., :1]) < 0.6, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]))
    u /= np.maximum(np.linalg.norm(u, axis=-1, keepdims=True), 1e-300)
    return u, np.cross(normal, u)


def plane_cross(one: Floats, other: Floats) -> Floats:
    """The cross product (...,) of vectors (..., 2) of a plane: positive where the other turns left."""
    turned: Floats = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
    return turned
