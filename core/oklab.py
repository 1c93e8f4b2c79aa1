"""Oklab, the colour space in which distances are about what the eye sees (Ottosson 2020)."""

from __future__ import annotations

import torch
from torch import Tensor

# Linear sRGB to cone responses, and their cube roots to L, a, b; as published.
_CONES = torch.tensor(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    dtype=torch.float64,
)
_LAB = torch.tensor(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    dtype=torch.float64,
)


def to_oklab(colors: Tensor) -> Tensor:
    """Display-referred sRGB (..., 3) in [0, 1] as Oklab (..., 3): L in [0, 1], a and b about +-0.3."""
    cones = to_linear(colors) @ _CONES.T.to(colors)
    return torch.sign(cones) * cones.abs().pow(1 / 3) @ _LAB.T.to(colors)


def from_oklab(lab: Tensor) -> Tensor:
    """Oklab (..., 3) as display-referred sRGB (..., 3); out of [0, 1] where the screen cannot show it."""
    cones = (lab @ torch.linalg.inv(_LAB).T.to(lab)).pow(3)
    return from_linear(cones @ torch.linalg.inv(_CONES).T.to(lab))


def to_linear(colors: Tensor) -> Tensor:
    """Display-referred sRGB as linear light (IEC 61966-2-1), odd below zero."""
    size = colors.abs()
    return torch.sign(colors) * torch.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055).pow(2.4))


def from_linear(light: Tensor) -> Tensor:
    """Linear light as display-referred sRGB, odd below zero."""
    size = light.abs()
    curved = 1.055 * size.clamp_min(1e-12).pow(1 / 2.4) - 0.055
    return torch.sign(light) * torch.where(size <= 0.0031308, size * 12.92, curved)


def within_gamut(lab: Tensor, steps: int = 12) -> Tensor:
    """Oklab colours (P, 3) as sRGB (P, 3) in [0, 1], of the same lightness and hue.

    What the screen cannot show loses chroma, found by bisection, rather than being cut at
    each channel, which would change hue and lightness.
    """
    grey = torch.stack([lab[:, 0].clamp(0, 1), torch.zeros_like(lab[:, 0]), torch.zeros_like(lab[:, 0])], 1)
    low, high = torch.zeros_like(lab[:, :1]), torch.ones_like(lab[:, :1])
    inside = _shown(grey + (lab - grey))
    for _ in range(steps):
        middle = (low + high) / 2
        fits = _shown(grey + (lab - grey) * middle)
        low, high = torch.where(fits, middle, low), torch.where(fits, high, middle)
    share = torch.where(inside, torch.ones_like(low), low)
    return from_oklab(grey + (lab - grey) * share).clamp(0, 1)


def _shown(lab: Tensor) -> Tensor:
    colors = from_oklab(lab)
    return ((colors >= -1e-4) & (colors <= 1 + 1e-4)).all(1, keepdim=True)
