"""The curve that diffuse light is painted through, as white paper would show it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..exr import linear_to_srgb, srgb_to_linear
from .view import View

BRIGHTEST = 2.0  # times a ToneCurve's white: more, and white strokes are spotlights
HALF = 0.5  # of the screen's light
_GREYS = 2.0 ** torch.linspace(-12.0, 12.0, 385)


@dataclass(frozen=True)
class ToneCurve:
    """A ``View`` of light on white paper, which a view transform for darker surfaces would show as white.

    white: light by which the screen would show that paper white. The curve is Reinhard's, "Photographic tone
    reproduction for digital images" (2002), equation 4, which is white at ``BRIGHTEST`` times as much only.
    It keeps channels apart, so that all of a painting's colours can be light.
    """

    white: float

    def shown(self, light: Tensor) -> Tensor:
        amount = (light / self.white).clamp(0, BRIGHTEST)
        return linear_to_srgb(amount * (1 + amount / BRIGHTEST**2) / (1 + amount)).clamp(0, 1)

    def lit(self, display: Tensor, light: Tensor) -> Tensor:
        """Beyond white, highlights are as many times as bright as white as they were."""
        wanted = srgb_to_linear(display)
        square, less = BRIGHTEST**2, 1 - wanted
        amount = square / 2 * ((less.square() + 4 * wanted / square).sqrt() - less)
        found = amount * self.white * (light / (BRIGHTEST * self.white)).clamp_min(1)
        return torch.where(display == self.shown(light), light, found)


def tone_curve(view: View) -> ToneCurve:
    """The curve for light that is looked at by a view transform, its exposure included.

    What is shown half as bright as the screen's white is paper half as white, or white in half the light.
    """
    shown = view.shown(_GREYS.expand(1, 3, 1, -1)).mean(1).flatten()
    half = float(linear_to_srgb(torch.tensor(HALF)))
    brighter = (shown >= half).nonzero()
    return ToneCurve(float(_GREYS[brighter[0]]) / HALF if len(brighter) else 1.0)
