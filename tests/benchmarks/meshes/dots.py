"""A painting whose strokes are all of one size: dots in four colours, as pointillists set them."""

from __future__ import annotations

import numpy as np
import torch

APART = 12  # pixels from dot to dot
COLORS = ((0.1, 0.2, 0.5), (0.75, 0.2, 0.15), (0.95, 0.95, 0.9), (0.2, 0.45, 0.35))
PAPER = 0.8


def dots(side: int = 512, seed: int = 0) -> torch.Tensor:
    """(1, 3, side, side), display-referred sRGB: a grid of dots, each a little beside its place."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] + 0.5
    picture = np.full((3, side, side), PAPER)
    for row in range(side // APART + 1):
        for column in range(side // APART + 1):
            middle = (np.array([row + 0.5, column + 0.5 * (1 + row % 2)]) + rng.uniform(-0.1, 0.1, 2)) * APART
            top, left = (max(0, int(m) - APART) for m in middle)
            place = (slice(top, top + 2 * APART), slice(left, left + 2 * APART))
            away = np.hypot(y[place] - middle[0], x[place] - middle[1])
            cover = np.clip(0.36 * APART - away + 0.5, 0, 1)
            color = np.array(COLORS[rng.integers(len(COLORS))])[:, None, None]
            picture[(slice(None), *place)] += cover * (color - picture[(slice(None), *place)])
    return torch.from_numpy(picture).float()[None]
