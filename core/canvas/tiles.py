"""Exact tiles: a picture of any size, seen a part at a time as if it were seen whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

# Pixels that a tile sees beyond its own, by the stride of the deepest layer: its features reach 13, 37
# and 85 pixels far, so that no place of the tile's own differs from the whole picture's.
HALOS = {1: 16, 2: 16, 4: 16, 8: 48, 16: 96}
STRIDE = 16  # of the deepest layer: at multiples of it pooling sees the same blocks as in the whole picture


@dataclass(frozen=True)
class TileLook:
    """A rectangle of a picture.

    own: top, left, bottom, right of the pixels that count. box: the same with the halo; may reach
    beyond the picture along wrapped axes. size: height and width of the picture. wrap: the view itself goes
    on at its other end, along an axis that it shows whole.
    """

    own: tuple[int, int, int, int]
    box: tuple[int, int, int, int]
    size: tuple[int, int]
    device: torch.device
    wrap: tuple[bool, bool] = (False, False)

    @property
    def pixels(self) -> int:
        """Those that are encoded."""
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])

    @property
    def weight(self) -> Tensor:
        y, x = self.box[:2]
        weight = torch.zeros(1, 1, self.box[2] - y, self.box[3] - x, device=self.device)
        weight[..., self.own[0] - y : self.own[2] - y, self.own[1] - x : self.own[3] - x] = 1
        return weight

    @property
    def valid(self) -> None:
        return None

    def gather(self, picture: Tensor) -> Tensor:
        parts = [
            torch.cat([picture[..., rows, columns] for columns in self._pieces(1)], 3)
            for rows in self._pieces(0)
        ]
        view = torch.cat(parts, 2)
        return view.float() if view.dtype == torch.float16 else view

    def scatter(self, gradient: Tensor, into: Tensor) -> None:
        top = 0
        for rows in self._pieces(0):
            bottom, left = top + rows.stop - rows.start, 0
            for columns in self._pieces(1):
                right = left + columns.stop - columns.start
                into[..., rows, columns] += gradient[..., top:bottom, left:right]
                left = right
            top = bottom

    def _pieces(self, axis: int) -> list[slice]:
        """What the box covers along an axis, in pieces that lie within the picture."""
        at, end, size = self.box[axis], self.box[axis + 2], self.size[axis]
        pieces = []
        while at < end:
            start = at % size
            stop = min(size, start + end - at)
            pieces.append(slice(start, stop))
            at += stop - start
        return pieces


def tiles(
    size: tuple[int, int],
    device: torch.device,
    tile: int,
    halo: int = HALOS[16],
    wrap: tuple[bool, bool] = (False, False),
) -> list[TileLook]:
    """Tiles of ``tile`` pixels that cover a picture (height, width), each pixel counted in exactly one.

    An axis not much longer than a tile is seen whole. Along a wrapped axis (down, across) the halo
    comes from the other end of the picture, whose size must then be a multiple of STRIDE.
    """
    if tile % STRIDE or halo % STRIDE:
        raise ValueError(f"tile and halo must be multiples of {STRIDE}")
    if any(wraps and length % STRIDE for wraps, length in zip(wrap, size, strict=True)):
        raise ValueError(f"a picture that wraps must be a multiple of {STRIDE} pixels long there")
    looks = []
    for top, bottom, y, y_end, closed_y in _spans(size[0], tile, halo, wrap[0]):
        for left, right, x, x_end, closed_x in _spans(size[1], tile, halo, wrap[1]):
            own, box = (top, left, bottom, right), (y, x, y_end, x_end)
            looks.append(TileLook(own, box, size, device, (closed_y, closed_x)))
    return looks


def _spans(length: int, tile: int, halo: int, wraps: bool) -> Iterator[tuple[int, int, int, int, bool]]:
    """Own start and end, those with the halo, and whether the span closes upon itself."""
    if length <= tile + halo:
        yield 0, length, 0, length, wraps
        return
    for start in range(0, length, tile):
        end = min(start + tile, length)
        if wraps:
            yield start, end, start - halo, end + halo, False
        else:
            yield start, end, max(start - halo, 0), min(end + halo, length), False
