"""Schedules: which scales are painted, for how long, at which quality."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..canvas import Stage

LAYERS = ("rgb", "relu1_1", "relu2_1", "relu3_1", "relu4_1")
# The finest scale only sharpens what coarser ones have laid out: deep layers would take most
# of the time there and change nothing that the eye finds.
FINEST_LAYERS = ("rgb", "relu1_1", "relu2_1", "relu3_1")
DEEP = 96  # pixels of a painting under which relu4_1 has too few positions for statistics
NEAR = math.sqrt(2.0)  # times an anchored scale: finer ones are not worth a stage of their own
CONTENT_LAYERS = ("rgb", "relu3_1", "relu4_1")


@dataclass(frozen=True)
class Effort:
    """What a quality spends at the coarsest and at the finest scale, in between geometric.

    steps: gradient steps. share: part of the canvas seen at each step. ratio: between
    neighbouring scales. rates: step size at the coarsest scale and at the others.
    anchored: all scales but the finest are the same whatever that is.
    """

    steps: tuple[int, int]
    share: tuple[float, float]
    ratio: float
    rates: tuple[float, float] = (0.04, 0.025)
    anchored: bool = False


EFFORTS = {
    "draft": Effort((40, 8), (0.8, 0.2), 2.0),
    "standard": Effort((150, 40), (1.0, 0.35), 2.0),
    "best": Effort((300, 100), (1.0, 0.5), math.sqrt(2.0)),
}
# A canvas that is seen in parts learns more from many steps that see little, each a small one, than from few
# that see much. How an object is unwrapped decides how fine its texture is, and that alone.
PARTIAL_EFFORTS = {
    "draft": Effort((80, 48), (0.4, 0.1), 2.0, (0.04, 0.015), True),
    "standard": Effort((200, 160), (0.5, 0.125), 2.0, (0.04, 0.015), True),
    "best": Effort((400, 400), (0.5, 0.15), math.sqrt(2.0), (0.04, 0.015), True),
}


def schedule(coarsest: int, finest: int, effort: Effort, largest: float = 1.0) -> list[Stage]:
    """Stages from a coarse to the finest size of the painting (longer side, view pixels).

    largest: how large the largest painting is, over that one.
    """
    paintings = _paintings(min(coarsest, finest), finest, effort)
    count = len(paintings)
    stages = []
    for i, painting in enumerate(paintings):
        at = i / (count - 1) if count > 1 else 0.0
        last = count > 1 and i == count - 1
        shallow = last or painting * largest < DEEP
        stages.append(
            Stage(
                painting=painting,
                steps=round(_between(effort.steps, at)),
                rate=effort.rates[0] if i == 0 else effort.rates[1],
                share=_between(effort.share, at),
                layers=FINEST_LAYERS if shallow else LAYERS,
                content=CONTENT_LAYERS,
                finest=last,
            )
        )
    return stages


def fitting_layers(layers: tuple[str, ...], painting: float, largest: float) -> tuple[str, ...]:
    """Those of a stage's layers that are for a painting, of the sizes (longer sides, view pixels) of all.

    The deepest are there for larger ones if this one is too small for them.
    """
    if painting >= DEEP or largest < DEEP:
        return layers
    return tuple(layer for layer in layers if layer in FINEST_LAYERS)


def _paintings(coarsest: int, finest: int, effort: Effort) -> list[int]:
    """The sizes of the painting at all stages."""
    octaves = math.log(finest / coarsest, effort.ratio)
    if effort.anchored:
        above = math.ceil(octaves - math.log(NEAR, effort.ratio))
        return [*(round(coarsest * effort.ratio**i) for i in range(above)), finest]
    steps = max(0, round(octaves))
    return [*(round(_between((coarsest, finest), i / steps)) for i in range(steps)), finest]


def _between(ends: tuple[float, float], at: float) -> float:
    return float(ends[0] * (ends[1] / ends[0]) ** at)
