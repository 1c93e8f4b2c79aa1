"""What a network sees of a look, and how much each place of it counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor

from ..encoder import Encoder
from ..encoder.frozen import padded
from ..encoder.vgg import stride
from ..terms import Seen
from .base import Look
from .fill import fill_gaps

LEAST = 0.25  # share of a guide that erosion leaves, or else it does not erode


def see(view: Tensor, look: Look, encoder: Encoder, layers: Iterable[str]) -> Seen:
    """Features of what a look gathered of a picture (B, 3, h, w) at some layers, with their weights."""
    if look.valid is not None:
        view = fill_gaps(view, look.valid)
    features = encoder(view, layers, look.wrap)
    weight = look.weight
    weights = {layer: _layer_weight(weight, look.valid, layer) for layer in features}
    return Seen(view, features, {"rgb": weight, **weights}, look.valid, look.wrap)


def _layer_weight(weight: Tensor, valid: Tensor | None, layer: str) -> Tensor:
    """A look's weight at a layer's resolution, less where its features saw the fill."""
    if stride(layer) == 1:
        return weight
    weight = at_layer(weight, layer)
    if valid is None:
        return weight
    clean = F.avg_pool2d(at_layer(valid, layer), 3, 1, 1, count_include_pad=False)
    return weight * (0.05 + 0.95 * ((clean - 0.6) / 0.4).clamp(0, 1))


def at_layer(picture: Tensor, layer: str) -> Tensor:
    """Means over what each of a layer's positions stands for; pooling leaves out the same at the end."""
    return F.avg_pool2d(picture, stride(layer))


def erodes(looks: Sequence[Look], guide: Tensor, layers: Iterable[str]) -> frozenset[str]:
    """The layers at which a guide (1, 1, H, W) is eroded for all looks alike.

    Deeper features see beyond the guide's border, so there it loses one position of the layer (Gatys et
    al. 2017, "Controlling Perceptual Factors"). Where that would leave hardly anything of it, it
    stays as it is: thin regions would not be painted at all.
    """
    whole: dict[str, float] = {}
    left: dict[str, float] = {}
    deep = [layer for layer in layers if stride(layer) > 1]
    for look in looks:
        inside, weight = look.gather(guide).clamp(0, 1), look.weight
        for layer in deep:
            here, own = at_layer(inside, layer), at_layer(weight, layer)
            whole[layer] = whole.get(layer, 0.0) + float((here * own).sum())
            left[layer] = left.get(layer, 0.0) + float((_eroded(here, look.wrap) * own).sum())
    return frozenset(layer for layer in deep if left[layer] > LEAST * whole[layer])


def within(seen: Seen, guide: Tensor, eroded: frozenset[str] = frozenset()) -> Seen:
    """What was seen, weighted by a guide (B, 1, h, w) in [0, 1] at every layer. eroded: see ``erodes``."""
    weights = {
        layer: weight * _guide_at(guide, layer, layer in eroded, seen.wrap)
        for layer, weight in seen.weights.items()
    }
    return replace(seen, weights=weights)


def _guide_at(guide: Tensor, layer: str, erode: bool, wrap: tuple[bool, bool]) -> Tensor:
    if stride(layer) == 1:
        return guide
    here = at_layer(guide, layer)
    return _eroded(here, wrap) if erode else here


def _eroded(guide: Tensor, wrap: tuple[bool, bool]) -> Tensor:
    return -F.max_pool2d(-padded(guide, wrap), 3, 1)
