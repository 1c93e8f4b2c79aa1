"""Detail that is as fine near the poles as at the horizon.

Towards the poles a row's pixels crowd on an ever shorter circle. What is painted there must not be finer
than elsewhere, or it would be pinched: of each row only as many waves are kept as its circle is long. They
are kept nearly whole: a strong blur would let strokes near the poles fall behind those at the horizon, as
each step of the optimiser would move them less. But where pixels are not crowded, reading between them
softens fine waves; near the poles it does not, and without some of that strokes there would break into fine
cracks.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from .around import breadths

# Parts of what a row's circle could hold, with pixels as large as at the horizon: up to which waves are kept,
# and from which they are lost. Finer ones would shimmer in windows, whose pixels are no smaller.
KEPT, LOST = 0.75, 1.1
# Rows beside a pole are circles of half a pixel's radius, which hold none and one wave around. With
# amplitudes that make them as strong as other rows, an optimiser would move edges across a pole half as far
# again as elsewhere, and dots on it less far. With these it moves both as far, to a tenth, as seen in views.
NO_WAVE, ONE_WAVE = 1.1, 0.8
# The fourth root: a step of the optimiser is evened twice on its way from coordinates to the picture, and the
# gradient twice on its way back. (The square root leaves rings around the poles, by eye and by pinch, 0.8.)
SOFTENED = 0.25
BAND = 2**22  # values that are blurred at a time


def evened(picture: Tensor, half: bool) -> Tensor:
    """A picture (1, C, H, W) with rows blurred as the poles ask for; linear, its own transpose."""
    result: Tensor = _Evened.apply(picture, half)
    return result


def alike(noise: Tensor) -> Tensor:
    """White noise (1, C, H, W) as it has to be for ``evened`` to make it alike everywhere; linear."""
    strong = noise / fineness(noise.shape[-2], noise.device)[:, None]
    if noise.shape[-2] < 2:
        return strong
    poles = strong[:, :, [0, -1]]
    poles = ONE_WAVE * poles + (NO_WAVE - ONE_WAVE) * poles.mean(3, keepdim=True)
    return torch.cat([poles[:, :, :1], strong[:, :, 1:-1], poles[:, :, 1:]], 2)


def fineness(height: int, device: torch.device | None = None) -> Tensor:
    """What the waves that are kept leave of the deviation of white noise in each row (height,).

    Without what is softened: that is not made up for.
    """
    waves = _waves(height, device)
    counts = torch.full_like(waves, 2.0)
    counts[0] = counts[-1] = 1.0
    bands = breadths(height, device).split(max(1, BAND // height))
    power = torch.cat([_kept(band, waves).square() @ counts for band in bands])
    return (power / (2 * height)).sqrt()


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
    cosines, waves = breadths(height, picture.device), _waves(height, picture.device)
    result = picture.clone()
    band = max(1, BAND // (2 * height * picture.shape[1]))
    for top in range(0, height, band):
        rows = slice(top, min(top + band, height))
        if float(cosines[rows].min()) * KEPT >= 1:
            continue
        row = picture[:, :, rows].float()
        row = torch.cat([row, row.flip(3)], 3) if half else row
        waved = torch.fft.rfft(row) * (_kept(cosines[rows], waves) * _softened(cosines[rows], waves))
        blurred = torch.fft.irfft(waved, n=2 * height)
        result[:, :, rows] = blurred[..., :width].to(picture.dtype)
    return result


def _waves(height: int, device: torch.device | None) -> Tensor:
    """Around a circle of a picture so high, by their number: from none to the finest."""
    return torch.arange(height + 1, device=device, dtype=torch.float32)


def _kept(cosines: Tensor, waves: Tensor) -> Tensor:
    """What rows on circles so long (rows, 1), over the horizon's, keep of waves around them (rows, waves)."""
    share = waves / (waves[-1] * cosines)
    lost = ((share - KEPT) / (LOST - KEPT)).clamp(0, 1)
    return 0.5 + 0.5 * (lost * math.pi).cos()


def _softened(cosines: Tensor, waves: Tensor) -> Tensor:
    """What is left of waves (rows, waves) that reading between pixels would soften, were they not crowded."""
    share = (waves / (waves[-1] * cosines)).clamp(max=1)
    return (_read(share) / _read(share * cosines)).pow(SOFTENED)


def _read(share: Tensor) -> Tensor:
    """What is left of a wave that is read between pixels: the root of the mean of its square.

    share: of the finest wave that pixels can hold, 0 to 1.
    """
    return (1 - (1 - (share * math.pi).cos()) / 3).sqrt()
