"""Textures computed from world position alone: without seams by construction, and so a floor."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from ..surface.mesh import SurfaceMesh
from .atlas import Atlas, atlas

Floats = NDArray[np.float64]


WAVES = 24


def position_texture(
    mesh: SurfaceMesh, size: int, seed: int = 0, stroke: float | None = None, waves: int = WAVES
) -> torch.Tensor:
    """(1, 3, size, size) smooth noise in space, read at each texel's world position.

    A sum of cosines in random directions with wavelengths from 0.7 to 1.4 times ``stroke`` (world
    units; None: 16 texels). The more waves, the more alike the noise is everywhere. Texels outside islands
    repeat the nearest one inside.
    """
    at = atlas(mesh, size, size)
    if not at.inside.any():
        return torch.full((1, 3, size, size), 0.5)
    field = np.zeros((size, size, 3))
    field[at.inside] = SpaceNoise(seed, stroke or default_stroke(at), waves)(at.position[at.inside])
    nearest = ndimage.distance_transform_edt(~at.inside, return_distances=False, return_indices=True)
    return torch.from_numpy(field[tuple(nearest)]).float().permute(2, 0, 1)[None]


class SpaceNoise:
    """Smooth noise in space: positions (P, 3) to colours (P, 3) in [0, 1]."""

    def __init__(self, seed: int, stroke: float, waves: int = WAVES) -> None:
        rng = np.random.default_rng(seed)
        direction = rng.normal(size=(waves, 3))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        wavelength = stroke * 2 ** rng.uniform(-0.5, 0.5, waves)
        self._frequency: Floats = 2 * math.pi * direction / wavelength[:, None]
        self._phase: Floats = rng.uniform(0, 2 * math.pi, (waves, 3))

    def __call__(self, position: Floats) -> Floats:
        value = np.zeros_like(position)
        for frequency, phase in zip(self._frequency, self._phase, strict=True):
            at = position @ frequency  # cos(a + b) = cos a cos b - sin a sin b: two for the three channels
            value += np.outer(np.cos(at), np.cos(phase)) - np.outer(np.sin(at), np.sin(phase))
        color: Floats = (0.5 + 0.15 * value / math.sqrt(len(self._phase) / 2)).clip(0, 1)
        return color


def default_stroke(at: Atlas) -> float:
    """16 texels in world units."""
    corners = at.mesh.vertices[at.mesh.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = float(np.linalg.norm(cross, axis=1).sum()) / 2
    return 16 * math.sqrt(area / max(int(at.inside.sum()), 1))
