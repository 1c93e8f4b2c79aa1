"""Light without noise: Cycles denoises what is seen, not the passes that it is the sum of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from .layers import NOISY, Layers
from .light import Addend, combined

RADIUS = 2  # pixels around one whose light is of the same share in what is seen
ALIKE = 0.1  # of colours: surfaces that differ by more are two
DARKEST = 1e-3  # colour below which what is seen says nothing of the light
ROUNDED = 0.005  # of light that a file may have rounded off
OFTEN = 0.01  # of the pixels


def denoised(layers: Layers, addend: Addend) -> Addend:
    """Light of a render without more noise than the render has.

    Of a render that was denoised it is the denoised picture's share: that which such light has in the noisy
    one, among neighbours of one colour. Noise of what is seen is noise of its light, so that the share has
    less of it.
    """
    if not layers.has(NOISY):
        return addend
    seen, noisy = combined(layers)[0], torch.from_numpy(layers.find(NOISY, "RGB"))[None]
    if torch.equal(seen, noisy):
        return addend
    color = addend.color
    own, whole = torch.zeros_like(seen), torch.zeros_like(seen)
    for there, part, of in zip(*map(_around, (color, addend.seen, noisy)), strict=True):
        weight = torch.exp(-((there - color) / ALIKE).square().sum(1, keepdim=True))
        own, whole = own + weight * part, whole + weight * of
    share = (own / whole.clamp_min(1e-6)).clamp(0, 1)
    light = torch.where(color > DARKEST, seen * share / color.clamp_min(DARKEST), addend.light)
    return Addend(light, color)


def is_noisier(layers: Layers, addend: Addend) -> bool:
    """Whether light is noisier than the render, which nothing makes up for.

    Then it is more than all light together in many places.
    """
    if layers.has(NOISY) or not layers.of_cycles:
        return False
    more = (addend.seen > combined(layers)[0] * (1 + ROUNDED) + 1e-4).any(1)
    return float(more.float().mean()) > OFTEN


def _around(planes: Tensor) -> Iterator[Tensor]:
    """What each pixel has around it, one place after the other, its own included."""
    height, width = planes.shape[-2:]
    padded = F.pad(planes, (RADIUS,) * 4, mode="replicate")
    for y, x in product(range(2 * RADIUS + 1), repeat=2):
        yield padded[..., y : y + height, x : x + width]
