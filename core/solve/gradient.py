"""The exact gradient of a loss over all views of a canvas, in bounded memory.

Style losses are functions of moments merged over all views, so the views cannot simply be
taken one by one. Two passes can: the first merges the moments without keeping anything;
autograd on those small matrices gives the derivative of the loss in each moment, which is
the same for every view; the second pass sends each view's part back to the canvas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..canvas import Look
from ..canvas.seen import guided, see
from ..encoder import Encoder
from ..style.moments import Moments, Statistics, feature_moments, merge
from ..terms import Seen
from .objective import Objective, Region, layer_of


@dataclass(frozen=True)
class Evaluation:
    """style, terms: values of the losses. statistics: of this step's views alone, for each region."""

    style: float
    terms: float
    statistics: tuple[Statistics, ...]

    @property
    def loss(self) -> float:
        """All of it."""
        return self.style + self.terms


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
    return _Evaluator(picture, looks, encoder, objective, checkpoint).run()


class _Evaluator:
    def __init__(
        self,
        picture: Tensor,
        looks: Sequence[Look],
        encoder: Encoder,
        objective: Objective,
        checkpoint: Callable[[], None],
    ) -> None:
        self._picture, self._looks, self._encoder = picture, looks, encoder
        self._objective, self._checkpoint = objective, checkpoint
        self._whole = _total(looks, None)
        self._shares = [
            1.0 if region.guide is None else float(_total(looks, region.guide) / self._whole)
            for region in objective.regions
        ]

    def run(self) -> Evaluation:
        return self._once() if len(self._looks) == 1 else self._twice()

    def _once(self) -> Evaluation:
        look = self._looks[0]
        seen = see(self._picture, look, self._encoder, self._objective.layers)
        views = self._regions(seen, look)
        with torch.no_grad():
            self._observe(views)
        statistics = self._statistics(views)
        style = self._style(statistics)
        terms = self._terms(seen, views, look)
        self._checkpoint()
        if (style + terms).requires_grad:
            (style + terms).backward()
        return Evaluation(float(style.detach()), float(terms.detach()), tuple(map(_detached, statistics)))

    def _twice(self) -> Evaluation:
        parts: list[list[Statistics]] = []
        with torch.no_grad():
            for look in self._looks:
                self._checkpoint()
                views = self._regions(see(self._picture, look, self._encoder, self._objective.layers), look)
                self._observe(views, settle=look is self._looks[-1])
                parts.append(self._statistics(views))
        merged = tuple(merge(list(part)) for part in zip(*parts, strict=True))
        leaves = [{key: _leaf(moments) for key, moments in statistics.items()} for statistics in merged]
        style = self._style(leaves)
        if style.requires_grad:
            style.backward()
        terms_value = 0.0
        for look in self._looks:
            self._checkpoint()
            seen = see(self._picture, look, self._encoder, self._objective.layers)
            views = self._regions(seen, look)
            terms = self._terms(seen, views, look)
            both = terms + _pull(self._statistics(views), leaves, like=terms)
            self._checkpoint()
            if both.requires_grad:
                both.backward()
            terms_value += float(terms.detach())
        return Evaluation(float(style.detach()), terms_value, merged)

    def _regions(self, seen: Seen, look: Look) -> list[Seen]:
        """What was seen, with the weights of each region."""
        views = []
        for region in self._objective.regions:
            if region.guide is None:
                views.append(seen)
            else:
                weights = guided(seen.weights, look.gather(region.guide).clamp(0, 1))
                views.append(replace(seen, weights=weights))
        return views

    def _observe(self, views: Sequence[Seen], settle: bool = True) -> None:
        for region, seen in zip(self._objective.regions, views, strict=True):
            for term in region.terms:
                term.observe(seen)
                if settle:
                    term.settle()

    def _statistics(self, views: Sequence[Seen]) -> list[Statistics]:
        return [
            {key: _moments(seen, key, region) for key in region.style}
            for region, seen in zip(self._objective.regions, views, strict=True)
        ]

    def _style(self, statistics: Sequence[Mapping[str, Moments]]) -> Tensor:
        """Losses of moments. Regions count by their area, so that strength means the same in each."""
        losses = [self._picture.new_zeros(())]
        for region, own, share in zip(self._objective.regions, statistics, self._shares, strict=True):
            for key, loss in region.style.items():
                moments = own[key]
                if float(moments.weight.detach()) <= 0:  # nothing of the region is in view
                    continue
                if region.memory is not None:
                    moments = _remember(moments, region.memory[key])
                losses.append(share * loss(moments))
        return torch.stack([loss.to(self._picture) for loss in losses]).sum()

    def _terms(self, seen: Seen, views: Sequence[Seen], look: Look) -> Tensor:
        """Losses of positions, over the whole canvas."""
        losses = [self._picture.new_zeros(())]
        for region, own in zip(self._objective.regions, views, strict=True):
            losses.extend(term(own, None) for term in region.terms)
        losses.extend(term(seen, None) for term in self._objective.terms)
        if self._objective.content is not None and self._objective.needs_content:
            self._checkpoint()
            with torch.no_grad():
                content = see(self._objective.content, look, self._encoder, self._objective.content_layers)
            for region in self._objective.regions:
                own = seen
                if region.guide is not None:
                    inside = look.gather(region.guide).clamp(0, 1)
                    own = replace(seen, weights=guided(seen.weights, inside, erode=False))
                losses.extend(term(own, content) for term in region.keeps)
        return torch.stack(losses).sum() / self._whole


def _moments(seen: Seen, key: str, region: Region) -> Moments:
    layer = layer_of(key)
    features = seen.features[layer]
    lift = region.lifts.get(key)
    return feature_moments(features if lift is None else lift(features), seen.weights[layer])


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


def _total(looks: Sequence[Look], guide: Tensor | None) -> Tensor:
    """The weight of all pixels in view, or of those within a guide."""
    sums = [(look.weight if guide is None else look.weight * look.gather(guide)).sum() for look in looks]
    return torch.stack(sums).sum().clamp_min(1e-6)


def _leaf(moments: Moments) -> Moments:
    return Moments(
        moments.weight.detach(),
        moments.total.detach().requires_grad_(),
        moments.outer.detach().requires_grad_(),
    )


def _pull(parts: Sequence[Statistics], wholes: Sequence[Statistics], like: Tensor) -> Tensor:
    """A scalar whose gradient in the parts' features is the loss's through the whole moments."""
    pulls = [like.new_zeros(())]
    for part, whole in zip(parts, wholes, strict=True):
        for key, mine in part.items():
            for ours, leaf in ((mine.total, whole[key].total), (mine.outer, whole[key].outer)):
                if leaf.grad is not None:
                    pulls.append((ours * leaf.grad).sum().to(like))
    return torch.stack(pulls).sum()


def _detached(statistics: Statistics) -> Statistics:
    return {
        key: Moments(m.weight.detach(), m.total.detach(), m.outer.detach()) for key, m in statistics.items()
    }
