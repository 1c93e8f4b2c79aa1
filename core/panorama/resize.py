"""Panoramas at other sizes, as one who looks around would see them scaled."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor

from .around import Around

KERNEL = 2  # pixels that the cubic kernel reaches to each side


def resized_around(picture: Tensor, size: tuple[int, int], around: Around, antialias: bool = True) -> Tensor:
    """A picture (1, C, H, W) at a size (height, width): a little of what lies beyond each end is scaled, too.

    antialias: for a smaller size; then values are kept in [0, 1], and else it is linear.
    """
    if tuple(size) == tuple(picture.shape[-2:]):
        return picture
    least = [old // math.gcd(old, new) for old, new in zip(picture.shape[-2:], size, strict=True)]
    reach = [KERNEL * max(1.0, old / new) + 2 for old, new in zip(picture.shape[-2:], size, strict=True)]
    # Of so many pixels that they are a whole number at the new size, too: then nothing shifts.
    rows, columns = (one * math.ceil(far / one) for one, far in zip(least, reach, strict=True))
    rows = min(rows, picture.shape[2])
    more = [
        length * new // old
        for length, new, old in zip((rows, columns), size, picture.shape[-2:], strict=True)
    ]
    whole = around.continued(picture, rows, columns)
    target = [length + 2 * extra for length, extra in zip(size, more, strict=True)]
    scaled = F.interpolate(whole, size=target, mode="bicubic", antialias=antialias, align_corners=False)
    found = scaled[:, :, more[0] : more[0] + size[0], more[1] : more[1] + size[1]]
    return found.clamp(0, 1) if antialias else found
