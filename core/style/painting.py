"""A painting as a style: its statistics at any scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..canvas import Palette
from ..canvas.fill import fill_gaps
from ..colour import color_moments
from ..encoder import Encoder
from ..resize import resized
from .losses import STYLE_LOSSES, StyleTarget
from .moments import Statistics, feature_moments, merge

# Paintings are encoded in tiles of this many pixels, so that their size does not matter.
TILE, OVERLAP = 512, 64
SMALLEST = 16  # pixels that the deepest layer needs; narrower paintings are continued


class Painting:
    """A painting (1, 3, H, W) whose statistics are measured at the sizes that are asked for.

    alpha: (1, 1, H, W) in [0, 1]; what it hides does not count. None for all of it.
    """

    def __init__(self, picture: Tensor, encoder: Encoder, alpha: Tensor | None = None) -> None:
        self._picture = picture.to(encoder.device)
        self._encoder = encoder
        self._shown: Tensor | None = None
        if alpha is not None and float(alpha.min()) < 1:
            self._shown = alpha.to(encoder.device)
            self._picture = fill_gaps(self._picture, (self._shown > 0.5).to(self._picture))

    @property
    def long_side(self) -> int:
        """Pixels of the longer side, as loaded."""
        return max(self._picture.shape[-2:])

    def colors(self) -> Tensor:
        """Some of its colours (P, 3), enough to know the palette."""
        size = min(self.long_side, 256)
        colors = resized(self._picture, size).reshape(3, -1).T
        if self._shown is None:
            return colors
        shown = resized(self._shown, size).reshape(-1)
        return colors[shown >= shown.max() / 2]

    def palette(self) -> Palette:
        """Its colours in brief."""
        mean, covariance = color_moments(self.colors())
        values, vectors = torch.linalg.eigh(covariance.double().cpu())
        root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
        return Palette(mean, root.to(mean))

    def statistics(self, long_side: int, layers: Sequence[str]) -> Statistics:
        """Moments of the features of the painting scaled to a longer side in pixels."""
        picture = resized(self._picture, long_side)
        shown = torch.ones_like(picture[:, :1]) if self._shown is None else resized(self._shown, long_side)
        picture, shown = _at_least(picture, SMALLEST), _at_least(shown, SMALLEST)
        height, width = picture.shape[-2:]
        parts = []
        with torch.no_grad():
            for top in range(0, height, TILE):
                for left in range(0, width, TILE):
                    parts.append(self._tile(picture, shown, top, left, layers))
        return merge(parts)

    def _tile(self, picture: Tensor, shown: Tensor, top: int, left: int, layers: Sequence[str]) -> Statistics:
        height, width = picture.shape[-2:]
        y, x = max(top - OVERLAP, 0), max(left - OVERLAP, 0)
        bottom, right = min(top + TILE, height), min(left + TILE, width)
        tile = picture[..., y : min(bottom + OVERLAP, height), x : min(right + OVERLAP, width)]
        own = torch.zeros_like(tile[:, :1])
        own[..., top - y : bottom - y, left - x : right - x] = shown[..., top:bottom, left:right]
        features = self._encoder(tile, layers)
        return {
            layer: feature_moments(f, F.adaptive_avg_pool2d(own, (f.shape[2], f.shape[3])))
            for layer, f in features.items()
        }


def _at_least(picture: Tensor, side: int) -> Tensor:
    """The picture with its borders carried on until it is ``side`` pixels wide and high."""
    height, width = picture.shape[-2:]
    return F.pad(picture, (0, max(0, side - width), 0, max(0, side - height)), mode="replicate")


def style_targets(statistics: Statistics, mix: Mapping[str, float]) -> dict[str, StyleTarget]:
    """A loss for each layer from a mix of named losses, e.g. {"w2": 1.0}."""
    targets: dict[str, StyleTarget] = {}
    for layer, moments in statistics.items():
        parts = [(weight, STYLE_LOSSES[name](moments)) for name, weight in mix.items() if weight]
        targets[layer] = _mixed(parts)
    return targets


def _mixed(parts: Sequence[tuple[float, StyleTarget]]) -> StyleTarget:
    return lambda moments: torch.stack([weight * loss(moments) for weight, loss in parts]).sum()
