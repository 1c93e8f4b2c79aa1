"""Between colours in a list, a row each, and their places in a picture: without copies on the way."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def scattered(colors: Tensor, index: Tensor, size: int) -> Tensor:
    """Colours (T, C) at their places ``index`` (T,) of C planes (C, size), 0 elsewhere. Differentiable."""
    result: Tensor = _Scattered.apply(colors, index, size)
    return result


def gathered(planes: Tensor, index: Tensor) -> Tensor:
    """The colours (T, C) at places ``index`` (T,) of C planes (C, size). Not differentiable."""
    colors = planes.new_empty(len(index), len(planes))
    for channel, plane in enumerate(planes.detach()):
        colors[:, channel] = plane[index]
    return colors


class _Scattered(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, colors: Tensor, index: Tensor, size: int) -> Tensor:
        ctx.save_for_backward(index)
        planes = colors.new_zeros(colors.shape[1], size)
        for channel, plane in enumerate(planes):
            plane[index] = colors[:, channel]
        return planes

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (index,) = ctx.saved_tensors
        return gathered(grads[0], index), None, None
