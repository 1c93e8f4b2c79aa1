"""Seeds: places spread over a surface, at spacings that halve from level to level."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ..surface.geometry import Floats, Geometry, Ints, SurfacePoints
from ..surface.mesh import SurfaceMesh

SAMPLES = 8  # of the surface for each seed, to choose it from
FEWEST = 4096
MOST = 250_000  # seeds of a level, about


def seed_levels(
    mesh: SurfaceMesh, coarsest: float, finest: float, seed: int
) -> Iterator[tuple[float, SurfacePoints]]:
    """Spacings, from ``coarsest`` halved down to ``finest`` (world units), and points so far apart.

    They depend on the surface alone, and neither on its UVs nor on the order of its faces.
    """
    geometry = Geometry(_in_order(mesh))
    finest = max(finest, math.sqrt(geometry.area / MOST))
    coarsest = max(coarsest, finest)
    for level in range(1 + math.floor(math.log2(coarsest / finest))):
        spacing = coarsest / 2**level
        rng = np.random.default_rng([seed, level])
        yield spacing, _spread(geometry, spacing, rng)


def _in_order(mesh: SurfaceMesh) -> SurfaceMesh:
    """The mesh with its faces in an order, and beginning at a corner, that follow from their places."""
    corners = mesh.vertices[mesh.faces]
    rank = np.lexsort(mesh.vertices.T[::-1]).argsort()[mesh.faces]
    first = rank.argmin(1)
    turned = (first[:, None] + np.arange(3)) % 3
    rows = np.arange(len(corners))[:, None]
    faces = mesh.faces[rows, turned]
    order = np.lexsort(mesh.vertices[faces].reshape(-1, 9).T)
    return SurfaceMesh(mesh.vertices, faces[order], mesh.uvs[rows, turned][order])


def _spread(geometry: Geometry, spacing: float, rng: np.random.Generator) -> SurfacePoints:
    """One point for each cube of side ``spacing`` of a grid that lies at an angle, and each way to face."""
    count = max(FEWEST, round(SAMPLES * geometry.area / spacing**2))
    samples = geometry.sample(count, rng)
    turned, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    at = samples.position @ turned / spacing + rng.random(3)
    cube = np.floor(at).astype(np.int64)
    key = _numbered(cube, samples.normal)
    away = np.linalg.norm(at - cube - 0.5, axis=1)
    order = np.lexsort((away, key))
    first = np.r_[True, key[order][1:] != key[order][:-1]]
    return samples[order[first]]


def _numbered(cube: Ints, normal: Floats) -> Ints:
    """(P,) a number for each cube (P, 3) and each of eight ways to face."""
    key = np.zeros(len(cube), dtype=np.int64)
    for along in cube.T:
        along = along - along.min()
        key = key * (along.max() + 1) + along
    number: Ints = key * 8 + (normal > 0) @ np.array([1, 2, 4])
    return number
