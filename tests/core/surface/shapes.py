"""Surfaces of known shape."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import NO_ATTRIBUTES, surface_mesh


def revolved(profile: ArrayLike, around: int, scale: float = 1.0) -> Geometry:
    """A profile of (radius, height) turned around z, facing outwards where it rises; v runs along it."""
    radius, height = np.asarray(profile, dtype=float).T
    angle = np.linspace(0, 2 * np.pi, around + 1)
    turned = np.stack(
        [
            radius[:, None] * np.cos(angle),
            radius[:, None] * np.sin(angle),
            np.broadcast_to(height[:, None], (len(radius), around + 1)),
        ],
        axis=-1,
    )
    v, u = np.meshgrid(np.linspace(0, 1, len(radius)), np.linspace(0, 1, around + 1), indexing="ij")
    vertices = np.round(turned.reshape(-1, 3), 9) * scale  # the ends of a ring are one place
    return geometry_of(vertices, grid(len(radius), around + 1), np.stack([u, v], -1).reshape(-1, 2))


def geometry_of(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64],
    uvs: NDArray[np.float64],
    attributes: Mapping[str, ArrayLike] = NO_ATTRIBUTES,
) -> Geometry:
    """A surface with UVs (V, 2) at its vertices."""
    return Geometry(surface_mesh(vertices, faces, uvs[faces], attributes=attributes))


def cylinder(scale: float = 1.0) -> Geometry:
    """An open cylinder around z, of radius 0.5 and height 2."""
    return revolved([(0.5, z) for z in np.linspace(-1, 1, 9)], 24, scale)


def sheet(cells: int = 8, attributes: Mapping[str, ArrayLike] = NO_ATTRIBUTES) -> Geometry:
    """A unit square that faces z, its UVs x and y."""
    x, y = np.meshgrid(np.linspace(0, 1, cells + 1), np.linspace(0, 1, cells + 1))
    plane = np.stack([x, y], -1).reshape(-1, 2)
    vertices = np.concatenate([plane, np.zeros((len(plane), 1))], axis=1)
    return geometry_of(vertices, grid(cells + 1, cells + 1), plane, attributes)


def grid(rows: int, columns: int) -> NDArray[np.int64]:
    """Two triangles for each cell of a grid of vertices."""
    index = np.arange(rows * columns).reshape(rows, columns)
    low, right, both, up = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    cells = np.stack([low, right, both, up], -1).reshape(-1, 4)
    return np.concatenate([cells[:, [0, 1, 2]], cells[:, [0, 2, 3]]])
