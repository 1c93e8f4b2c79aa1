"""What a network sees of a look, and how much each place of it counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch.nn.functional as F
from torch import Tensor

from ..encoder import Encoder
from ..encoder.vgg import stride
from ..terms import Seen
from .base import Look
from .fill import fill_gaps

LEAST = 0.25  # share of a guide that erosion leaves, or else it does not erode


def see(picture: Tensor, look: Look, encoder: Encoder, layers: Iterable[str]) -> Seen:
    """Features of a look's views of a picture at some layers, with their weights."""
    view = fill_gaps(look.gather(picture), look.valid)
    features = encoder(view, layers)
    weights = {layer: _layer_weight(look, layer, f) for layer, f in features.items()}
    return Seen(view, features, {"rgb": look.weight, **weights})


def _layer_weight(look: Look, layer: str, features: Tensor) -> Tensor:
    """A look's weight at a layer's resolution, less where its features saw the fill."""
    if stride(layer) == 1:
        return look.weight
    size = (features.shape[2], features.shape[3])
    weight = F.adaptive_avg_pool2d(look.weight, size)
    clean = F.avg_pool2d(F.adaptive_avg_pool2d(look.valid, size), 3, 1, 1, count_include_pad=False)
    return weight * (0.05 + 0.95 * ((clean - 0.6) / 0.4).clamp(0, 1))


def guided(weights: Mapping[str, Tensor], guide: Tensor, erode: bool = True) -> dict[str, Tensor]:
    """Weights of what lies within a guide (B, 1, h, w) in [0, 1], at every layer.

    Deeper features see beyond the guide's border, so there the guide can be eroded by one position of
    the layer (Gatys et al. 2017, "Controlling Perceptual Factors"). Where that would leave
    hardly anything of it, it stays as it is: thin regions would not be painted at all.
    """
    return {layer: weight * _at_layer(guide, weight, layer, erode) for layer, weight in weights.items()}


def _at_layer(guide: Tensor, weight: Tensor, layer: str, erode: bool) -> Tensor:
    if stride(layer) == 1:
        return guide
    here = F.adaptive_avg_pool2d(guide, (weight.shape[2], weight.shape[3]))
    if not erode:
        return here
    eroded = -F.max_pool2d(-here, 3, 1, 1)
    return eroded if float(eroded.sum()) > LEAST * float(here.sum()) else here
