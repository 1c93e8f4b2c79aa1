"""The colours that a painting has: what is painted should have no others."""

from __future__ import annotations

from itertools import product

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from ..terms import Seen, Unobserving

# Lightness and two opponent colours, axes of unit length at right angles. The eye notices a wrong hue before
# a wrong lightness.
OPPONENT = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]]) / np.sqrt([[3.0], [2.0], [6.0]])
HUE = 2.0  # how much more a distance in hue counts than one in lightness
CELL = 0.03  # between places of the table
BEYOND = 0.2  # how far outside [0, 1] the table goes
# A colour belongs to a painting if its cell, to which those beside it lend of theirs, has so much of the
# paint, or with the most common cells makes up so much of it: the blends of neighbouring strokes are neither.
# An accent of one colour keeps 0.065 of its paint in its cell, so it needs 0.03 % of the painting.
ACCENT, COMMON = 2e-5, 0.92
REACH = 2.0  # cells beside a colour that belong to it, however common it is


class Gamut:
    """A table of the nearest of a painting's colours, for every colour.

    Moments do not tell which colours there are: what is pink in places may have the mean and covariance of a
    painting of red, white and green.
    """

    def __init__(self, colors: Tensor) -> None:
        """colors: (P, 3) in [0, 1], each standing for as much paint."""
        axes = OPPONENT * [[1.0], [HUE], [HUE]]
        ends = np.array(list(product((-BEYOND, 1 + BEYOND), repeat=3))) @ axes.T
        low = ends.min(0)
        shape = np.ceil((ends.max(0) - low) / CELL).astype(int) + 1
        own = tuple(np.rint((colors.cpu().numpy().clip(0, 1) @ axes.T - low) / CELL).astype(int).T)
        share = np.zeros(shape)
        np.add.at(share, own, 1 / len(colors))
        share = ndimage.gaussian_filter(share, 1.0, truncate=REACH)
        belongs = share >= min(ACCENT, np.quantile(share[own], 1 - COMMON))
        nearest = ndimage.distance_transform_edt(~belongs, return_distances=False, return_indices=True)
        moves = np.moveaxis((nearest - np.indices(shape)) * CELL, 0, -1) @ np.linalg.inv(axes).T
        self._moves = torch.from_numpy(moves.astype(np.float32)).to(colors.device).reshape(-1, 3)
        self._axes, self._low = (
            torch.from_numpy(a.astype(np.float32)).to(colors.device) for a in (axes, low)
        )
        self._last = torch.from_numpy(shape - 1).to(colors.device)
        self._steps = (int(shape[1] * shape[2]), int(shape[2]), 1)

    def moves(self, colors: Tensor) -> Tensor:
        """How (P, 3) colours are moved to what the painting has; 0 for what it has."""
        place = (colors @ self._axes.T - self._low) / CELL
        base = torch.minimum(place.floor().long().clamp_min(0), self._last - 1)
        part = (place - base).clamp(0, 1)
        sides = [
            ((0, 1 - beyond), (step, beyond))
            for step, beyond in zip(self._steps, part.unbind(1), strict=True)
        ]
        first = sum(column * step for column, step in zip(base.unbind(1), self._steps, strict=True))
        found = torch.zeros_like(colors)
        for (i, x), (j, y), (k, z) in product(*sides):
            found.addcmul_((x * y * z)[:, None], self._moves[first + (i + j + k)])
        return found


class WithinGamut(Unobserving):
    """Squared distance of colours to what the painting has."""

    layers: tuple[str, ...] = ()
    content_layers: tuple[str, ...] = ()

    def __init__(self, gamut: Gamut, factor: float) -> None:
        self._gamut, self._factor = gamut, factor

    def __call__(self, seen: Seen, content: Seen | None) -> Tensor:
        weight = seen.weights["rgb"].reshape(-1)
        counts = weight > 0
        colors = seen.view.movedim(1, -1).reshape(-1, 3)[counts]
        goal = colors.detach() + self._gamut.moves(colors.detach())
        return self._factor * (weight[counts, None] * (colors - goal).square()).sum()
