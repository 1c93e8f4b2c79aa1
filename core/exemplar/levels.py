"""Exemplars and targets at several sizes, each half the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor

from .exemplar import Exemplar, Target


@dataclass(frozen=True, eq=False)
class Level:
    """An exemplar and a target at one size."""

    exemplar: Exemplar
    target: Target

    @property
    def smallest(self) -> int:
        """Pixels of the shortest side of both."""
        shortest: int = min([*self.exemplar.inside.shape, *self.target.inside.shape])
        return shortest

    def halved(self) -> Level:
        """Both at half the size. What is inside are means of what was, so that nothing gets lost."""
        source, goal = self.exemplar, self.target
        contours = None if goal.contours is None else _any(goal.contours)
        return Level(
            Exemplar(
                _halved(source.channels, source.inside),
                _halved(source.guides, source.inside),
                _any(source.inside),
            ),
            Target(_halved(goal.guides, goal.inside), _any(goal.inside), contours),
        )

    def enlarged(self, places: Tensor) -> Tensor:
        """Places (h, w, 2) of the level of half this size at this one; the nearest that are inside."""
        (height, width), (high, wide) = self.target.inside.shape, self.exemplar.inside.shape
        finer = 2 * places.repeat_interleave(2, 0)[:height].repeat_interleave(2, 1)[:, :width]
        finer[1::2, :, 0] += 1
        finer[:, 1::2, 1] += 1
        rows, columns = finer[..., 0].clamp(0, high - 1), finer[..., 1].clamp(0, wide - 1)
        nearest = _nearest(self.exemplar.inside)[rows, columns]
        return torch.where(self.target.inside[..., None], nearest, -1)


def levels_of(exemplar: Exemplar, target: Target, count: int, smallest: int) -> list[Level]:
    """At most ``count`` levels, from coarse to fine, no side of which is made shorter than ``smallest``."""
    levels = [Level(exemplar, target)]
    while len(levels) < count and levels[0].smallest >= 2 * smallest:
        levels.insert(0, levels[0].halved())
    return levels


def _halved(picture: Tensor, inside: Tensor) -> Tensor:
    share = _mean(inside[None].to(picture.dtype))
    return _mean(torch.where(inside, picture, 0.0)) / share.clamp_min(1e-6)


def _any(inside: Tensor) -> Tensor:
    return _mean(inside[None].float())[0] > 0


def _mean(picture: Tensor) -> Tensor:
    height, width = picture.shape[-2:]
    return F.avg_pool2d(F.pad(picture, (0, width % 2, 0, height % 2))[None], 2)[0]


def _nearest(inside: Tensor) -> Tensor:
    """The place inside (H, W, 2) that is nearest to each pixel."""
    found = ndimage.distance_transform_edt(~inside.cpu().numpy(), return_distances=False, return_indices=True)
    return torch.from_numpy(np.moveaxis(found, 0, -1).astype(np.int64)).to(inside.device)
