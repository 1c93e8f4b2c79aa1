"""A Laplacian pyramid on the surface itself, not on the UV plane.

Colours live on points spread over the surface, at spacings that halve from level to level;
a texel's colour is interpolated from the points around its place *on the surface*. So
the UV layout cannot show: both sides of a seam read the same points. Points are close when
they are near in space and face the same way, which keeps the two sides of a thin wall apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from .geometry import Floats, Ints, SurfacePoints
from .near import nearest
from .sparse import Product, packed, product

LOOKED = 8  # nearest points, of which the neighbours are chosen: the nearest that face the same way
# The farthest gets weight 0, so that colours change steadily as it is replaced. More would blur: what lies
# between points is then hard to tell apart, and fine strokes take many more steps to appear.
NEIGHBOURS = 4
# Points whose normals differ by more than a right angle fade out of each other's colour, from
# the first to the second cosine. Differences below do not count: they would make a texture
# change faster across a crease than beside it.
FACING = (0.2, -0.3)
PORTION = 2**22  # points of the surface that are looked at before the first are thinned out
NEARLY = 0.85  # times the finest spacing is as good
ROOT = math.sqrt(2.0)
QUERIES = 2**17  # sites whose neighbours are found at a time


class Interpolation:
    """Each of M outputs is a weighted mean of some of N inputs. means: as of ``sparse.product``."""

    def __init__(self, means: Product) -> None:
        self._product = means

    def __call__(self, values: Tensor) -> Tensor:
        """(N, C) to (M, C), differentiable."""
        result: Tensor = _Interpolated.apply(values, self._product)
        return result

    def transposed(self, values: Tensor) -> Tensor:
        """(M, C) to (N, C): to each input what outputs hold, in the shares that they have of it."""
        return self._product.backward(values)

    def restrict(self, values: Tensor, amount: Tensor) -> tuple[Tensor, Tensor]:
        """Back from outputs (M, C), each standing for ``amount`` (M,) of surface, to inputs.

        Returns the inputs' mean values (N, C) and amounts (N,).
        """
        both = torch.cat([values * amount[:, None], amount[:, None]], dim=1)
        sums = self._product.backward(both)
        return sums[:, :-1] / sums[:, -1:].clamp_min(1e-12), sums[:, -1]


class _Interpolated(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, matrix: Product) -> Tensor:
        ctx.matrix = matrix
        return matrix.forward(values.detach())

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        return ctx.matrix.backward(grads[0]), None


@dataclass(frozen=True)
class SurfacePyramid:
    """Levels of points from coarse to fine.

    spacings: world distance between points of each level. counts: points of each level.
    steps[l]: from level l to l + 1; the last leads from the finest level to the targets.
    sources: of each level, what is asked for the neighbours of places.
    """

    spacings: tuple[float, ...]
    counts: tuple[int, ...]
    steps: tuple[Interpolation, ...]
    sources: tuple[Source, ...]

    @property
    def halves(self) -> tuple[float, ...]:
        """Spacings of the coarse levels that are the same whatever the finest, see ``ladder``."""
        last = len(self.spacings) > 1 and abs(self.spacings[-2] / self.spacings[-1] - 2) > 1e-6
        return self.spacings[:-1] if last else self.spacings

    def decode(self, levels: list[Tensor]) -> Tensor:
        """Colours (M, C) of the targets from the coarsest ``len(levels)`` levels, each (n_l, C)."""
        return self.refined(self.colors(levels), len(levels) - 1)

    def colors(self, levels: list[Tensor]) -> Tensor:
        """Colours (n, C) of the points of the last of some levels."""
        colors = levels[0]
        for level, step in zip(levels[1:], self.steps, strict=False):
            colors = step(colors) + level
        return colors

    def restricted(self, colors: Tensor, amount: Tensor, level: int) -> list[Tensor]:
        """Target colours (M, C) as means (n_l, C) around the points of the levels down to one.

        Points that no target is near, as there are where these are coarser, are as coarser ones say, and
        where there are none as all are on average.
        amount: as in ``Interpolation.restrict``.
        """
        own = [(colors, amount)]
        for step in reversed(self.steps):
            own.append(step.restrict(*own[-1]))
        mean, amount = own.pop()
        middle = (mean * amount[:, None]).sum(0) / amount.sum()
        means = [torch.where(amount[:, None] > 0, mean, middle)]
        for step in self.steps[:level]:
            mean, amount = own.pop()
            means.append(torch.where(amount[:, None] > 0, mean, step(means[-1])))
        return means

    def smooth(self, colors: Tensor, amount: Tensor, level: int) -> Tensor:
        """Target colours (M, C) without the detail that is finer than a level."""
        return self.refined(self.restricted(colors, amount, level)[-1], level)

    def refined(self, colors: Tensor, level: int) -> Tensor:
        """Colours (M, C) of the targets between those of a level's points."""
        for step in self.steps[level:]:
            colors = step(colors)
        return colors


Surface = Callable[[int, float], Iterable[SurfacePoints]]
"""Dense points, in portions, to choose a level's from: its number, the coarsest first, and its spacing."""


def build_pyramid(
    surface: Surface,
    targets: Iterable[SurfacePoints],
    count: int,
    finest: float,
    coarsest: float,
    device: torch.device,
) -> SurfacePyramid:
    """A pyramid whose finest level has points about ``finest`` apart (world units).

    targets: where colours are wanted, in portions, ``count`` in all; they may lie off the surface (texels
    of the gutter). Coarse levels are the same whatever the finest: see ``ladder``.
    """
    spacings = ladder(finest, coarsest)
    levels = [_chosen(surface(level, spacing), spacing) for level, spacing in enumerate(spacings)]
    sources = [Source(level, device) for level in levels]
    steps = [source.interpolation([far], len(far)) for source, far in zip(sources, levels[1:], strict=False)]
    steps.append(sources[-1].interpolation(map(_sites, targets), count))
    return SurfacePyramid(spacings, tuple(map(len, levels)), tuple(steps), tuple(sources))


def ladder(finest: float, coarsest: float) -> tuple[float, ...]:
    """Spacings of levels: the coarsest, halved down to about the finest.

    They are the same for whatever finest, but for where they end: at a half, or at that over the root of 2.
    """
    least = NEARLY * finest
    halvings = max(0, math.floor(math.log2(coarsest / least)))
    halves = tuple(coarsest / 2**i for i in range(halvings + 1))
    return (*halves, halves[-1] / ROOT) if halves[-1] >= ROOT * least else halves


@dataclass(frozen=True, eq=False)
class _Sites:
    """position (P, 3), unit normal (P, 3) float32."""

    position: Floats
    normal: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.position)

    def __getitem__(self, chosen: Any) -> _Sites:
        return _Sites(self.position[chosen], self.normal[chosen])


def _sites(points: SurfacePoints) -> _Sites:
    return _Sites(points.position, points.normal.astype(np.float32))


def _chosen(surface: Iterable[SurfacePoints], spacing: float) -> _Sites:
    """``_thin_out`` of all portions together, without holding them all."""
    portions = map(_sites, surface)
    kept = next(portions)
    origin = kept.position.min(0)
    thin = 0  # how many are thinned out already
    for portion in portions:
        kept = _joined(kept, portion)
        if len(kept) > max(PORTION, 2 * thin):
            kept = _thin_out(kept, spacing, origin)
            thin = len(kept)
    return _thin_out(kept, spacing, origin)


def _joined(one: _Sites, other: _Sites) -> _Sites:
    return _Sites(np.concatenate([one.position, other.position]), np.concatenate([one.normal, other.normal]))


def _thin_out(sites: _Sites, spacing: float, origin: Floats) -> _Sites:
    """One site for each cube of side ``spacing`` and each of the eight ways to face."""
    key = _cubes(sites, spacing, origin)
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    size = np.diff(np.r_[starts, len(key)])
    # The member nearest to its group's middle, so that every point lies on the surface.
    away = np.zeros(len(key))
    for axis in range(3):
        along = sites.position[order, axis]
        away += np.square(along - np.repeat(np.add.reduceat(along, starts) / size, size))
    least = np.repeat(np.minimum.reduceat(away, starts), size)
    found = np.flatnonzero(away == least)
    first = found[np.r_[True, key[found][1:] != key[found][:-1]]]
    return sites[order[first]]


def _cubes(sites: _Sites, spacing: float, origin: Floats) -> Ints:
    """(P,) a number for each cube and each way to face."""
    key = np.zeros(len(sites), dtype=np.int64)
    for axis in range(3):
        cube = np.floor((sites.position[:, axis] - origin[axis]) / spacing).astype(np.int64)
        cube -= cube.min()
        key *= cube.max() + 1
        key += cube
    facing: Ints = (sites.normal > 0) @ np.array([1, 2, 4])
    return key * 8 + facing


class Source:
    """Points that are asked which of them are the neighbours of other places on the surface."""

    def __init__(self, sites: _Sites, device: torch.device) -> None:
        self._sites, self._device = sites, device
        self._tree = cKDTree(sites.position)

    def __len__(self) -> int:
        return len(self._sites)

    def at(self, points: SurfacePoints) -> Interpolation:
        """From here to places on the surface."""
        return self.interpolation([_sites(points)], len(points.face))

    def interpolation(self, goals: Iterable[_Sites], count: int) -> Interpolation:
        """From here to ``count`` goals, which come in portions."""
        looked, k = min(LOOKED, len(self)), min(NEIGHBOURS, len(self))
        index, weight = np.empty((count, k), np.int32), np.empty((count, k), np.uint16)
        at = 0
        for portion in goals:
            for start in range(0, len(portion), QUERIES):
                goal = portion[start : start + QUERIES]
                into = slice(at, at + len(goal))
                found = nearest(self._tree, goal.position, looked)
                distance, near = (a.reshape(-1, looked) for a in found)
                index[into], means = _neighbours(self._sites, goal, near, distance)
                weight[into] = packed(means)
                at = into.stop
        return Interpolation(product(index, weight, len(self), self._device))


def _neighbours(source: _Sites, goal: _Sites, near: Ints, distance: Floats) -> tuple[Ints, Floats]:
    """Of each goal's (M,) nearest points (M, L), the neighbours (M, K) and their weights, sums of 1."""
    cosine = np.einsum("mkc,mc->mk", source.normal[near], goal.normal)
    facing = np.clip((cosine - FACING[1]) / (FACING[0] - FACING[1]), 0, 1)
    k = min(NEIGHBOURS, near.shape[1])
    away = (facing[:, :k] == 0).any(1)
    order = np.argsort(facing[away] == 0, axis=1, kind="stable")
    for each in (near, distance, facing):
        each[away] = np.take_along_axis(each[away], order, axis=1)
    # Where too few face this way, those that do count by how near they are among all.
    few = facing[:, k - 1] == 0
    reach = np.where(few, distance.max(1), distance[:, k - 1])[:, None]
    reach = np.maximum(reach, 1e-12) * (1 + 1e-6)
    weight = (1 - (distance[:, :k] / reach) ** 2) ** 2 * (facing[:, :k] + 1e-6)  # alone, those away must do
    weight /= weight.sum(1, keepdims=True)
    return near[:, :k], weight
