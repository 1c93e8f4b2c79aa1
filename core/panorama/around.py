"""How the pixels of a panorama lie next to each other: around the horizon, and over the poles.

An equirectangular picture has a column for each longitude, from west on its left to east, and a row for each
latitude, the zenith first. A half one ("VR180") has the half before the viewer, and is taken to go on as in
a mirror: so nothing of it has a border.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Around:
    """half: whether the picture shows 180 degrees, as high as wide, rather than 360, half as high."""

    half: bool = False

    @property
    def closed(self) -> bool:
        """Whether the picture's left end goes on at its right."""
        return not self.half

    def width(self, height: int) -> int:
        """Pixels across of a picture so high."""
        return height if self.half else 2 * height

    def circle(self, height: int) -> int:
        """Columns of the whole circle."""
        return 2 * height

    def column(self, column: Tensor, height: int) -> Tensor:
        """The picture's column that shows a column of the circle, any whole number, counted from its left."""
        circle = self.circle(height)
        column = column % circle
        return torch.minimum(column, circle - 1 - column) if self.half else column

    def continued(self, picture: Tensor, rows: int, columns: int) -> Tensor:
        """A picture (1, C, H, W) with so many rows beyond each pole and columns beyond each side.

        Beyond a pole is what lies behind it: the rows there, turned by half the circle.
        """
        height, width = picture.shape[-2:]
        across = torch.arange(-columns, width + columns, device=picture.device)
        ahead, behind = (self.column(across + turn, height) for turn in (0, height))
        middle = picture.index_select(3, ahead) if columns else picture
        if not rows:
            return middle
        top, bottom = picture[:, :, :rows].flip(2), picture[:, :, height - rows :].flip(2)
        return torch.cat([top.index_select(3, behind), middle, bottom.index_select(3, behind)], 2)


def beyond_ends(
    around: Around | None, columns: int, change: Callable[..., Tensor], *planes: Tensor
) -> Tensor:
    """What a function makes of planes (1, C, H, W) that go on by so many columns beyond either end.

    Its result has these columns, too, and is given without them. around: None for flat pictures, which end.
    """
    if around is None:
        return change(*planes)
    columns = min(columns, planes[0].shape[-1])
    found = change(*(around.continued(plane, 0, columns) for plane in planes))
    return found[..., columns : found.shape[-1] - columns]


def breadths(height: int, device: torch.device | None = None) -> Tensor:
    """Of pixels in each row (height, 1), over those at the horizon: in (0, 1]."""
    return latitudes(height).cos().float().to(device)[:, None]


def latitudes(height: int) -> Tensor:
    """Of the middles of rows (height,), in radians, the zenith's first."""
    rows = torch.arange(height, dtype=torch.float64)
    return math.pi * (0.5 - (rows + 0.5) / height)


def solid_angles(height: int) -> Tensor:
    """Of a pixel of each row (height,), in steradians: those of all pixels of a circle sum up to 4 pi."""
    edges = math.pi * (0.5 - torch.arange(height + 1, dtype=torch.float64) / height)
    return (edges[:-1].sin() - edges[1:].sin()) * math.pi / height
