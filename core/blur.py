"""Soft edges: a Gaussian over a picture."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from .resize import resized_to

FADE = 2.563
"""Deviations of a Gaussian from where it brings a hard edge to 10 % to where it brings it to 90 %."""

WIDEST = 16.0  # pixels of deviation; beyond, the picture is shrunk first
REACH = 4  # deviations that count


def softened(picture: Tensor, distance: float, wrap: tuple[bool, bool] = (False, False)) -> Tensor:
    """A picture (1, 1, H, W) in [0, 1] whose edges take a distance (pixels) from 10 % to 90 %.

    wrap: whether it repeats, down and across. It may come back smaller, as it holds no detail any more.
    """
    deviation = distance / FADE
    shrink = deviation / WIDEST
    size = [max(1, round(length / max(1.0, shrink))) for length in picture.shape[-2:]]
    scales = [small / length for small, length in zip(size, picture.shape[-2:], strict=True)]
    picture = resized_to(picture, size, wrap)
    for axis, scale, wraps in zip((2, 3), scales, wrap, strict=True):
        picture = _along(picture, axis, deviation * scale, wraps)
    return picture


def _along(picture: Tensor, axis: int, deviation: float, wraps: bool) -> Tensor:
    """Blurred along an axis; a border that does not wrap is carried on."""
    if deviation < 0.1:
        return picture
    reach = math.ceil(REACH * deviation)
    offset = torch.arange(-reach, reach + 1, device=picture.device, dtype=picture.dtype)
    kernel = torch.exp(-0.5 * (offset / deviation).square())
    kernel = (kernel / kernel.sum()).view((1, 1, -1, 1) if axis == 2 else (1, 1, 1, -1))
    length = picture.shape[axis]
    index = torch.arange(-reach, length + reach, device=picture.device)
    index = index % length if wraps else index.clamp(0, length - 1)
    return F.conv2d(picture.index_select(axis, index), kernel)
