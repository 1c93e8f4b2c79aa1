"""Moments of features: the statistic that every style loss here is a function of.

The weighted sums n = sum w, s = sum w f and S = sum w f f^T add up over views, so the
moments of a whole canvas are the sum of those of its views, whatever their number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


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
    """Moments of features (N, C, h, w); weight (N, 1, h, w) >= 0, or None for all ones."""
    n, channels, height, width = features.shape
    flat = features.permute(1, 0, 2, 3).reshape(channels, -1)
    if weight is None:
        return Moments(flat.new_tensor(float(n * height * width)), flat.sum(1), flat @ flat.T)
    w = weight.reshape(1, -1)
    weighted = flat * w
    return Moments(w.sum(), weighted.sum(1), weighted @ flat.T)


def merge(parts: list[Statistics]) -> Statistics:
    """The statistics of all parts together."""
    merged = dict(parts[0])
    for part in parts[1:]:
        for layer, moments in part.items():
            merged[layer] = merged[layer] + moments
    return merged


def scale(statistics: Mapping[str, Moments], factor: float) -> Statistics:
    return {layer: moments.scaled(factor) for layer, moments in statistics.items()}
