"""Views of a panorama through perspective windows, each facing its own way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ..panorama.around import Around
from ..panorama.directions import everywhere, tapped, taps

COVER = 256  # rows of a map of what windows cover
FEATHER = 0.15  # of a window's side, over which its weight fades to its border


@dataclass(frozen=True, eq=False)
class SphereLook:
    """Square windows of an equirectangular picture (1, C, H, W).

    turns: (B, 3, 3), rows are the window's right, up and forward; x to the right of the middle of the
    picture, y up, z forward to its middle. side: of a window, in pixels. height: of the picture, whose pixels
    at the horizon are as large as a window's in its middle. cover: (1, 1, h, 2 h), as of ``covered``, where
    windows share what they see.
    """

    turns: Tensor
    side: int
    height: int
    around: Around
    cover: Tensor | None = None
    wrap: tuple[bool, bool] = (False, False)

    @property
    def valid(self) -> None:
        return None

    @cached_property
    def weight(self) -> Tensor:
        """Solid angle of each pixel over the middle's, faded to the border; 0 for a mirror image."""
        across = _across(self.side, self.height, self.turns)
        squares = across.square()
        angle = (1 + squares[:, None] + squares[None]).pow(-1.5)
        fade = _fade(across * (2 / (self.side * math.pi / self.height)))
        weight = (angle * fade[:, None] * fade[None]).expand(len(self.turns), 1, -1, -1)
        toward = _toward(self.turns, across)
        if self.cover is not None:
            places = taps(toward.reshape(-1, 3), self.cover.shape[-2], Around())
            weight = weight / tapped(self.cover, *places).view(weight.shape).clamp_min(1e-3)
        if self.around.half:
            weight = weight * (toward[..., 2] > 0)[:, None]
        return weight.float().contiguous()

    def gather(self, picture: Tensor) -> Tensor:
        found = tapped(picture, *self._taps())
        return found.view(len(found), -1, self.side, self.side).transpose(0, 1).contiguous()

    def scatter(self, gradient: Tensor, into: Tensor) -> None:
        places, shares = self._taps()
        planes = into.view(into.shape[1], -1)
        flat = gradient.transpose(0, 1).reshape(len(planes), -1)
        for place, share in zip(places, shares, strict=True):
            planes.index_add_(1, place, (flat * share).to(planes.dtype))

    def _taps(self) -> tuple[Tensor, Tensor]:
        """Four pixels for each of the windows', and their shares: both (4, B * side * side)."""
        toward = _toward(self.turns, _across(self.side, self.height, self.turns))
        return taps(toward.reshape(-1, 3), self.height, self.around)


def covered(turns: Tensor, side: int, height: int) -> Tensor:
    """How much windows (B, 3, 3) of a side see of each direction, faded to their borders: (1, 1, h, 2 h)."""
    high = min(COVER, height)
    toward = everywhere(high)
    unit = side / 2 * math.pi / height
    total = torch.zeros(high, 2 * high)
    for right, up, forward in turns:
        ahead = toward @ forward
        near = ahead.clamp_min(1e-6) * unit
        total += (_fade(toward @ right / near) * _fade(toward @ up / near) * (ahead > 1e-3)).float()
    return total[None, None]


def _fade(place: Tensor) -> Tensor:
    """What a place counts across a window, from -1 to 1: 0 at its borders and beyond."""
    inner = ((1 - place.abs()) / (2 * FEATHER)).clamp(0, 1)
    return 0.5 - 0.5 * (math.pi * inner).cos()


def _across(side: int, height: int, like: Tensor) -> Tensor:
    """How far to the right of the middle a window's columns are, at distance 1 (side,)."""
    return (torch.arange(side, device=like.device, dtype=like.dtype) - (side - 1) / 2) * (math.pi / height)


def _toward(turns: Tensor, across: Tensor) -> Tensor:
    """The directions (B, side, side, 3) of the pixels of windows."""
    right, up, forward = turns.unbind(1)
    plane = (
        across[None, None, :, None] * right[:, None, None] - across[None, :, None, None] * up[:, None, None]
    )
    return torch.nn.functional.normalize(plane + forward[:, None, None], dim=-1)
