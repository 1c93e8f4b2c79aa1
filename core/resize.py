"""Resizing of pictures without aliasing."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor


def resized(picture: Tensor, long_side: int) -> Tensor:
    """The picture (1, C, H, W) scaled to a longer side in pixels."""
    height, width = picture.shape[-2:]
    factor = long_side / max(height, width)
    return resized_to(picture, (max(1, round(height * factor)), max(1, round(width * factor))))


def resized_to(picture: Tensor, size: Sequence[int]) -> Tensor:
    """The picture (1, C, H, W) at a size (height, width), values kept in [0, 1]."""
    if tuple(size) == tuple(picture.shape[-2:]):
        return picture
    scaled = F.interpolate(picture, size=tuple(size), mode="bicubic", antialias=True, align_corners=False)
    return scaled.clamp(0, 1)
