"""Spreading values along a surface as heat spreads.

A trip from points to coarser ones and back spreads values a little; many trips make a Gaussian of it.
How far one goes depends on how the points lie, so it is measured: where values are places, a trip gives each
point the mean of the places that its value comes from, and their mean square distance tells the variance.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .pyramid import Interpolation, SurfacePyramid

FEWEST, MOST = 8, 1000  # trips


def diffused(
    pyramid: SurfacePyramid, values: Tensor, amount: Tensor, places: Tensor, deviation: float
) -> Tensor:
    """Values (M, C) of a pyramid's targets spread by a Gaussian of a world deviation.

    They stay as they are if that is tiny. amount: (M,) of surface that each stands for.
    places: (M, 3) where they are, from about the middle.
    """
    left, level, step = deviation**2, len(pyramid.steps) - 1, pyramid.steps[-1]
    variance, coarser = _trip(step, places, amount)
    while level > 0:
        # The way through this level to a coarser one is a trip, too.
        following = pyramid.steps[level - 1]
        means, mass = coarser
        farther, coarsest = _trip(following, means, mass)
        if left - variance < FEWEST * farther:
            break
        left -= variance
        values, amount = step.restrict(values, amount)
        level, step, variance, coarser = level - 1, following, farther, coarsest
    for _ in range(min(MOST, round(left / variance))):
        values = step(step.restrict(values, amount)[0])
    return pyramid.refined(values, level + 1)


def _trip(step: Interpolation, places: Tensor, amount: Tensor) -> tuple[float, tuple[Tensor, Tensor]]:
    """The variance of a trip by a step, along each of the surface's axes; its points' places and amounts."""
    square = places.square().sum(1, keepdim=True)
    coarse, mass = step.restrict(torch.cat([places, square], dim=1), amount)
    back = step(coarse)
    distance = square[:, 0] - 2 * (places * back[:, :3]).sum(1) + back[:, 3]
    whole = amount.cpu().double()
    mean = float((distance.cpu().double() * whole).sum() / whole.sum())
    return max(mean / 2, 1e-30), (coarse[:, :3], mass)
