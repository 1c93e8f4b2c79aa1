"""The last colours of what was painted: the paintings' palettes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..canvas import Canvas, Stage
from ..colour import Recolor, monge_kantorovich, recolored_strip
from ..strips import by_strips
from .stage import StyledRegion

FEW = 64  # colours that are too few to know a region's spread of colours
WHOLLY, MOSTLY = (
    0.9,
    0.5,
)  # shares of a region in a place that belongs to it; the second where the first are few


def in_palettes(picture: Tensor, canvas: Canvas, regions: Sequence[StyledRegion], stage: Stage) -> Tensor:
    """A picture (1, 3, H, W), in place, with the painting's mean colour and spread of colours in each region.

    Views blur what they look at a little, so the canvas itself ends up with more contrast than
    its views were asked to have. And a canvas that is seen in parts has colours that the painting has not,
    where strokes were not found: they become the nearest that it has.
    """
    colors = canvas.colors(picture)
    maps: list[Recolor] = []
    guides: list[Tensor] = []
    for one in regions:
        guide = torch.ones_like(picture[:, :1]) if one.guide is None else one.guide(stage)
        inside = belonging(canvas, guide)
        maps.append(_into_palette(None if inside is None else colors[inside], one, _held(canvas, one, stage)))
        guides.append(guide)

    def mapped(strip: Tensor, *shares: Tensor) -> Tensor:
        finished = torch.zeros_like(strip)
        for share, into_palette in zip(shares, maps, strict=True):
            finished += recolored_strip(strip, into_palette) * share
        return finished.clamp_(0, 1)

    return by_strips(mapped, picture, *guides, into=picture)


def belonging(canvas: Canvas, guide: Tensor) -> Tensor | None:
    """Which of ``canvas.colors`` (P,) are a region's own, not mixed with others' at its soft edges.

    guide: its share (1, 1, H, W). None where they are too few to know its colours.
    """
    shares = canvas.colors(guide.expand(-1, 3, -1, -1))[:, 0]
    for least in (WHOLLY, MOSTLY):
        inside = shares > least
        if int(inside.sum()) >= FEW:
            return inside
    return None


def _held(canvas: Canvas, region: StyledRegion, stage: Stage) -> float:
    """How far a region is held to its painting's colours, 0 to 1.

    Wholly where style goes before content, which may have other colours.
    """
    if canvas.steady:
        return 0.0
    return 1.0 if region.strength >= 0.5 or canvas.content(stage) is None else 2 * region.strength


def _into_palette(own: Tensor | None, region: StyledRegion, held: float) -> Recolor:
    """A map of a region's colours. own: some of them, to know them by. held: as of ``_held``."""
    palette = region.style.colors()
    spread = _spread_as(own, palette)
    if held == 0:
        return spread

    def within(colors: Tensor) -> Tensor:
        return colors + held * region.gamut.moves(colors)

    # The spread of what has moved is too small, and what is spread again may leave the gamut again: a
    # little, as a rule, but far where the painting has an accent that the canvas lacks.
    again = _spread_as(None if own is None else within(spread(own)), palette)
    return lambda colors: within(again(within(spread(colors))))


def _spread_as(own: Tensor | None, palette: Tensor) -> Recolor:
    """To the palette's mean colour and spread; no change where none are known."""
    if own is None:
        return lambda colors: colors
    matrix, offset = monge_kantorovich(own, palette)
    return lambda colors: colors @ matrix + offset
