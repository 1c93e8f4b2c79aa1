"""What is held of the content in some places, whatever style is painted there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ..canvas import Stage
from ..content.losses import FeatureContent
from ..style.source import Style
from .losses import spread
from .objective import Region

PULL = 0.4  # of features against style; more leaves no strokes, and colours alone leave steps and dots


@dataclass(frozen=True)
class Hold:
    """weight: 1 for an outline's usual strength. guide: where, (1, 1, H, W) in [0, 1], shaped like the
    canvas's picture at a stage.
    """

    weight: float
    guide: Callable[[Stage], Tensor]


def held(hold: Hold, style: Style, stage: Stage) -> Region:
    """A region without a style: the content's features, but not its colours, at all scales alike.

    style: what they pull against.
    """
    layers = [layer for layer in stage.content if layer in stage.layers and layer != "rgb"]
    statistics = style.statistics(stage.painting, layers) if layers else {}
    weights = {layer: PULL * hold.weight / spread(moments) for layer, moments in statistics.items()}
    return Region(style={}, keeps=(FeatureContent(weights),) if weights else (), guide=hold.guide(stage))
