"""What is copied from, and what takes on its look: pictures with guides that say which places are alike."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Exemplar:
    """A painting with guides.

    channels: (C, H, W) float32, all that follows the same correspondence: display-referred colour first (3),
    then alpha, height and roughness as far as there are any. guides: (G, H, W) float32, weighted, so that
    places are alike whose vectors are near by Euclidean distance. inside: (H, W) bool, what may be copied.
    """

    channels: Tensor
    guides: Tensor
    inside: Tensor

    def to(self, device: torch.device) -> Exemplar:
        """The same on a device."""
        return Exemplar(self.channels.to(device), self.guides.to(device), self.inside.to(device))


@dataclass(frozen=True, eq=False)
class Target:
    """What is painted: guides (G, h, w) as of ``Exemplar``; inside: (h, w) bool, where anything is."""

    guides: Tensor
    inside: Tensor

    def to(self, device: torch.device) -> Target:
        """The same on a device."""
        return Target(self.guides.to(device), self.inside.to(device))


def copied(exemplar: Exemplar, places: Tensor) -> Tensor:
    """The exemplar's channels (C, h, w) at places (h, w, 2), rows and columns in it; 0 where these are -1."""
    rows, columns = places.long().unbind(-1)
    return exemplar.channels[:, rows.clamp_min(0), columns.clamp_min(0)] * (rows >= 0)


def voted(exemplar: Exemplar, places: Tensor, reach: int = 1) -> Tensor:
    """As ``copied``, but each pixel (C, h, w) is the mean of what the pieces around it have at its place.

    Inside a piece that is copied whole all votes are one, so that it stays as it is; where pieces meet, they
    fade over 2 * reach pixels. reach: pixels from which others vote.
    """
    height, width = places.shape[:2]
    total = exemplar.channels.new_zeros(len(exemplar.channels), height, width)
    count = exemplar.channels.new_zeros(height, width)
    high, wide = exemplar.inside.shape
    own = places[..., 0] >= 0
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            there = torch.roll(places, (down, across), (0, 1))
            rows, columns = there[..., 0] + down, there[..., 1] + across
            known = (
                (there[..., 0] >= 0) & own & (rows >= 0) & (rows < high) & (columns >= 0) & (columns < wide)
            )
            known &= _within(height, width, down, across, places.device)
            rows, columns = rows.clamp(0, high - 1).long(), columns.clamp(0, wide - 1).long()
            known &= exemplar.inside[rows, columns]
            total += exemplar.channels[:, rows, columns] * known
            count += known
    return total / count.clamp_min(1)


def _within(height: int, width: int, down: int, across: int, device: torch.device) -> Tensor:
    """Pixels (h, w) that ``roll`` did not take from the other end."""
    rows = torch.arange(height, device=device) - down
    columns = torch.arange(width, device=device) - across
    return ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
