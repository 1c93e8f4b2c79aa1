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
from torch import Tensor

from ..canvas import Look
from ..canvas.seen import erodes, see, within
from ..encoder import Encoder
from ..style.moments import Moments, Statistics, feature_moments, merge
from ..terms import Seen
from .objective import Objective, Region, layer_of


@dataclass(frozen=True)
class Evaluation:
    """style, terms: values of the losses. statistics: of this step's views alone, for each region.

    pixels: of all views, weighted.
    """

    style: float
    terms: float
    statistics: tuple[Statistics, ...]
    pixels: float

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
    remembered: dict[int, Seen] | None = None,
) -> Evaluation:
    """Add the gradient of the objective to ``picture.grad``.

    picture: (1, 3, H, W), a leaf that requires a gradient. A single look is done in one
    pass, more in two; the result is the same. ``checkpoint`` is called between passes through
    the network and may raise to stop. remembered: where looks are the same at each call, what they show of
    the content picture is kept there, by their number, rather than encoded again.
    """
    checkpoint()
    return _Evaluator(picture, looks, encoder, objective, checkpoint, remembered).run()


def measure(
    picture: Tensor,
    looks: Sequence[Look],
    encoder: Encoder,
    objective: Objective,
    checkpoint: Callable[[], None] = lambda: None,
) -> list[Statistics]:
    """The statistics of what looks show of a picture (1, 3, H, W), for each region."""
    return _Evaluator(picture, looks, encoder, objective, checkpoint, None).measure(observe=False)


class _Evaluator:
    def __init__(
        self,
        picture: Tensor,
        looks: Sequence[Look],
        encoder: Encoder,
        objective: Objective,
        checkpoint: Callable[[], None],
        remembered: dict[int, Seen] | None,
    ) -> None:
        self._picture, self._looks, self._encoder = picture, looks, encoder
        self._remembered = remembered
        self._objective, self._checkpoint = objective, checkpoint
        self._whole = _total(looks, None)
        self._shares = [
            1.0 if region.guide is None else float(_total(looks, region.guide) / self._whole)
            for region in objective.regions
        ]
        self._eroded = [
            frozenset() if region.guide is None else erodes(looks, region.guide, objective.layers)
            for region in objective.regions
        ]

    def run(self) -> Evaluation:
        return self._once() if len(self._looks) == 1 else self._twice()

    def _once(self) -> Evaluation:
        look = self._looks[0]
        view = self._view(look)
        seen = see(view, look, self._encoder, self._objective.layers)
        guides = self._guides(look)
        views = self._regions(seen, guides)
        with torch.no_grad():
            self._observe(views)
        statistics = self._statistics(views)
        style = self._style(statistics)
        terms = self._terms(seen, views, guides, 0)
        self._checkpoint()
        self._send_back(style + terms, view, look)
        return Evaluation(
            float(style.detach()),
            float(terms.detach()),
            tuple(map(_detached, statistics)),
            float(self._whole),
        )

    @torch.no_grad()
    def measure(self, observe: bool = True) -> list[Statistics]:
        """The statistics of all looks together. observe: let terms see them, too."""
        merged: list[Statistics] = []
        for look in self._looks:
            self._checkpoint()
            seen = see(look.gather(self._picture), look, self._encoder, self._objective.layers)
            views = self._regions(seen, self._guides(look))
            if observe:
                self._observe(views, settle=look is self._looks[-1])
            found = self._statistics(views)
            merged = [merge(list(pair)) for pair in zip(merged, found, strict=True)] if merged else found
        return merged

    def _twice(self) -> Evaluation:
        merged = self.measure()
        leaves = [{key: _leaf(moments) for key, moments in statistics.items()} for statistics in merged]
        style = self._style(leaves)
        if style.requires_grad:
            style.backward()
        terms_value = 0.0
        for number, look in enumerate(self._looks):
            self._checkpoint()
            view = self._view(look)
            seen = see(view, look, self._encoder, self._objective.layers)
            guides = self._guides(look)
            views = self._regions(seen, guides)
            terms = self._terms(seen, views, guides, number)
            both = terms + _pull(self._statistics(views), leaves, like=terms)
            self._checkpoint()
            self._send_back(both, view, look)
            terms_value += float(terms.detach())
        return Evaluation(float(style.detach()), terms_value, tuple(merged), float(self._whole))

    def _view(self, look: Look) -> Tensor:
        """What a look sees, as a leaf of its own: its gradient is then no larger than the view."""
        with torch.no_grad():
            return look.gather(self._picture).detach().requires_grad_()

    def _send_back(self, loss: Tensor, view: Tensor, look: Look) -> None:
        if not loss.requires_grad:
            return
        (gradient,) = torch.autograd.grad(loss, view)
        if self._picture.grad is None:
            self._picture.grad = torch.zeros_like(self._picture)
        look.scatter(gradient, self._picture.grad)

    def _guides(self, look: Look) -> list[Tensor | None]:
        """What a look shows of each region's guide."""
        guides = (region.guide for region in self._objective.regions)
        return [None if guide is None else look.gather(guide).clamp(0, 1) for guide in guides]

    def _regions(self, seen: Seen, guides: Sequence[Tensor | None]) -> list[Seen]:
        """What was seen, with the weights of each region."""
        return [
            seen if guide is None else within(seen, guide, eroded)
            for guide, eroded in zip(guides, self._eroded, strict=True)
        ]

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

    def _terms(
        self, seen: Seen, views: Sequence[Seen], guides: Sequence[Tensor | None], number: int
    ) -> Tensor:
        """Losses of positions, over the whole canvas."""
        losses = [self._picture.new_zeros(())]
        for region, own in zip(self._objective.regions, views, strict=True):
            losses.extend(term(own, None) for term in region.terms)
        losses.extend(term(seen, None) for term in self._objective.terms)
        content = self._content(number)
        if content is not None:
            for region, guide in zip(self._objective.regions, guides, strict=True):
                own = seen if guide is None else within(seen, guide)
                losses.extend(term(own, content) for term in region.keeps)
        return torch.stack(losses).sum() / self._whole

    def _content(self, number: int) -> Seen | None:
        """What the look of a number shows of the content picture, if anything asks for that."""
        if self._objective.content is None or not self._objective.needs_content:
            return None
        if self._remembered is not None and number in self._remembered:
            return self._remembered[number]
        self._checkpoint()
        with torch.no_grad():
            look = self._looks[number]
            view = look.gather(self._objective.content)
            content = see(view, look, self._encoder, self._objective.content_layers)
        if self._remembered is not None:
            self._remembered[number] = content
        return content


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
