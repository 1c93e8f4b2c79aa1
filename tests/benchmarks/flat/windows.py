"""How like a painting a flat picture is to windows that count as a surface's do: only the paint differs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from nst.core.metrics.windows import SurfaceWindows, WindowLook
from nst.core.surface.views import TURN

# Steps across and down that spread points evenly, however many: powers of the root of x^3 = x + 1
# (Roberts 2018, "The Unreasonable Effectiveness of Quasirandom Sequences").
EVEN = np.array([0.7548776662466927, 0.5698402909980532])
Floats = NDArray[np.float64]


def flat_windows(
    like: Sequence[SurfaceWindows],
    shape: tuple[int, int],
    pixel: float,
    seed: int = 0,
    mirrored: bool = False,
) -> list[SurfaceWindows]:
    """A surface's windows laid on a picture of (height, width) pixels instead, at random places.

    They keep their weights, the pixels that they see, and the small random turn. pixel: of a window, in the
    picture's. Beyond its border the picture repeats, or goes on mirrored: each of its pixels is as likely to
    be seen as any other, as on a surface. And as there, they are spread evenly.
    """
    rng = np.random.default_rng(seed)
    count = sum(len(one.look.grid) for one in like)
    centres = (rng.random(2) + np.arange(count)[:, None] * EVEN) % 1 * shape[::-1]
    order = rng.permutation(count)
    turns = (rng.random(count) * 2 - 1) * TURN
    laid = []
    for one in like:
        own, order = np.split(order, [len(one.look.grid)])
        laid.append(placed(one, shape, pixel, centres[own], turns[own], mirrored))
    return laid


def placed(
    like: SurfaceWindows,
    shape: tuple[int, int],
    pixel: float,
    centres: Floats,
    turns: Floats,
    mirrored: bool = False,
) -> SurfaceWindows:
    """``flat_windows`` at given places: centres (B, 2) across and down in pixels, turns (B,) in radians."""
    size = like.look.grid.shape[1]
    axis = (np.arange(size) - (size - 1) / 2) * pixel / like.samples
    across, down = np.meshgrid(axis, axis)
    cos, sin = np.cos(turns)[:, None, None], np.sin(turns)[:, None, None]
    place = np.stack([across * cos + down * sin, down * cos - across * sin], axis=-1)
    extent = np.array(shape[::-1], dtype=np.float64)
    place = place + centres[:, None, None]
    place = extent - np.abs(place % (2 * extent) - extent) if mirrored else place % extent
    grid = torch.from_numpy((place / extent * 2 - 1).astype(np.float32))
    return SurfaceWindows(WindowLook(grid, like.look.weight, like.look.valid), like.samples)
