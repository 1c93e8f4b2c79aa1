"""Curvature of a surface, face by face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .geometry import Floats

_RIDGE = 1e-9  # of a form's equations, for faces that are nearly lines


@dataclass(frozen=True)
class Bend:
    """How each face of a surface bends; convex is positive, in one over world units.

    mean: (F,) the mean curvature. spread: (F,) half the difference of the principal curvatures, not
    negative. strongest: (F, 3) the unit principal direction of the larger absolute curvature.
    """

    mean: Floats
    spread: Floats
    strongest: Floats


def bend(corners: Floats, normals: Floats) -> Bend:
    """The curvature of triangles (F, 3, 3) from unit normals (F, 3, 3) at their corners.

    A face's second fundamental form is the one that best explains how normals differ along its
    edges (Rusinkiewicz 2004, "Estimating curvatures and their derivatives on triangle meshes", eq. 5).
    """
    edges = np.roll(corners, -2, axis=1) - np.roll(corners, -1, axis=1)
    turns = np.roll(normals, -2, axis=1) - np.roll(normals, -1, axis=1)
    size = np.sqrt(np.square(edges).sum((1, 2)))
    u = edges[:, 0] / np.linalg.norm(edges[:, 0], axis=1, keepdims=True)
    normal = np.cross(edges[:, 0], edges[:, 1])
    v = np.cross(normal / np.linalg.norm(normal, axis=1, keepdims=True), u)
    axes = np.stack([u, v], axis=2)  # (F, 3, 2)
    (along, across), (d_along, d_across) = (
        np.moveaxis(what @ axes, 2, 0) for what in (edges / size[:, None, None], turns)
    )
    uu, uv, vv = ((a * b).sum(1) for a, b in ((along, along), (along, across), (across, across)))
    zero = np.zeros_like(uu)
    equations = np.array([[uu, uv, zero], [uv, uu + vv, uv], [zero, uv, vv]]).transpose(2, 0, 1)
    equations = equations + _RIDGE * np.eye(3)
    right = np.stack(
        [
            (along * d_along).sum(1),
            (across * d_along + along * d_across).sum(1),
            (across * d_across).sum(1),
        ],
        axis=1,
    )
    form = np.linalg.solve(equations, right[..., None])[..., 0] / size[:, None]
    mean, half, mixed = (form[:, 0] + form[:, 2]) / 2, (form[:, 0] - form[:, 2]) / 2, form[:, 1]
    # The direction of the larger curvature, and of the larger absolute one.
    angle = np.arctan2(mixed, half) / 2 + np.where(mean < 0, np.pi / 2, 0.0)
    strongest = u * np.cos(angle)[:, None] + v * np.sin(angle)[:, None]
    return Bend(mean, np.hypot(half, mixed), strongest)
