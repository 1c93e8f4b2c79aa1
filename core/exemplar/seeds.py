"""Scattered seeds: one in each cell of a grid, at a place of its own in it."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor

PERIOD = 32  # cells after which places in them repeat
PORTION = 2**16  # places that are looked at at a time, which stay in the processor's cache
AROUND = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]


class Seeds:
    """Seeds in a plane or in space, endless in all directions.

    spacing: between them, in whole pixels. seed: of their places. axes: 2 for a plane, 3 for space.
    """

    def __init__(self, spacing: int, seed: int, device: torch.device, axes: int = 2) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.spacing, self._axes = spacing, axes
        self._places = (torch.rand(PERIOD**axes, axes, generator=generator) * spacing).to(device)

    def places(self, cells: Tensor) -> Tensor:
        """Places (N, axes) of the seeds of cells (N, axes), numbered along the grid's axes."""
        at = torch.zeros_like(cells[..., 0])
        for axis in cells.unbind(-1):
            at = at * PERIOD + axis % PERIOD
        return self._places[at] + cells * self.spacing

    def nearest(self, places: Tensor) -> Tensor:
        """The cells (N, axes) int32 whose seeds are nearest to places (N, axes), in pixels."""
        return torch.cat([self._nearest(part) for part in places.split(PORTION)])

    def _nearest(self, places: Tensor) -> Tensor:
        cells = (places / self.spacing).floor().int()
        least, best = torch.full_like(places[:, 0], torch.inf), cells
        for step in product((-1, 0, 1), repeat=self._axes):
            other = cells + torch.tensor(step, dtype=torch.int32, device=cells.device)
            distance = (self.places(other) - places).square().sum(1)
            nearer = distance < least
            least, best = torch.minimum(distance, least), torch.where(nearer[:, None], other, best)
        return best

    def of_pixels(self, height: int, width: int) -> Tensor:
        """For each pixel (height * width,) int32 of a picture, its nearest seed, by number in ``around``."""
        side, device = self.spacing, self._places.device
        rows, columns = self._counts(height, width)
        seeds = self.around(height, width).view(rows + 2, columns + 2, 2)
        seeds = seeds - self._corners(rows, columns).to(device) * side  # within its cell
        inner = torch.arange(side, device=device) * 1.0
        found = torch.empty(rows * side, columns * side, dtype=torch.int32, device=device)
        portion = max(1, PORTION // (columns * side * side))
        for top in range(0, rows, portion):
            count = min(portion, rows - top)
            number = torch.arange(top + 1, top + 1 + count, device=device)[:, None] * (columns + 2)
            number = (number + torch.arange(1, columns + 1, device=device)).int()[:, None, :, None]
            shape = (count, side, columns, side)
            least = torch.full(shape, torch.inf, device=device)
            best = torch.zeros(shape, dtype=torch.int32, device=device)
            for down, across in AROUND:
                own = seeds[top + 1 + down : top + 1 + down + count, 1 + across : 1 + across + columns]
                high = (own[..., 0] + down * side)[:, None, :] - inner[None, :, None]
                wide = (own[..., 1] + across * side)[:, :, None] - inner
                distance = (high * high)[..., None] + (wide * wide)[:, None]
                other = number + (down * (columns + 2) + across)
                best = torch.where(distance < least, other, best)
                torch.minimum(least, distance, out=least)
            found[top * side : (top + count) * side] = best.view(count * side, columns * side)
        return found[:height, :width].reshape(-1)

    def of(self, pixels: Tensor, width: int) -> Tensor:
        """As ``of_pixels``, for some pixels (N, 2) int32, rows and columns, of a picture of a width."""
        cells = self._nearest(pixels.float()) + 1
        return cells[:, 0] * (self._counts(1, width)[1] + 2) + cells[:, 1]

    def around(self, height: int, width: int) -> Tensor:
        """Where seeds are (S, 2) that a picture's pixels may be near, rows and columns."""
        return self.places(self._corners(*self._counts(height, width)).view(-1, 2).to(self._places.device))

    def _counts(self, height: int, width: int) -> tuple[int, int]:
        return -(-height // self.spacing), -(-width // self.spacing)

    def _corners(self, rows: int, columns: int) -> Tensor:
        """Cells (rows + 2, columns + 2, 2) of a picture and one around it."""
        grid = torch.meshgrid(torch.arange(-1, rows + 1), torch.arange(-1, columns + 1), indexing="ij")
        return torch.stack(grid, -1)
