"""The exact gradient of a loss over all views of a canvas, in bounded memory.

Style losses are functions of moments merged over all views, so the views cannot simply be
taken one by one. Two passes can: the first merges the moments without keeping anything;
autograd on those small matrices gives the derivative of the loss in each moment, which is
the same for every view; the second pass sends each view's part back to the canvas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..canvas import Look
from ..canvas.fill import fill_gaps
from ..encoder import Encoder
from ..encoder.vgg import stride
from ..style.losses import StyleTarget
from ..style.moments import Moments, Statistics, feature_moments, merge

AREA = 16  # view pixels over which the content's own colours are compared


@dataclass(frozen=True)
class Objective:
    """What is minimised: sum over layers of style losses, and content.

    style: {layer: loss of merged moments}. content: {layer: weight}, times the mean squared
    difference of features to those of the content picture ("rgb": of colours averaged over
    blocks of AREA pixels). memory: statistics of views seen
    earlier, merged with those of this step as constants; None for none.
    """

    style: Mapping[str, StyleTarget]
    content: Mapping[str, float]
    content_picture: Tensor | None = None
    memory: Statistics | None = None

    @property
    def layers(self) -> tuple[str, ...]:
        return (*self.style, *(layer for layer in self.content if layer not in self.style))


@dataclass(frozen=True)
class Evaluation:
    """style, content: values of the losses. statistics: of this step's views alone."""

    style: float
    content: float
    statistics: Statistics


def backpropagate(
    picture: Tensor,
    looks: Sequence[Look],
    encoder: Encoder,
    objective: Objective,
    checkpoint: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Add the gradient of the objective to ``picture.grad``.

    picture: (1, 3, H, W), a leaf that requires a gradient. A single look is done in one
    pass, more in two; the result is the same. ``checkpoint`` is called between passes through
    the network and may raise to stop.
    """
    checkpoint()
    if len(looks) == 1:
        features, seen = _see(picture, looks[0], encoder, objective)
        statistics = _statistics(features, seen, objective)
        style = _style_loss(statistics, objective)
        checkpoint()
        content = _content_loss(features, seen, looks[0], encoder, objective, _weight_sum(looks))
        checkpoint()
        (style + content).backward()
        return Evaluation(float(style.detach()), float(content.detach()), _detached(statistics))
    parts = []
    with torch.no_grad():
        for look in looks:
            checkpoint()
            features, seen = _see(picture, look, encoder, objective)
            parts.append(_statistics(features, seen, objective))
    merged = merge(parts)
    leaves = {layer: _leaf(moments) for layer, moments in merged.items()}
    style = _style_loss(leaves, objective)
    style.backward()
    whole = _weight_sum(looks)
    content_value = 0.0
    for look in looks:
        checkpoint()
        features, seen = _see(picture, look, encoder, objective)
        statistics = _statistics(features, seen, objective)
        pull = sum((_pull(statistics[layer], leaves[layer]) for layer in statistics), picture.new_zeros(()))
        checkpoint()
        content = _content_loss(features, seen, look, encoder, objective, whole)
        checkpoint()
        (pull + content).backward()
        content_value += float(content.detach())
    return Evaluation(float(style.detach()), content_value, merged)


def _see(
    picture: Tensor, look: Look, encoder: Encoder, objective: Objective
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Features and their weights, by layer."""
    view = fill_gaps(look.gather(picture), look.valid)
    features = encoder(view, objective.layers)
    weights = {layer: _layer_weight(look, layer, f) for layer, f in features.items()}
    return features, weights


def _layer_weight(look: Look, layer: str, features: Tensor) -> Tensor:
    """A look's weight at a layer's resolution, less where its features saw the fill."""
    step = stride(layer)
    if step == 1:
        return look.weight
    size = (features.shape[2], features.shape[3])
    weight = F.adaptive_avg_pool2d(look.weight, size)
    clean = F.avg_pool2d(F.adaptive_avg_pool2d(look.valid, size), 3, 1, 1, count_include_pad=False)
    return weight * (0.05 + 0.95 * ((clean - 0.6) / 0.4).clamp(0, 1))


def _statistics(features: dict[str, Tensor], weights: dict[str, Tensor], objective: Objective) -> Statistics:
    return {layer: feature_moments(features[layer], weights[layer]) for layer in objective.style}


def _style_loss(statistics: Mapping[str, Moments], objective: Objective) -> Tensor:
    losses = []
    for layer, loss in objective.style.items():
        moments = statistics[layer]
        if objective.memory is not None:
            moments = _remember(moments, objective.memory[layer])
        losses.append(loss(moments))
    return torch.stack(losses).sum()


def _remember(moments: Moments, memory: Moments) -> Moments:
    """Moments of this step's views and earlier ones together.

    The gradient is that of this step's views as if they were all: otherwise style would
    pull less against content the longer the memory.
    """
    both = memory + moments
    share = float(moments.weight.detach() / both.weight.detach())
    grow = 1.0 / max(share, 1e-6)

    def boosted(part: Tensor, whole: Tensor) -> Tensor:
        return whole.detach() + (part - part.detach()) * grow

    return Moments(
        both.weight,
        boosted(moments.total, both.total),
        boosted(moments.outer, both.outer),
    )


def _content_loss(
    features: dict[str, Tensor],
    weights: dict[str, Tensor],
    look: Look,
    encoder: Encoder,
    objective: Objective,
    whole: Tensor,
) -> Tensor:
    zero = look.weight.new_zeros(())
    if objective.content_picture is None or not objective.content:
        return zero
    with torch.no_grad():
        view = fill_gaps(look.gather(objective.content_picture), look.valid)
        goals = encoder(view, objective.content)
    losses = [zero]
    for layer, factor in objective.content.items():
        difference, weight, area = features[layer] - goals[layer], weights[layer], stride(layer) ** 2
        if layer == "rgb":  # the colour of areas, not of strokes
            difference, weight = (F.avg_pool2d(x, AREA, ceil_mode=True) for x in (difference, weight))
            area = AREA**2
        squares = difference.square().sum(1, keepdim=True)
        losses.append(factor * (squares * weight).sum() * area / whole)
    return torch.stack(losses).sum()


def _weight_sum(looks: Sequence[Look]) -> Tensor:
    return torch.stack([look.weight.sum() for look in looks]).sum().clamp_min(1e-6)


def _leaf(moments: Moments) -> Moments:
    return Moments(
        moments.weight.detach(),
        moments.total.detach().requires_grad_(),
        moments.outer.detach().requires_grad_(),
    )


def _pull(part: Moments, whole: Moments) -> Tensor:
    """A scalar whose gradient in the part's features is the loss's through the whole moments."""
    pull = part.total.new_zeros(())
    for mine, derivative in ((part.total, whole.total.grad), (part.outer, whole.outer.grad)):
        if derivative is not None:
            pull = pull + (mine * derivative).sum()
    return pull


def _detached(statistics: Statistics) -> Statistics:
    return {
        layer: Moments(m.weight.detach(), m.total.detach(), m.outer.detach())
        for layer, m in statistics.items()
    }
