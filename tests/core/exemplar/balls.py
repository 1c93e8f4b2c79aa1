"""Pictures of balls whose place is known."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from nst.core.exemplar.ball import Ball
from nst.core.images import Picture

Plane = NDArray[np.float64]


def painted(
    ball: Ball, height: int, width: int, ground: Plane | float = 0.9, dots: bool = True
) -> NDArray[np.float32]:
    """A shaded ball with dots (H, W, 3) on a ground, (H, W, 3) or grey."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    unit = (np.stack([x, y], -1) - [ball.x, ball.y]) @ np.linalg.inv(ball.shape.axes)
    length = np.linalg.norm(unit, axis=-1)
    depth = np.sqrt((1 - length**2).clip(0))
    light = (unit @ [-0.5, -0.6] + 0.62 * depth).clip(0) * 0.7 + 0.15
    if dots:
        light = light * np.where(np.sin(9 * unit[..., 0]) * np.sin(11 * unit[..., 1]) > 0.55, 0.5, 1.0)
    colors = light[..., None] * [0.4, 0.7, 1.0]
    cover = ((1 - length) * ball.radius + 0.5).clip(0, 1)[..., None]
    return (colors * cover + np.broadcast_to(ground, (height, width, 3)) * (1 - cover)).astype(np.float32)


def textured(height: int, width: int, seed: int = 0) -> Plane:
    """A ground (H, W, 3) with patches of all sizes."""
    draws = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for cells in (3, 6, 12, 24, 48):
        grid = draws.random((cells, cells, 3))
        total += np.kron(grid, np.ones((-(-height // cells), -(-width // cells), 1)))[:height, :width] / 5
    return total


def picture(colors: NDArray[np.float32], alpha: Plane | None = None) -> Picture:
    """As the engine holds it."""
    rgb = torch.from_numpy(np.ascontiguousarray(colors)).permute(2, 0, 1)[None]
    return Picture(rgb, None if alpha is None else torch.from_numpy(alpha.astype(np.float32))[None, None])
