"""Resizing of pictures without aliasing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def resized(picture: Tensor, long_side: int, wrap: tuple[bool, bool] = (False, False)) -> Tensor:
    """The picture (1, C, H, W) scaled to a longer side in pixels. wrap: as in ``resized_to``."""
    height, width = picture.shape[-2:]
    factor = long_side / max(height, width)
    return resized_to(picture, (max(1, round(height * factor)), max(1, round(width * factor))), wrap)


def resized_to(picture: Tensor, size: Sequence[int], wrap: tuple[bool, bool] = (False, False)) -> Tensor:
    """The picture (1, C, H, W) at a size (height, width), values kept in [0, 1].

    wrap: whether it repeats, down and across, so that its ends fit together at the new size, too.
    """
    if tuple(size) == tuple(picture.shape[-2:]):
        return picture
    return _scaled(picture, size, wrap, antialias=True).clamp_(0, 1)


def enlarged(picture: Tensor, size: Sequence[int], wrap: tuple[bool, bool] = (False, False)) -> Tensor:
    """The picture (1, C, H, W) at a larger size, without keeping values in any range; linear."""
    return _scaled(picture, size, wrap, antialias=False)


def at_least(picture: Tensor, side: int) -> Tensor:
    """The picture (1, C, H, W) with its borders carried on until it is ``side`` pixels wide and high."""
    height, width = picture.shape[-2:]
    return F.pad(picture, (0, max(0, side - width), 0, max(0, side - height)), mode="replicate")


def _scaled(picture: Tensor, size: Sequence[int], wrap: tuple[bool, bool], antialias: bool) -> Tensor:
    """Scaled by cubic interpolation, one wrapped axis after the other, then the rest."""
    for axis, wraps in zip((2, 3), wrap, strict=True):
        if wraps:
            picture = _scaled_around(picture, axis, size[axis - 2], antialias)
    if tuple(size) == tuple(picture.shape[-2:]):
        return picture
    return F.interpolate(picture, size=tuple(size), mode="bicubic", antialias=antialias, align_corners=False)


def _scaled_around(picture: Tensor, axis: int, length: int, antialias: bool) -> Tensor:
    """Scaled along an axis that repeats: a little of each end is put before the other.

    Of so many pixels that they are a whole number at the new size, too: then nothing shifts.
    """
    old = picture.shape[axis]
    if old == length:
        return picture
    least = old // math.gcd(old, length)
    more = least * math.ceil((2 * max(1.0, old / length) + 2) / least)  # the cubic kernel's reach
    around = torch.arange(-more, old + more, device=picture.device) % old
    size = list(picture.shape[2:])
    extra = more * length // old
    size[axis - 2] = length + 2 * extra
    continued = picture.index_select(axis, around)
    scaled = F.interpolate(continued, size=size, mode="bicubic", antialias=antialias, align_corners=False)
    return scaled.narrow(axis, extra, length)
