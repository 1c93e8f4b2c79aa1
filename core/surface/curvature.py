"""Curvature of a surface: tensors that can be averaged, and the directions that they tell.

Symmetric tensors are kept by six numbers: xx, yy, zz, xy, xz, yz.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .geometry import Floats, tangents

_RIDGE = 1e-9  # of a form's equations, for faces that are nearly lines
_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


@dataclass(frozen=True)
class Bend:
    """How a surface bends at places (...); convex is positive, in one over world units.

    mean: (...) the mean curvature. spread: (...) half the difference of the principal curvatures, not
    negative. strongest: (..., 3) the unit principal direction of the larger absolute curvature.
    """

    mean: Floats
    spread: Floats
    strongest: Floats


def outer(vectors: Floats) -> Floats:
    """Tensors d d^T (..., 6) of vectors (..., 3)."""
    return np.stack([vectors[..., i] * vectors[..., j] for i, j in _PAIRS], axis=-1)


def probe(a: Floats, b: Floats) -> Floats:
    """What (..., 6) a tensor's numbers are multiplied by and summed to give a^T T b, for vectors (..., 3)."""
    # Off the diagonal, each number stands twice in the tensor.
    parts = [a[..., i] * b[..., j] + (a[..., j] * b[..., i] if i != j else 0) for i, j in _PAIRS]
    return np.stack(parts, axis=-1)


def bend_tensors(corners: Floats, normals: Floats) -> Floats:
    """The second fundamental forms (F, 6) of triangles (F, 3, 3), as tensors in space.

    normals: (F, 3, 3), of unit length, at their corners. A face's form is the one that best explains how
    normals differ along its edges (Rusinkiewicz 2004, "Estimating curvatures and their derivatives on
    triangle meshes", eq. 5).
    """
    edges = np.roll(corners, -2, axis=1) - np.roll(corners, -1, axis=1)
    turns = np.roll(normals, -2, axis=1) - np.roll(normals, -1, axis=1)
    size = np.sqrt(np.square(edges).sum((1, 2)))
    u, v = tangents(np.cross(edges[:, 0], edges[:, 1]))
    axes = np.stack([u, v], axis=2)
    (along, across), (d_along, d_across) = (
        np.moveaxis(what @ axes, 2, 0) for what in (edges / size[:, None, None], turns)
    )
    uu, uv, vv = ((a * b).sum(1) for a, b in ((along, along), (along, across), (across, across)))
    zero = np.zeros_like(uu)
    equations = np.array([[uu, uv, zero], [uv, uu + vv, uv], [zero, uv, vv]]).transpose(2, 0, 1)
    right = [along * d_along, across * d_along + along * d_across, across * d_across]
    sums = np.stack([each.sum(1) for each in right], axis=1)
    form = np.linalg.solve(equations + _RIDGE * np.eye(3), sums[..., None])[..., 0] / size[:, None]
    mixed = outer(u + v) - outer(u) - outer(v)  # u v^T + v u^T
    tensors: Floats = form[:, :1] * outer(u) + form[:, 1:2] * mixed + form[:, 2:] * outer(v)
    return tensors


def principal(tensors: Floats, normals: Floats) -> Bend:
    """What tensors (..., 6) say in the planes of normals (..., 3)."""
    u, v = tangents(normals)
    first, mixed, last = ((tensors * probe(a, b)).sum(-1) for a, b in ((u, u), (u, v), (v, v)))
    mean, half = (first + last) / 2, (first - last) / 2
    # The direction of the larger curvature, and of the larger absolute one.
    angle = np.arctan2(mixed, half) / 2 + np.where(mean < 0, np.pi / 2, 0.0)
    strongest = u * np.cos(angle)[..., None] + v * np.sin(angle)[..., None]
    return Bend(mean, np.hypot(half, mixed), strongest)
