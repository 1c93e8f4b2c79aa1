"""Detail that is as fine near the poles as at the horizon.

Towards the poles a row's pixels crowd on an ever shorter circle. What is painted there must not be finer
than elsewhere, or it would be pinched: each row is blurred along itself by as much as its pixels are too
small. A Gaussian, so that nothing rings and no value leaves the range of its neighbours.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from .around import latitudes

DEVIATION = 0.45  # of the detail at the horizon, in pixels
LEAST = 0.05  # pixels of deviation under which a row stays as it is
BAND = 2**22  # values that are blurred at a time


def evened(picture: Tensor, half: bool) -> Tensor:
    """A picture (1, C, H, W) with rows blurred as the poles ask for; linear, its own transpose."""
    result: Tensor = _Evened.apply(picture, half)
    return result


def fineness(height: int, device: torch.device | None = None) -> Tensor:
    """What is left of the deviation of white noise in each row (height,) of an ``evened`` picture."""
    circle = 2 * height
    waves = torch.arange(circle // 2 + 1, dtype=torch.float64, device=device)
    counts = torch.full_like(waves, 2.0)
    counts[0] = 1.0
    counts[-1] = 1.0
    power = torch.stack(
        [(_kept(one[None], waves, circle)[0].square() * counts).sum() for one in _deviations(height, device)]
    )
    return (power / circle).sqrt().float()


class _Evened(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, picture: Tensor, half: bool) -> Tensor:
        ctx.half = half
        return _blurred(picture, half)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        return _blurred(grads[0], ctx.half), None


def _blurred(picture: Tensor, half: bool) -> Tensor:
    """The rows of the picture, on a circle that a half one fills together with its mirror image."""
    height, width = picture.shape[-2:]
    circle = 2 * height
    deviations = _deviations(height, picture.device)
    waves = torch.arange(circle // 2 + 1, device=picture.device, dtype=torch.float64)
    result = picture.clone()
    band = max(1, BAND // (circle * picture.shape[1]))
    for top in range(0, height, band):
        rows = slice(top, min(top + band, height))
        if float(deviations[rows].max()) < LEAST:
            continue
        row = picture[:, :, rows].float()
        row = torch.cat([row, row.flip(3)], 3) if half else row
        kept = _kept(deviations[rows], waves, circle).float()
        blurred = torch.fft.irfft(torch.fft.rfft(row) * kept, n=circle)
        result[:, :, rows] = blurred[..., :width].to(picture.dtype)
    return result


def _deviations(height: int, device: torch.device | None) -> Tensor:
    """Pixels of deviation of each row's blur (height,)."""
    cosines = latitudes(height, device).cos()
    return DEVIATION * (cosines.square().reciprocal() - 1).clamp_min(0).sqrt()


def _kept(deviations: Tensor, waves: Tensor, circle: int) -> Tensor:
    """What blurs leave of waves around the circle (rows, waves)."""
    return torch.exp(-0.5 * (2 * math.pi / circle * waves * deviations[:, None]).square())
