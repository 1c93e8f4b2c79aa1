"""A style as it came out around a place: what is painted there is to look like both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from .moments import Statistics, merge, scale
from .source import NO_LIFTS, Lifts, Style, normalised

LEAST = 64.0  # positions of a layer from which statistics mean anything


@dataclass(frozen=True)
class Among:
    """A style whose statistics are mixed with those of paint that is there already.

    A patch that had to make up for what all other paint lacks would take all of it: in a painting of few
    whites, a white patch. known: of the paint around, by the keys of ``statistics``. share: of it, 0..1.
    """

    style: Style
    known: Statistics
    share: float

    @property
    def long_side(self) -> int:
        return self.style.long_side

    @property
    def wavelength(self) -> float:
        return self.style.wavelength

    def colors(self) -> Tensor:
        return self.style.colors()

    def pixels(self, long_side: float) -> float:
        return self.style.pixels(long_side)

    def statistics(self, long_side: float, layers: Sequence[str], lifts: Lifts = NO_LIFTS) -> Statistics:
        own = self.style.statistics(long_side, layers, lifts)
        enough = [key for key in own if key in self.known and float(self.known[key].weight) >= LEAST]
        around = {key: normalised(self.known[key]).scaled(self.share) for key in enough}
        found = scale({key: own[key] for key in around}, 1 - self.share)
        return {**own, **(merge([found, around]) if around else {})}

    def samples(
        self, long_side: float, layers: Sequence[str], count: int, turns: int = 1
    ) -> dict[str, Tensor]:
        return self.style.samples(long_side, layers, count, turns)
