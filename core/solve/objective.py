"""What is minimised: style in regions, content, and whatever else each view has to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor

from ..style.moments import Statistics
from ..terms import MomentLoss, ViewTerm

Lift = Callable[[Tensor], Tensor]
LIFTED = "/"  # "relu3_1/fourier" are the moments of lifted features of relu3_1


def layer_of(key: str) -> str:
    """The encoder's layer that a statistic is measured at."""
    return key.split(LIFTED)[0]


@dataclass(frozen=True)
class Region:
    """A part of the canvas with a style of its own.

    style: losses by the key of their statistic: a layer, or one with a lift ("relu3_1/fourier").
    lifts: what turns a layer's features into those of a key. terms: style losses of each position.
    keeps: content losses; unlike style they reach to the region's very border.
    guide: (1, 1, H, W) in [0, 1], shaped like the picture; None for all of the canvas.
    memory: statistics of views seen earlier, merged with those of this step as constants; None for none.
    """

    style: Mapping[str, MomentLoss]
    lifts: Mapping[str, Lift] = field(default_factory=dict)
    terms: tuple[ViewTerm, ...] = ()
    keeps: tuple[ViewTerm, ...] = ()
    guide: Tensor | None = None
    memory: Statistics | None = None


@dataclass(frozen=True)
class Objective:
    """regions: each with its style. terms: of the whole canvas. content: the content picture, if any."""

    regions: tuple[Region, ...]
    terms: tuple[ViewTerm, ...] = ()
    content: Tensor | None = None

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers that are wanted of the canvas."""
        keys = [layer_of(key) for region in self.regions for key in region.style]
        return tuple(dict.fromkeys([*keys, *(layer for term in self._every_term for layer in term.layers)]))

    @property
    def content_layers(self) -> tuple[str, ...]:
        """All layers that are wanted of the content picture."""
        return tuple(dict.fromkeys(layer for term in self._every_term for layer in term.content_layers))

    @property
    def needs_content(self) -> bool:
        """Whether any loss looks at the content picture."""
        return self.content is not None and any(region.keeps for region in self.regions)

    @property
    def _every_term(self) -> tuple[ViewTerm, ...]:
        own = (term for region in self.regions for term in (*region.terms, *region.keeps))
        return (*own, *self.terms)
