"""What is copied from, and what takes on its look: pictures with guides that say which places are alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

PORTION = 2**18  # pixels that are voted for at a time


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
    """What is painted: guides (G, h, w) as of ``Exemplar``; inside: (h, w) bool, where anything is.

    contours: (h, w) bool, lines within, by which it is outlined as by its border; none by default.
    """

    guides: Tensor
    inside: Tensor
    contours: Tensor | None = None

    def to(self, device: torch.device) -> Target:
        """The same on a device."""
        contours = None if self.contours is None else self.contours.to(device)
        return Target(self.guides.to(device), self.inside.to(device), contours)

    @property
    def plain(self) -> Tensor:
        """What is inside (h, w), without contours."""
        return self.inside if self.contours is None else self.inside & ~self.contours


def copied(exemplar: Exemplar, places: Tensor) -> Tensor:
    """The exemplar's channels (C, h, w) at places (h, w, 2), rows and columns in it; 0 where these are -1."""
    rows, columns = places.long().unbind(-1)
    return exemplar.channels[:, rows.clamp_min(0), columns.clamp_min(0)] * (rows >= 0)


def voted(exemplar: Exemplar, places: Tensor, reach: int = 1) -> Tensor:
    """As ``copied``, but each pixel (C, h, w) is the mean of what it and those around it have there.

    Inside a piece that is copied whole all are one, so that it stays as it is; where pieces meet, they fade.
    reach: pixels across and down from which others count.
    """
    height, width = places.shape[:2]
    found = copied(exemplar, places)
    own = torch.stack(
        torch.meshgrid(
            torch.arange(height, dtype=torch.int32, device=places.device),
            torch.arange(width, dtype=torch.int32, device=places.device),
            indexing="ij",
        ),
        -1,
    )
    inside = places[..., 0] >= 0
    shifts = torch.where(inside[..., None], places - own, torch.zeros_like(places))
    edge = torch.zeros_like(inside)
    for axis in (0, 1):
        step = shifts.diff(dim=axis).any(-1)
        length = step.shape[axis]
        edge.narrow(axis, 0, length).logical_or_(step)
        edge.narrow(axis, 1, length).logical_or_(step)
    edge = (F.max_pool2d(edge[None].float(), 2 * reach + 1, 1, reach)[0] > 0) & inside
    pixels = own[edge]
    votes = [_votes(exemplar, places, shifts, part, reach) for part in pixels.split(PORTION)]
    found[:, edge] = torch.cat(votes, 1)
    return found


def _votes(exemplar: Exemplar, places: Tensor, shifts: Tensor, pixels: Tensor, reach: int) -> Tensor:
    """The mean (C, N) of what pixels (N, 2) have by the shifts of all that are around."""
    sizes = torch.tensor(places.shape[:2], dtype=torch.int32, device=places.device)
    ends = torch.tensor(exemplar.inside.shape, dtype=torch.int32, device=places.device)
    total = exemplar.channels.new_zeros(len(exemplar.channels), len(pixels))
    count = exemplar.channels.new_zeros(len(pixels))
    for step in product(range(-reach, reach + 1), repeat=2):
        beside = pixels + torch.tensor(step, dtype=torch.int32, device=places.device)
        known = ((beside >= 0) & (beside < sizes)).all(1)
        row, column = torch.minimum(beside.clamp_min(0), sizes - 1).unbind(1)
        place = pixels + shifts[row, column]
        known &= (places[row, column, 0] >= 0) & ((place >= 0) & (place < ends)).all(1)
        row, column = torch.minimum(place.clamp_min(0), ends - 1).unbind(1)
        known &= exemplar.inside[row, column]
        total += exemplar.channels[:, row, column] * known
        count += known
    return total / count.clamp_min(1)
