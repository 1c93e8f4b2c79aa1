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
CONTENT_LAYERS = ("rgb", "relu3_1", "relu4_1")


@dataclass(frozen=True)
class Effort:
    """What a quality spends at the coarsest and at the finest scale, in between geometric.

    steps: gradient steps. share: part of the canvas seen at each step. ratio: between
    neighbouring scales. rates: step size at the coarsest scale and at the others.
    """

    steps: tuple[int, int]
    share: tuple[float, float]
    ratio: float
    rates: tuple[float, float] = (0.04, 0.025)


EFFORTS = {
    "draft": Effort((40, 8), (0.8, 0.2), 2.0),
    "standard": Effort((150, 40), (1.0, 0.35), 2.0),
    "best": Effort((300, 100), (1.0, 0.5), math.sqrt(2.0)),
}
# A canvas that is seen in parts learns more from many steps that see little, each a small one, than from few
# that see much.
PARTIAL_EFFORTS = {
    "draft": Effort((80, 24), (0.4, 0.2), 2.0, (0.04, 0.015)),
    "standard": Effort((200, 80), (0.5, 0.25), 2.0, (0.04, 0.015)),
    "best": Effort((400, 200), (0.5, 0.3), math.sqrt(2.0), (0.04, 0.015)),
}


def schedule(coarsest: int, finest: int, effort: Effort, largest: float = 1.0) -> list[Stage]:
    """Stages from a coarse to the finest size of the painting (longer side, view pixels).

    largest: how large the largest painting is, over that one.
    """
    coarsest = min(coarsest, finest)
    count = max(1, round(math.log(finest / coarsest, effort.ratio)) + 1)
    stages = []
    for i in range(count):
        at = i / (count - 1) if count > 1 else 0.0
        last = count > 1 and i == count - 1
        painting = finest if count == 1 else round(_between((coarsest, finest), at))
        shallow = last or painting * largest < DEEP
        stages.append(
            Stage(
                painting=painting,
                steps=round(_between(effort.steps, at)),
                rate=effort.rates[0] if i == 0 else effort.rates[1],
                share=_between(effort.share, at),
                layers=FINEST_LAYERS if shallow else LAYERS,
                content=CONTENT_LAYERS,
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


def _between(ends: tuple[float, float], at: float) -> float:
    return float(ends[0] * (ends[1] / ends[0]) ** at)
