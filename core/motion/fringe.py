"""Silhouettes: where a pixel shows two surfaces, its paint is good for neither of them once they part.

A renderer mixes colours along silhouettes, and so does what is painted over them. Paint that goes on sticking
to the wall behind leaves a ghost of the outline there when the object has moved on.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from ..panorama.around import Around, beyond_ends
from .origins import Origins
from .visibility import DEPTH, Surfaces
from .warp import nearest

WIDTH = 2  # pixels on either side of a silhouette whose paint is mixed
SLACK = 1  # further pixels around a silhouette in which such paint may stay


def silhouettes(surfaces: Surfaces, width: int, around: Around | None = None) -> Tensor:
    """Pixels (1, 1, H, W) so near to where another object or something behind begins: bool.

    around: of a panorama.
    """
    side = 2 * width + 1

    def edges(index: Tensor) -> Tensor:
        return F.max_pool2d(index, side, 1, width) != -F.max_pool2d(-index, side, 1, width)

    def steps(depth: Tensor) -> Tensor:
        # A slope has as much on the one side as on the other.
        log = depth.clamp_min(1e-6).log()
        bend = (F.avg_pool2d(log, 3, 1, 1, count_include_pad=False) - log).abs() > DEPTH
        return F.max_pool2d(bend.float(), side - 2, 1, width - 1) > 0  # one is on either side already

    if surfaces.index is not None:
        return beyond_ends(around, width, edges, surfaces.index)
    if surfaces.depth is not None:
        return beyond_ends(around, width, steps, surfaces.depth)
    return torch.zeros(0)


def without_fringe(
    origins: Origins, here: Surfaces, painted: Mapping[int, Tensor], around: Around | None = None
) -> Origins:
    """Origins less paint from a silhouette where there is none any more.

    painted: of the frames that paint comes from, by their numbers, which pixels (1, 1, H, W) are near to one.
    around: of panoramas.
    """
    mixed = torch.zeros_like(origins.missing)
    for number in origins.frame[~origins.missing].unique().tolist():
        near = painted[int(number)]
        if near.numel():
            mixed |= (origins.frame == number) & nearest(near, origins.offsets, around)
    still = silhouettes(here, WIDTH + SLACK, around)
    if still.numel():
        mixed &= ~still
    return origins.without(mixed)
