"""Silhouettes: where a pixel shows two surfaces, its paint is good for neither of them once they part.

A renderer mixes colours along silhouettes, and so does what is painted over them. Paint that goes on sticking
to the wall behind leaves a ghost of the outline there when the object has moved on.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from .origins import Origins
from .visibility import DEPTH, Surfaces
from .warp import nearest

WIDTH = 2  # pixels on either side of a silhouette whose paint is mixed
SLACK = 1  # further pixels around a silhouette in which such paint may stay


def silhouettes(surfaces: Surfaces, width: int) -> Tensor:
    """Pixels (1, 1, H, W) so near to where another object or something behind begins: bool."""
    side = 2 * width + 1
    found = torch.zeros(0)
    if surfaces.index is not None:
        index = surfaces.index
        found = F.max_pool2d(index, side, 1, width) != -F.max_pool2d(-index, side, 1, width)
    elif surfaces.depth is not None:
        # A slope has as much on the one side as on the other.
        log = surfaces.depth.clamp_min(1e-6).log()
        bend = (F.avg_pool2d(log, 3, 1, 1, count_include_pad=False) - log).abs() > DEPTH
        found = F.max_pool2d(bend.float(), side - 2, 1, width - 1) > 0  # one is on either side already
    return found


def without_fringe(origins: Origins, here: Surfaces, painted: Mapping[int, Tensor]) -> Origins:
    """Origins less paint from a silhouette where there is none any more.

    painted: of the frames that paint comes from, by their numbers, which pixels (1, 1, H, W) are near to one.
    """
    mixed = torch.zeros_like(origins.missing)
    for number in origins.frame[~origins.missing].unique().tolist():
        near = painted[int(number)]
        if near.numel():
            mixed |= (origins.frame == number) & nearest(near, origins.offsets)
    still = silhouettes(here, WIDTH + SLACK)
    if still.numel():
        mixed &= ~still
    return origins.without(mixed)
