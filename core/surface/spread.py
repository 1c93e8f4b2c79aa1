"""Spreading what is known at some places of a surface over all of it.

Values are merged from fine to coarse and laid back from coarse to fine, where a place listens to its
neighbourhood the more, the less is known there (pull-push: Gortler, Grzeszczuk, Szeliski and Cohen 1996,
"The Lumigraph", section 3.4).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray

from .geometry import Floats, Geometry, SurfacePoints
from .pyramid import SurfacePyramid, build_pyramid

FINEST = 0.03  # spacing of the finest points over the surface's extent: what is finer is smoothed
SAMPLES = 16  # of the surface for each of the finest points
FEWEST, MOST = 4096, 200_000  # samples
LISTEN = 0.003  # confidence at which a place says as much as its neighbourhood


class CornerSpread:
    """Smooths and spreads values at the corners of a mesh's faces."""

    def __init__(self, geometry: Geometry) -> None:
        self._face_areas = geometry.areas
        extent = min(geometry.diagonal, math.sqrt(geometry.area))
        finest = FINEST * extent
        count = min(max(FEWEST, round(SAMPLES * geometry.area / finest**2)), MOST)
        samples = geometry.sample(count, np.random.default_rng(0))
        self._corner, targets = _distinct_corners(geometry)
        areas = np.bincount(self._corner, np.repeat(geometry.areas / 3, 3), len(targets.face))
        self._areas = torch.from_numpy(areas / areas.sum()).float()
        self._pyramid: SurfacePyramid = build_pyramid(
            lambda _level, _spacing: [samples],
            [targets],
            len(targets.face),
            finest,
            geometry.diagonal,
            torch.device("cpu"),
        )

    def smooth(self, values: Floats) -> Floats:
        """Values (F, 3, C) at corners without what is finer than about ``FINEST``."""
        own, _ = self._gathered(values, np.repeat(self._face_areas[:, None], 3, axis=1))
        return self._at_corners(self._pyramid.smooth(own, self._areas, len(self._pyramid.steps) - 1))

    def spread(self, values: Floats, confidence: Floats) -> tuple[Floats, Floats]:
        """Values (F, 3, C) of a confidence (F, 3) in [0, 1] at corners, smoothed and spread.

        Returns (values (F, 3, C), how far they are known (F, 3) in [0, 1]); values are scaled by the
        latter, so that what stands in for the unknown can be added.
        """
        own, sure = self._gathered(values, confidence)
        ones = torch.ones(len(sure), 1)
        known, amount = torch.cat([own, ones], dim=1), sure * self._areas
        area = self._areas
        levels: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
        for step in reversed(self._pyramid.steps):
            known, amount = step.restrict(known, amount)
            _, area = step.restrict(ones[:, :0].new_zeros(len(area), 1), area)
            levels.insert(0, (known, amount, area))
        found = torch.zeros_like(levels[0][0])
        for level, (known, amount, area) in enumerate(levels):
            if level:
                found = self._pyramid.steps[level - 1](found)
            heard = LISTEN * area
            found = (amount[:, None] * known + heard[:, None] * found) / (amount + heard + 1e-12)[:, None]
        result = self._at_corners(self._pyramid.steps[-1](found))
        return result[..., :-1], result[..., -1]

    def _gathered(self, values: Floats, confidence: Floats) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean values (N, C) and confidences (N,) of distinct corners, from those of all (F, 3, ...)."""
        flat, sure = values.reshape(-1, values.shape[-1]), confidence.reshape(-1)
        count = len(self._areas)
        total = np.bincount(self._corner, sure, count)
        sums = [np.bincount(self._corner, column * sure, count) for column in flat.T]
        mean = np.stack(sums, axis=1) / np.maximum(total, 1e-12)[:, None]
        shared = np.bincount(self._corner, minlength=count)
        return torch.from_numpy(mean).float(), torch.from_numpy(total / shared).float()

    def _at_corners(self, values: torch.Tensor) -> Floats:
        every: Floats = values.double().numpy()[self._corner].reshape(-1, 3, values.shape[1])
        return every


def _distinct_corners(geometry: Geometry) -> tuple[NDArray[np.int64], SurfacePoints]:
    """Which of the distinct corners, by position and normal, each of (F * 3) is; and these as points."""
    both = np.concatenate([geometry.corners, geometry.corner_normals], axis=2).reshape(-1, 6)
    _, first, which = np.unique(both, axis=0, return_index=True, return_inverse=True)
    face, corner = np.divmod(first, 3)
    return which.reshape(-1), geometry.points(face, np.eye(3)[corner])
