"""Content losses: how far a canvas is from the picture that it is painted over."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from ..encoder.frozen import padded
from ..encoder.vgg import stride
from ..terms import Seen, Unobserving

AREA = 16  # view pixels over which the content's own colours are compared
POSITIONS = 256  # of each view whose mutual likeness is compared: 65536 pairs
EDGES = 4  # view pixels over which light is averaged before its edges are compared


class _AtLayers(Unobserving):
    """A loss at some layers of canvas and content alike. weights: {layer: factor}."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = dict(weights)

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(self._weights)

    content_layers = layers


class FeatureContent(_AtLayers):
    """Mean squared difference of features (Gatys, Ecker and Bethge 2016, eq. 1).

    weights: {layer: factor}. At "rgb", colours are compared as means of blocks of AREA pixels: the colour
    of areas, not of strokes.
    """

    def __call__(self, seen: Seen, content: Seen | None) -> Tensor:
        assert content is not None
        losses = []
        for layer, factor in self._weights.items():
            difference = seen.features[layer] - content.features[layer]
            weight, area = seen.weights[layer], stride(layer) ** 2
            if layer == "rgb":
                difference, weight = (F.avg_pool2d(x, AREA, ceil_mode=True) for x in (difference, weight))
                area = AREA**2
            squares = difference.square().sum(1, keepdim=True)
            losses.append(factor * (squares * weight).sum() * area)
        return torch.stack(losses).sum()


class SelfSimilarity(_AtLayers):
    """Difference of the matrices of cosine distances between positions of a view.

    (Kolkin, Salavon and Shakhnarovich 2019, "Style Transfer by Relaxed Optimal Transport and
    Self-Similarity".) Keeps which parts of the content are alike, not what they look like. Positions
    lie on a grid of at most POSITIONS, where the paper draws them at random. weights: {layer: factor}.
    """

    def __call__(self, seen: Seen, content: Seen | None) -> Tensor:
        assert content is not None
        losses = []
        for layer, factor in self._weights.items():
            ours, theirs, weight = seen.features[layer], content.features[layer], seen.weights[layer]
            step = max(1, round((ours.shape[2] * ours.shape[3] / POSITIONS) ** 0.5))
            places = (slice(None), slice(None), slice(step // 2, None, step), slice(step // 2, None, step))
            mine, goal = _distances(ours[places]), _distances(theirs[places])
            pair = weight[places].flatten(1)
            pair = pair[:, :, None] * pair[:, None, :]
            whole = weight.sum((1, 2, 3)) * stride(layer) ** 2
            mean = ((mine - goal).abs() * pair).sum((1, 2)) / pair.sum((1, 2)).clamp_min(1e-6)
            losses.append(factor * (mean * whole).sum())
        return torch.stack(losses).sum()


class EdgeContent(Unobserving):
    """Squared difference of the Laplacians of light (Li, Xu, Nie and Liu 2017, "Laplacian-Steered
    Neural Style Transfer"): keeps outlines without asking for texture.
    """

    layers: tuple[str, ...] = ()
    content_layers: tuple[str, ...] = ()

    def __init__(self, factor: float) -> None:
        self._factor = factor

    def __call__(self, seen: Seen, content: Seen | None) -> Tensor:
        assert content is not None
        weight = F.avg_pool2d(seen.weights["rgb"], EDGES)
        difference = _laplacian(seen) - _laplacian(content)
        return self._factor * (difference.square() * weight).sum() * EDGES**2


class TotalVariation(Unobserving):
    """Squared differences of neighbouring pixels (Mahendran and Vedaldi 2015, with beta = 2)."""

    layers: tuple[str, ...] = ()
    content_layers: tuple[str, ...] = ()

    def __init__(self, factor: float) -> None:
        self._factor = factor

    def __call__(self, seen: Seen, content: Seen | None) -> Tensor:
        return self._factor * (_steps(seen, 2) + _steps(seen, 3))


def _steps(seen: Seen, axis: int) -> Tensor:
    """Squared differences along an axis, each weighted as the first of its two pixels."""
    around = seen.wrap[axis - 2]
    count = seen.view.shape[axis] - (0 if around else 1)

    def first(x: Tensor) -> Tensor:
        return x.narrow(axis, 0, count)

    def second(x: Tensor) -> Tensor:
        return x.roll(-1, axis) if around else x.narrow(axis, 1, count)

    weight = first(seen.weights["rgb"])
    if seen.valid is not None:
        weight = weight * second(seen.valid)
    return ((second(seen.view) - first(seen.view)).square() * weight).sum()


def _distances(features: Tensor) -> Tensor:
    """Cosine distances (B, P, P) between the positions of features (B, C, h, w), columns summing to 1."""
    flat = F.normalize(features.flatten(2), dim=1, eps=1e-6)
    distance = 1 - flat.transpose(1, 2) @ flat
    return distance / distance.sum(1, keepdim=True).clamp_min(1e-6)


def _laplacian(seen: Seen) -> Tensor:
    """(B, 1, h / EDGES, w / EDGES)"""
    light = F.avg_pool2d(seen.view.mean(1, keepdim=True), EDGES)
    kernel = light.new_tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])
    return F.conv2d(padded(light, seen.wrap), kernel[None, None])
