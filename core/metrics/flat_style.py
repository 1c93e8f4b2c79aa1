"""How like a painting a flat picture is to windows that count as a surface's do: only the paint differs."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ..canvas.windows import WindowLook
from ..surface.views import TURN
from .windows import SurfaceWindows

Floats = NDArray[np.float64]


def flat_windows(
    like: SurfaceWindows,
    shape: tuple[int, int],
    pixel: float,
    rng: np.random.Generator,
    mirrored: bool = False,
) -> SurfaceWindows:
    """A surface's windows laid on a picture of (height, width) pixels instead, at random places.

    They keep their weights, the pixels that they see, and the small random turn. pixel: of a window, in the
    picture's. Beyond its border the picture repeats, or goes on mirrored: each of its pixels is as likely to be
    seen as any other, as on a surface.
    """
    count = len(like.look.grid)
    centres = rng.random((count, 2)) * shape[::-1]
    return placed(like, shape, pixel, centres, (rng.random(count) * 2 - 1) * TURN, mirrored)


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
