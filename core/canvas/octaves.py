"""Coordinates of a picture on which frequencies mean something else in each row, as those of a panorama."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from .chart import Chart, octaves
from .coordinates import FALL


class Octaves:
    """A pyramid's levels (N,), one after another, which weighs detail as ``Spectrum`` does, as one sees it.

    A coarse level's pixel moves four times as many of the next one's, so that the levels of themselves weigh
    detail by f^-1. Near the poles a spectrum of the picture would take what is fine for coarse: strokes
    would run towards them, as waves around them were moved the furthest.
    """

    def __init__(self, chart: Chart, like: Tensor) -> None:
        """like: a picture (1, C, H, W) of the shape, format and device of those to come."""
        sizes = octaves(chart, (like.shape[-2], like.shape[-1]))
        self._chart, self._like = chart, like.new_empty(0)
        self._shapes = [(1, like.shape[1], *size) for size in sizes]
        self._gains = [2 ** ((FALL - 1) * above) for above in reversed(range(len(sizes)))]

    def decode(self, coordinates: Tensor) -> Tensor:
        levels = coordinates.split([torch.Size(shape).numel() for shape in self._shapes])
        picture: Tensor | None = None
        for level, shape, gain in zip(levels, self._shapes, self._gains, strict=True):
            own = self._chart.evened(self._chart.noise(level.view(shape) * gain))
            picture = own if picture is None else self._chart.enlarged(picture, shape[2:]) + own
        if picture is None:
            raise ValueError("a picture has one level at least")
        return picture

    def transposed(self, gradient: Tensor) -> Tensor:
        anywhere, decoded = self._graph
        with torch.enable_grad():
            (found,) = torch.autograd.grad(decoded, anywhere, gradient, retain_graph=True)
        return found

    @cached_property
    def _graph(self) -> tuple[Tensor, Tensor]:
        """Some coordinates, and what they decode to: as that is linear, the way back is the same from any."""
        with torch.enable_grad():
            count = sum(torch.Size(shape).numel() for shape in self._shapes)
            anywhere = self._like.new_zeros(count).requires_grad_()
            return anywhere, self.decode(anywhere)
