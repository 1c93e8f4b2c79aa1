"""What an objective is made of: losses of moments, and losses that each view has on its own.

A *moment loss* is a function of moments merged over all views: most style losses are. A *view
term* is a sum over a view's positions: content losses are, and those style losses that compare
position by position once they know what to compare with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from .style.moments import Moments

MomentLoss = Callable[[Moments], Tensor]


@dataclass(frozen=True)
class Seen:
    """What a network saw of one look: B views of (h, w) pixels.

    view: (B, 3, h, w). features: {layer: (B, C, h', w')}. weights: {layer: (B, 1, h', w')} in
    [0, 1], how much each position counts; "rgb" is always among them. valid: (B, 1, h, w) in {0, 1},
    what belongs to the canvas; None for all. wrap: whether a view goes on at its other end: down, across.
    """

    view: Tensor
    features: Mapping[str, Tensor]
    weights: Mapping[str, Tensor]
    valid: Tensor | None = None
    wrap: tuple[bool, bool] = (False, False)


class ViewTerm(Protocol):
    """A loss that is a sum over positions.

    layers: those that it wants of the canvas. content_layers: those that it wants of the
    content picture; none if it does not look at that.
    """

    @property
    def layers(self) -> tuple[str, ...]: ...

    @property
    def content_layers(self) -> tuple[str, ...]: ...

    def observe(self, seen: Seen) -> None:
        """See a look of the present step before any ``__call__`` of it; without gradients."""
        ...

    def settle(self) -> None:
        """All looks of the present step have been observed."""
        ...

    def __call__(self, seen: Seen, content: Seen | None) -> Tensor:
        """The sum over positions of weight times loss times the view pixels that a position stands for."""
        ...


class Unobserving:
    """A view term that needs to know nothing of the other views."""

    def observe(self, seen: Seen) -> None:
        """See nothing."""

    def settle(self) -> None:
        """Do nothing."""
