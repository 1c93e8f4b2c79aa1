"""Random Fourier features: the Gaussian kernel as an inner product."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .moments import Moments

COUNT = 512  # cosines; the kernel is off by about 1 / sqrt(COUNT)


class RandomFourier:
    """phi(f) = sqrt(2 / D) cos(W f + b), so that phi(f) . phi(g) is close to exp(-|f - g|^2 / 2 s^2).

    (Rahimi and Recht 2007, algorithm 1.) The mean of phi over a canvas is then its embedding by the
    kernel, and adds up over views as no sum over pairs of positions would. The bandwidth s^2 is the
    style's mean squared distance between two positions, 2 tr K, as in Li et al. 2017.
    """

    def __init__(self, style: Moments, seed: int = 0) -> None:
        generator = torch.Generator().manual_seed(seed)
        channels = len(style.total)
        variance = 2 * style.covariance.diagonal().sum().clamp_min(1e-12)
        waves = torch.randn(COUNT, channels, generator=generator).to(style.total)
        self._waves = waves / variance.sqrt()
        self._phase = (torch.rand(COUNT, generator=generator) * 2 * math.pi).to(style.total)

    def __call__(self, features: Tensor) -> Tensor:
        """(B, C, h, w) to (B, COUNT, h, w)."""
        turned = torch.einsum("dc,bchw->bdhw", self._waves, features) + self._phase.view(1, -1, 1, 1)
        return turned.cos() * math.sqrt(2 / COUNT)
