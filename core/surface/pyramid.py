"""A Laplacian pyramid on the surface itself, not on the UV plane.

Colours live on points spread over the surface, at spacings that halve from level to level;
a texel's colour is interpolated from the points around its place *on the surface*. So
the UV layout cannot show: both sides of a seam read the same points. Points are close when
they are near in space and face the same way, which keeps the two sides of a thin wall apart.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree
from torch import Tensor

from .geometry import Floats, SurfacePoints

NEIGHBOURS = 10  # the farthest gets weight 0, so that colours change steadily as it is replaced
# Points whose normals differ by more than a right angle fade out of each other's colour, from
# the first to the second cosine. Differences below do not count: they would make a texture
# change faster across a crease than beside it.
FACING = (0.2, -0.3)

# A way from points to coarser ones and back spreads values by a Gaussian of so many spacings of the coarser.
SPREAD = 0.85
FINER = 1 / 3  # of a trip's variance, from the way through all finer levels
FEWEST_TRIPS, MOST_TRIPS = 4, 1000


class Interpolation:
    """Each of M outputs is a weighted mean of K of N inputs: index (M, K), weight (M, K), sums of 1."""

    def __init__(self, index: NDArray[np.int64], weight: Floats, inputs: int, device: torch.device) -> None:
        outputs, k = index.shape
        rows = np.arange(0, outputs * k + 1, k)
        matrix = sparse.csr_array(
            (weight.reshape(-1).astype(np.float32), index.reshape(-1), rows), shape=(outputs, inputs)
        )
        self._forward = _sparse(matrix, device)
        self._backward = _sparse(sparse.csr_array(matrix.T), device)

    def __call__(self, values: Tensor) -> Tensor:
        """(N, C) to (M, C), differentiable."""
        result: Tensor = _Product.apply(values, self._forward, self._backward)
        return result

    def restrict(self, values: Tensor, amount: Tensor) -> tuple[Tensor, Tensor]:
        """Back from outputs (M, C), each standing for ``amount`` (M,) of surface, to inputs.

        Returns the inputs' mean values (N, C) and amounts (N,).
        """
        both = torch.cat([values * amount[:, None], amount[:, None]], dim=1)
        sums = self._backward @ both
        return sums[:, :-1] / sums[:, -1:].clamp_min(1e-12), sums[:, -1]


class _Product(torch.autograd.Function):
    """Sparse matrix times dense. Autograd would transpose the matrix anew at every step."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, matrix: Tensor, transposed: Tensor) -> Tensor:
        ctx.transposed = transposed
        return matrix @ values

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        gradient: Tensor = ctx.transposed @ grads[0].contiguous()
        return gradient, None, None


def _sparse(matrix: sparse.csr_array, device: torch.device) -> Tensor:
    matrix.sort_indices()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls its CSR layout "beta" at every use
        tensor = torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(np.int64)),
            torch.from_numpy(matrix.indices.astype(np.int64)),
            torch.from_numpy(matrix.data),
            size=matrix.shape,
            check_invariants=False,
        )
        # Apple's GPU knows the coordinate layout only.
        moved: Tensor = (tensor.to_sparse_coo() if device.type == "mps" else tensor).to(device)
        return moved


@dataclass(frozen=True)
class SurfacePyramid:
    """Levels of points from coarse to fine.

    spacings: world distance between points of each level. counts: points of each level.
    steps[l]: from level l to l + 1; the last leads from the finest level to the targets.
    """

    spacings: tuple[float, ...]
    counts: tuple[int, ...]
    steps: tuple[Interpolation, ...]

    def decode(self, levels: list[Tensor]) -> Tensor:
        """Colours (M, C) of the targets from the coarsest ``len(levels)`` levels, each (n_l, C)."""
        colors = levels[0]
        for level, step in enumerate(self.steps):
            colors = step(colors)
            if level + 1 < len(levels):
                colors = colors + levels[level + 1]
        return colors

    def diffused(self, values: Tensor, amount: Tensor, deviation: float) -> Tensor:
        """Target values (M, C) spread along the surface as heat is: by a Gaussian of a world deviation.

        Each way to the points of a level and back spreads them a little. amount: as in ``restrict``.
        """
        fine = sum(FEWEST_TRIPS**0.5 * SPREAD * spacing <= deviation for spacing in self.spacings)
        level = len(self.spacings) - max(1, fine)
        trips = (deviation / (SPREAD * self.spacings[level])) ** 2 - FINER
        count = min(MOST_TRIPS, round(trips))
        if count < 1:  # finer than the points
            return values
        for step in reversed(self.steps[level + 1 :]):
            values, amount = step.restrict(values, amount)
        for _ in range(count):
            values = self.steps[level](self.steps[level].restrict(values, amount)[0])
        for step in self.steps[level + 1 :]:
            values = step(values)
        return values

    def smooth(self, colors: Tensor, amount: Tensor, level: int) -> Tensor:
        """Target colours (M, C) without the detail that is finer than a level."""
        for step in reversed(self.steps[level:]):
            colors, amount = step.restrict(colors, amount)
        for step in self.steps[level:]:
            colors = step(colors)
        return colors


def build_pyramid(
    surface: SurfacePoints, targets: SurfacePoints, finest: float, coarsest: float, device: torch.device
) -> SurfacePyramid:
    """A pyramid whose finest level has points ``finest`` apart (world units).

    surface: dense points to choose from. targets: where colours are wanted; they may lie
    off the surface (texels of the gutter).
    """
    spacings = [finest]
    while spacings[0] * 2 <= coarsest:
        spacings.insert(0, spacings[0] * 2)
    levels = [_thin_out(surface, finest)]
    for spacing in reversed(spacings[:-1]):
        levels.insert(0, _thin_out(levels[0], spacing))
    levels.append(targets)
    steps = tuple(_interpolation(source, goal, device) for source, goal in pairwise(levels))
    return SurfacePyramid(tuple(spacings), tuple(len(level.face) for level in levels[:-1]), steps)


def _thin_out(points: SurfacePoints, spacing: float) -> SurfacePoints:
    """One point for each cube of side ``spacing`` and each of the eight ways to face."""
    origin = points.position.min(0)
    cell = np.floor((points.position - origin) / spacing).astype(np.int64)
    facing = (points.normal > 0).astype(np.int64) @ np.array([1, 2, 4])
    extent = cell.max(0) + 1
    key = ((cell[:, 0] * extent[1] + cell[:, 1]) * extent[2] + cell[:, 2]) * 8 + facing
    _, group, count = np.unique(key, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    centre = _group_mean(points.position, group, count)
    # The member nearest to its group's middle, so that every point lies on the surface.
    away = np.linalg.norm(points.position - centre[group], axis=1)
    order = np.lexsort((away, group))
    first = np.r_[0, np.cumsum(count)[:-1]]
    return points[order[first]]


def _group_mean(
    values: NDArray[np.float64], group: NDArray[np.int64], count: NDArray[np.int64]
) -> NDArray[np.float64]:
    sums = [np.bincount(group, values[:, axis], len(count)) for axis in range(values.shape[1])]
    return np.stack(sums, axis=1) / count[:, None]


def _interpolation(source: SurfacePoints, goal: SurfacePoints, device: torch.device) -> Interpolation:
    k = min(NEIGHBOURS, len(source.face))
    distance, index = cKDTree(source.position).query(goal.position, k=k, workers=-1)
    distance, index = distance.reshape(-1, k), index.reshape(-1, k)
    reach = np.maximum(distance[:, -1:], 1e-12) * (1 + 1e-6)
    near = (1 - (distance / reach) ** 2) ** 2
    cosine = np.einsum("mkc,mc->mk", source.normal[index], goal.normal)
    facing = np.clip((cosine - FACING[1]) / (FACING[0] - FACING[1]), 0, 1)
    weight = near * (facing + 1e-6)  # alone among points that face away, theirs must do
    weight /= weight.sum(1, keepdims=True)
    return Interpolation(index, weight, len(source.face), device)
