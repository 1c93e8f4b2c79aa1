"""Where a panorama shows a direction, and what it shows there."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .around import Around, latitudes


def directions(longitude: Tensor, latitude: Tensor) -> Tensor:
    """Unit vectors (..., 3): x to the right of the picture's middle, y up, z forward to it; radians."""
    across = latitude.cos()
    return torch.stack([longitude.sin() * across, latitude.sin(), longitude.cos() * across], -1)


def everywhere(height: int, rows: slice = slice(None)) -> Tensor:
    """What the pixels of a panorama so high look at (height, 2 height, 3), or those of some rows."""
    longitude = math.pi * ((torch.arange(2 * height, dtype=torch.float64) + 0.5) / height - 1)
    return directions(longitude[None], latitudes(height)[rows, None].expand(-1, 2 * height))


def sampled(picture: Tensor, toward: Tensor, around: Around) -> Tensor:
    """What a picture (1, C, H, W) shows in directions (..., 3), between pixels: (..., C)."""
    found = tapped(picture, *taps(toward.reshape(-1, 3), picture.shape[-2], around))
    return found.T.reshape(*toward.shape[:-1], -1)


def tapped(picture: Tensor, places: Tensor, shares: Tensor) -> Tensor:
    """The sums (C, N) of a picture's pixels that ``taps`` has found, in 32 bits at least."""
    planes = picture.reshape(picture.shape[1], -1)
    found = torch.zeros(len(planes), places.shape[1], device=picture.device)
    for place, share in zip(places, shares, strict=True):
        found += planes[:, place].float() * share
    return found


def taps(toward: Tensor, height: int, around: Around) -> tuple[Tensor, Tensor]:
    """Four pixels for each direction (N, 3), and their shares in a bilinear interpolation: both (4, N).

    height: of the picture. Pixels are counted row by row; beyond a pole and the sides it goes on.
    """
    longitude = torch.atan2(toward[:, 0], toward[:, 2])
    latitude = torch.asin(toward[:, 1].clamp(-1, 1))
    per_radian, width = height / math.pi, around.width(height)
    x, y = longitude * per_radian + width / 2 - 0.5, height / 2 - latitude * per_radian - 0.5
    left, top = x.floor(), y.floor()
    right_share, low_share = (x - left).float(), (y - top).float()
    places, shares = [], []
    for row, down in ((top, 1 - low_share), (top + 1, low_share)):
        beyond = (row < 0) | (row >= height)
        inside = torch.where(row < 0, -1 - row, torch.where(row >= height, 2 * height - 1 - row, row)).long()
        for column, over in ((left, 1 - right_share), (left + 1, right_share)):
            places.append(inside * width + around.column(column.long() + beyond * height, height))
            shares.append(down * over)
    return torch.stack(places), torch.stack(shares)


def looking(longitude: float, latitude: float, width: float, side: int) -> Tensor:
    """What the pixels of a perspective view look at (side, side, 3), upright, so wide; all in degrees."""
    along, up = (torch.tensor(math.radians(angle), dtype=torch.float64) for angle in (longitude, latitude))
    forward = directions(along, up)
    right = directions(along + math.pi / 2, torch.zeros_like(up))
    upward = torch.linalg.cross(forward, right)
    at = ((torch.arange(side, dtype=torch.float64) + 0.5) / side * 2 - 1) * math.tan(math.radians(width / 2))
    plane = at[None, :, None] * right - at[:, None, None] * upward + forward
    return torch.nn.functional.normalize(plane, dim=-1)
