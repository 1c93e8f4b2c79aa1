"""Neutral fill: what a network sees where a view shows no canvas."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def fill_gaps(pictures: Tensor, valid: Tensor) -> Tensor:
    """Replace invalid pixels by a smooth continuation of the valid ones around them.

    pictures: (B, C, h, w). valid: (B, 1, h, w) in {0, 1}. Pull-push: averages of valid
    pixels over ever larger blocks, taken from the smallest block that has any. The fill
    carries no gradient. A view without any valid pixel comes back as it was.
    """
    with torch.no_grad():
        fill = _pull_push(pictures * valid, valid)
    return pictures * valid + fill * (1 - valid)


def _pull_push(total: Tensor, weight: Tensor) -> Tensor:
    here = total / weight.clamp_min(1e-6)
    height, width = total.shape[-2:]
    if max(height, width) == 1:
        return here
    coarser = _pull_push(_halve(total), _halve(weight))
    behind = F.interpolate(coarser, size=(height, width), mode="bilinear", align_corners=False)
    share = weight.clamp(0, 1)
    return here * share + behind * (1 - share)


def _halve(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False) * 2
