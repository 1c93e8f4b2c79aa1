"""Moments of features: the statistic that every style loss here is a function of.

The weighted sums n = sum w, s = sum w f and S = sum w f f^T add up over views, so the
moments of a whole canvas are the sum of those of its views, whatever their number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

CHUNK = 65536  # rows that are weighted at a time


@dataclass(frozen=True)
class Moments:
    """weight: (), total: (C,), outer: (C, C), all float32."""

    weight: Tensor
    total: Tensor
    outer: Tensor

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.weight + other.weight, self.total + other.total, self.outer + other.outer)

    def scaled(self, factor: float) -> Moments:
        """The moments of the same features, each counted ``factor`` times."""
        return Moments(self.weight * factor, self.total * factor, self.outer * factor)

    @property
    def mean(self) -> Tensor:
        """(C,)"""
        return self.total / self.weight

    @property
    def gram(self) -> Tensor:
        """Second moment E[f f^T], (C, C): Gatys' Gram matrix over the number of positions."""
        return self.outer / self.weight

    @property
    def covariance(self) -> Tensor:
        """(C, C)"""
        return self.gram - torch.outer(self.mean, self.mean)


Statistics = dict[str, Moments]


def feature_moments(features: Tensor, weight: Tensor | None = None) -> Moments:
    """Moments of features (N, C, h, w); weight (N, 1, h, w) >= 0, or None for all ones.

    Differentiable in the features alone.
    """
    rows = features.permute(0, 2, 3, 1).reshape(-1, features.shape[1])  # no copy where channels are last
    weights = None if weight is None else weight.reshape(-1, 1).detach()
    total, outer = _Sums.apply(rows, weights)
    amount = rows.new_tensor(float(len(rows))) if weights is None else weights.sum()
    return Moments(amount, total, outer)


class _Sums(torch.autograd.Function):
    """sum w f and sum w f f^T of rows f (P, C), without a copy of them for the way back."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(rows, weights)
        total = rows.new_zeros(rows.shape[1])
        outer = rows.new_zeros(rows.shape[1], rows.shape[1])
        for part in _parts(len(rows)):
            weighted = rows[part] if weights is None else rows[part] * weights[part]
            total += weighted.sum(0)
            outer.addmm_(weighted.T, rows[part])
        return total, outer

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        rows, weights = ctx.saved_tensors
        of_total, of_outer = gradients
        found = torch.addmm(of_total, rows, of_outer + of_outer.T)
        return (found if weights is None else found.mul_(weights)), None


def _parts(count: int) -> list[slice]:
    return [slice(start, start + CHUNK) for start in range(0, count, CHUNK)]


def merge(parts: list[Statistics]) -> Statistics:
    """The statistics of all parts together."""
    merged = dict(parts[0])
    for part in parts[1:]:
        for layer, moments in part.items():
            merged[layer] = merged[layer] + moments
    return merged


def scale(statistics: Mapping[str, Moments], factor: float) -> Statistics:
    return {layer: moments.scaled(factor) for layer, moments in statistics.items()}
