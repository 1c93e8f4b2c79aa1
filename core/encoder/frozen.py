"""Layers of a frozen network, whose gradients flow to the picture alone.

Weights that never change need no gradient, so a convolution need not keep what it saw: where its
rectified output was positive is all that the way back needs, one byte instead of eight (its input
and its output) for each feature. A whole VGG keeps a quarter of what autograd would.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from . import winograd

Wrap = tuple[bool, bool]  # whether a picture goes on at its other end: down, across


@dataclass(frozen=True, eq=False)
class Convolution:
    """A convolution of 3 x 3 pixels, rectified. weight: (C', C, 3, 3). bias: (C',)."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor, wrap: Wrap = (False, False)) -> Tensor:
        """Of x (B, C, h, w), its border replicated, or wrapped: (B, C', h, w)."""
        if torch.is_grad_enabled() and x.requires_grad:
            result: Tensor = _Rectified.apply(x, self, wrap)
            return result
        return self.forward(padded(x, wrap))

    def forward(self, x: Tensor) -> Tensor:
        """Of x (B, C, h + 2, w + 2), which has its border already."""
        if winograd.pays(x.shape[2] - 2, x.shape[3] - 2, self.weight):
            return winograd.convolved(x, self._kernels).add_(self.bias.view(-1, 1, 1)).relu_()
        return F.conv2d(x, self.weight, self.bias).relu_()

    def backward(self, gradient: Tensor, alive: Tensor) -> Tensor:
        """Its transpose: what ``forward``'s x receives, (B, C, h + 2, w + 2).

        gradient: in ``forward``'s result, (B, C', h, w). alive: where that was positive, of the same shape.
        """
        gradient = torch.where(alive, gradient, gradient.new_zeros(()))  # 0 times infinity would be NaN
        if winograd.pays(gradient.shape[2], gradient.shape[3], self.weight):
            return winograd.transposed(gradient, self._kernels)
        return F.conv2d(gradient, self._turned, padding=2)

    @cached_property
    def _kernels(self) -> Tensor:
        return winograd.transformed(self.weight)

    @cached_property
    def _turned(self) -> Tensor:
        """As the convolution that goes the other way, (C, C', 3, 3)."""
        return self.weight.flip(2, 3).transpose(0, 1).contiguous(memory_format=torch.channels_last)


def max_pooled(x: Tensor) -> Tensor:
    """Maximum of blocks of 2 x 2 of x (B, C, h, w); an odd last row or column is left out."""
    if torch.is_grad_enabled() and x.requires_grad:
        result: Tensor = _MaxPooled.apply(x)
        return result
    return F.max_pool2d(x, 2)


def average_pooled(x: Tensor) -> Tensor:
    """Mean of blocks of 2 x 2 of x (B, C, h, w); an odd last row or column is left out."""
    return F.avg_pool2d(x, 2)


class _Rectified(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, convolution: Convolution, wrap: Wrap) -> Tensor:
        y = convolution.forward(padded(x, wrap))
        ctx.convolution, ctx.wrap = convolution, wrap
        ctx.save_for_backward(y > 0)
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (alive,) = ctx.saved_tensors
        return _folded(ctx.convolution.backward(gradients[0], alive), ctx.wrap), None, None


class _MaxPooled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        a, b, c, d = _corners(x)
        upper, lower = torch.maximum(a, b), torch.maximum(c, d)
        place = torch.where(lower > upper, (d > c).to(torch.uint8) + 2, (b > a).to(torch.uint8))
        ctx.size = x.shape
        ctx.save_for_backward(place)
        return torch.maximum(upper, lower)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (place,) = ctx.saved_tensors
        (gradient,) = gradients
        whole = torch.empty(
            ctx.size, dtype=gradient.dtype, device=gradient.device, memory_format=torch.channels_last
        )
        whole[..., 2 * place.shape[2] :, :] = 0
        whole[..., 2 * place.shape[3] :] = 0
        for k, corner in enumerate(_corners(whole)):
            torch.where(place == k, gradient, gradient.new_zeros(()), out=corner)
        return whole


def padded(x: Tensor, wrap: Wrap) -> Tensor:
    """x (B, C, h, w) with one more pixel at each side."""
    if wrap[0] == wrap[1]:
        return F.pad(x, (1, 1, 1, 1), mode=_mode(wrap[0]))
    return F.pad(F.pad(x, (1, 1, 0, 0), mode=_mode(wrap[1])), (0, 0, 1, 1), mode=_mode(wrap[0]))


def _mode(wraps: bool) -> str:
    return "circular" if wraps else "replicate"


def _folded(gradient: Tensor, wrap: Wrap) -> Tensor:
    """The transpose of ``padded``: what the added pixels receive goes to those that they copy."""
    for dim, wraps in ((2, wrap[0]), (3, wrap[1])):
        before, after = (-2, 1) if wraps else (1, -2)
        gradient.select(dim, before).add_(gradient.select(dim, 0))
        gradient.select(dim, after).add_(gradient.select(dim, -1))
        gradient = gradient.narrow(dim, 1, gradient.shape[dim] - 2)
    return gradient


def _corners(x: Tensor) -> list[Tensor]:
    """The four pixels (B, C, h // 2, w // 2) of each block, row by row."""
    height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    return [x[..., row:height:2, column:width:2] for row in (0, 1) for column in (0, 1)]
