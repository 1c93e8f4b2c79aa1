"""Styles as the solver asks for them: a painting, a style file, or several of these together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import torch
from torch import Tensor

from ..canvas import Palette
from ..colour import color_moments
from .moments import Moments, Statistics, merge

FINE = ("relu1_1", "relu2_1")  # the layers of strokes; deeper ones hold larger forms
APART = 8.0  # times that paintings may differ in scale; beyond, no scale has statistics of both
Lifts = Mapping[str, tuple[str, Callable[[Tensor], Tensor]]]
NO_LIFTS: Lifts = MappingProxyType({})


class Style(Protocol):
    """What is measured of a style, at any scale.

    long_side: pixels that its longer side is worth, wavelength: from stroke to stroke, in these pixels.
    """

    @property
    def long_side(self) -> int: ...

    @property
    def wavelength(self) -> float: ...

    def colors(self) -> Tensor:
        """Some of its colours (P, 3), each standing for as much paint."""
        ...

    def pixels(self, long_side: float) -> float:
        """About how many are encoded to measure it where its longer side is so many."""
        ...

    def statistics(self, long_side: float, layers: Sequence[str], lifts: Lifts = NO_LIFTS) -> Statistics:
        """Moments of its features where its longer side is so many pixels, each of weight 1.

        lifts: further statistics, {key: (layer, lift)}. Raises JobError ("needs_painting") for
        those where only statistics are left of the painting.
        """
        ...

    def samples(
        self, long_side: float, layers: Sequence[str], count: int, turns: int = 1
    ) -> dict[str, Tensor]:
        """About ``count`` of its hypercolumns, {layer: (M, C)}, rows that belong together, GRID pixels apart.

        turns: 1 to 4, also of the painting turned by so many quarters less one.
        Raises JobError ("needs_painting") as above.
        """
        ...


def palette_of(style: Style) -> Palette:
    """A style's colours in brief."""
    mean, covariance = color_moments(style.colors())
    values, vectors = torch.linalg.eigh(covariance.cpu().double())
    root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    return Palette(mean, root.to(mean))


def stroke_share(style: Style) -> float:
    """From stroke to stroke, as a share of the longer side."""
    return style.wavelength / style.long_side


def scale_beside(style: Style, first: Style, stroke: float = 1.0) -> float:
    """How large a style is seen over another, so that its strokes are ``stroke`` times as large as those.

    At most APART times as large or as small, as ``too_far_apart`` tells.
    """
    return min(max(_wanted_scale(style, first, stroke), 1 / APART), APART)


def too_far_apart(style: Style, first: Style, stroke: float = 1.0) -> bool:
    """Whether a style's strokes cannot be as large as that beside another's."""
    return scale_beside(style, first, stroke) != _wanted_scale(style, first, stroke)


def _wanted_scale(style: Style, first: Style, stroke: float) -> float:
    return stroke * stroke_share(first) / stroke_share(style)


def normalised(moments: Moments) -> Moments:
    """The moments of the same features, weighing 1 together."""
    return moments.scaled(float(1 / moments.weight.clamp_min(1e-12)))


@dataclass(frozen=True)
class Mixture:
    """Several styles at once, each counting by its weight; weights are positive and sum to 1.

    Statistics are those of all the paintings side by side, hence linear in the weights. All are
    scaled so that their strokes are as large as the first one's, as far as ``scale_beside`` goes.
    """

    parts: tuple[tuple[Style, float], ...]

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if not self.parts:
            raise ValueError("a mixture must have at least one style")
        wrong = [weight for _, weight in self.parts if not 0 < weight < math.inf]
        if wrong:
            raise ValueError(f"a weight of a mixture is {wrong[0]}; it must be a positive number")

    @property
    def uneven(self) -> bool:
        """Whether the strokes of some part are of another size than the first one's."""
        return any(too_far_apart(style, self.parts[0][0]) for style, _ in self.parts)

    @property
    def long_side(self) -> int:
        return self.parts[0][0].long_side

    @property
    def wavelength(self) -> float:
        return self.parts[0][0].wavelength

    def colors(self) -> Tensor:
        palettes = [style.colors() for style, _ in self.parts]
        count = max(len(colors) for colors in palettes)
        picked = [
            colors[torch.linspace(0, len(colors) - 1, max(2, round(count * weight))).long()]
            for colors, (_, weight) in zip(palettes, self.parts, strict=True)
        ]
        return torch.cat([colors.to(picked[0]) for colors in picked])

    def pixels(self, long_side: float) -> float:
        return sum(style.pixels(long_side * self._scale(style)) for style, _ in self.parts)

    def statistics(self, long_side: float, layers: Sequence[str], lifts: Lifts = NO_LIFTS) -> Statistics:
        found = []
        for style, weight in self.parts:
            own = style.statistics(long_side * self._scale(style), layers, lifts)
            found.append({key: moments.scaled(weight) for key, moments in own.items()})
        return merge(found)

    def samples(
        self, long_side: float, layers: Sequence[str], count: int, turns: int = 1
    ) -> dict[str, Tensor]:
        found = [
            style.samples(long_side * self._scale(style), layers, max(1, round(count * weight)), turns)
            for style, weight in self.parts
        ]
        return {layer: torch.cat([rows[layer] for rows in found]) for layer in layers}

    def _scale(self, style: Style) -> float:
        return scale_beside(style, self.parts[0][0])


@dataclass(frozen=True)
class CoarseAndFine:
    """The large forms of one style in the strokes and colours of another (Gatys et al. 2017, section 6).

    The paper first paints the coarse style with the fine one's strokes and takes the outcome as the
    style; here each encoder layer has the style that it is asked for, in one go. Both are at their own
    scale: that the strokes of the two differ is the point.
    """

    coarse: Style
    fine: Style

    @property
    def long_side(self) -> int:
        return self.fine.long_side

    @property
    def wavelength(self) -> float:
        return self.fine.wavelength

    def colors(self) -> Tensor:
        return self.fine.colors()

    def pixels(self, long_side: float) -> float:
        return self.coarse.pixels(long_side) + self.fine.pixels(long_side)

    def statistics(self, long_side: float, layers: Sequence[str], lifts: Lifts = NO_LIFTS) -> Statistics:
        fine = [layer for layer in layers if _is_fine(layer)]
        coarse = [layer for layer in layers if not _is_fine(layer)]
        found: Statistics = {}
        for style, own in ((self.fine, fine), (self.coarse, coarse)):
            lifted = {key: lift for key, lift in lifts.items() if lift[0] in own}
            if own:
                found.update(style.statistics(long_side, own, lifted))
        return found

    def samples(
        self, long_side: float, layers: Sequence[str], count: int, turns: int = 1
    ) -> dict[str, Tensor]:
        fine, coarse = (style.samples(long_side, layers, count, turns) for style in (self.fine, self.coarse))
        rows = min(len(fine[layers[0]]), len(coarse[layers[0]]))
        return {layer: (fine if _is_fine(layer) else coarse)[layer][:rows] for layer in layers}


def _is_fine(layer: str) -> bool:
    return layer == "rgb" or layer in FINE
