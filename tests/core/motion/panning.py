"""Footage without vectors: a textured square that moves over a textured wall, which a camera pans along."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

HEIGHT, WIDTH, SIDE, TOP = 64, 80, 24, 24
PAN, STEP = (
    2,
    5,
)  # pixels to the left that the wall moves from frame to frame, to the right that the square does


def texture(seed: int) -> Tensor:
    """A cloudy texture (1, 3, HEIGHT, 2 * WIDTH)."""
    coarse = torch.rand(1, 3, HEIGHT // 4, WIDTH // 2, generator=torch.Generator().manual_seed(seed))
    return F.interpolate(coarse, size=(HEIGHT, 2 * WIDTH), mode="bicubic").clamp(0, 1)


def square(number: int) -> Tensor:
    """Where the square is: (1, 1, HEIGHT, WIDTH), bool."""
    found = torch.zeros(1, 1, HEIGHT, WIDTH, dtype=torch.bool)
    left = 12 + STEP * number
    found[..., TOP : TOP + SIDE, left : left + SIDE] = True
    return found


def picture(number: int) -> Tensor:
    """A frame (1, 3, HEIGHT, WIDTH)."""
    wall = texture(1)[..., PAN * number : PAN * number + WIDTH]
    own = texture(2).roll(STEP * number, 3)[..., :WIDTH]
    return torch.where(square(number), own * 0.5 + 0.5, wall * 0.6)


def motion(number: int, other: int) -> Tensor:
    """Where a frame's points are in another: offsets (1, 2, HEIGHT, WIDTH)."""
    across = torch.where(square(number), float(STEP), float(-PAN)) * (other - number)
    return torch.cat([across, 0 * across], 1)


class KnownFlow:
    """Stands for what estimates: it knows the frames by what they show, and how that moves. asked: pairs."""

    def __init__(self, numbers: range) -> None:
        self._pictures = {number: picture(number) for number in numbers}
        self.asked: list[tuple[int, int]] = []

    def __call__(self, here: Tensor, there: Tensor) -> Tensor:
        pair = self._number(here), self._number(there)
        self.asked.append(pair)
        return motion(*pair)

    def _number(self, shown: Tensor) -> int:
        away = {number: float((one - shown).abs().mean()) for number, one in self._pictures.items()}
        return min(away, key=away.__getitem__)
