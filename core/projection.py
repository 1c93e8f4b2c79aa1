"""What a picture shows of the world, and what follows for its strokes: their unit, and how large they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from .canvas.chart import Chart, Flat
from .canvas.surrounding import Surrounding, brightest
from .panorama.around import Around
from .protocol import CUBE, EQUIRECT, FLAT, VR180

VIEW = 90.0  # degrees that one sees at once: the whole painting spans them if not asked otherwise
DEGREES = {FLAT: 0.0, EQUIRECT: 360.0, VR180: 180.0, CUBE: 360.0}
AROUND = {EQUIRECT: Around(), VR180: Around(half=True), CUBE: Around()}


@dataclass(frozen=True)
class Projection:
    """chart: how the picture lies. degrees: that it shows from left to right; 0 for a flat picture.

    Strokes of a flat picture are measured in its pixels, those of others in degrees.
    """

    chart: Chart = Flat()  # noqa: RUF009 - frozen
    degrees: float = 0.0

    def pixel(self, size: Sequence[int]) -> float:
        """A pixel in the unit of strokes, of a picture (height, width)."""
        return self.degrees / size[1] if self.degrees else 1.0

    def extent(self, size: Sequence[int]) -> float:
        """Of the whole picture, in the unit of strokes."""
        return self.degrees or float(max(size))

    def span(self, size: Sequence[int]) -> float:
        """Of the whole painting, in the unit of strokes, if not asked otherwise."""
        return min(VIEW, self.degrees) if self.degrees else float(max(size))


def around_of(name: str) -> Around | None:
    """How pixels lie next to each other; None for a flat picture. name: of ``PROJECTIONS``."""
    return AROUND.get(name)


def projection_of(name: str, seed: int, content: Tensor) -> Projection:
    """Of a picture (1, 3, H, W), a cube's as a panorama. name: of ``PROJECTIONS``."""
    if name == FLAT:
        return Projection()
    half = name == VR180
    return Projection(Surrounding(half, seed, 0.0 if half else brightest(content)), DEGREES[name])
