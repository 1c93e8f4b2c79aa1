"""Guidance: where more of a picture is kept than its strength leaves, by what else is known of it."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from .canvas.image import ImageCanvas
from .solve.hold import Hold

BAND = 2  # pixels of the canvas to either side of an edge that are held, at every scale
SOFT = 5  # pixels that the band's border fades over
AREA = 0.5  # of an outline's pull; areas that are held as much as it have hardly any strokes


@dataclass(frozen=True, eq=False)
class Guidance:
    """Maps (1, 1, H, W) in [0, 1], None where they are not wanted, and weights, 1 for the usual strength.

    edges: thin lines, around which ``outlines`` of the content is kept. near: where ``falloff`` of it is.
    """

    edges: Tensor | None = None
    outlines: float = 0.0
    near: Tensor | None = None
    falloff: float = 0.0

    def holds(self, canvas: ImageCanvas) -> tuple[Hold, ...]:
        """What is held of the content on a canvas."""
        edges, near = self.edges, self.near
        holds = []
        if edges is not None:
            holds.append(
                Hold(self.outlines, lambda stage: canvas.fit(_band(edges, canvas.size(stage)), stage))
            )
        if near is not None:
            holds.append(Hold(AREA * self.falloff, lambda stage: canvas.fit(near, stage)))
        return tuple(holds)


NOTHING = Guidance()


def _band(edges: Tensor, size: tuple[int, int]) -> Tensor:
    """Edges (1, 1, H, W) at a size, as wide at any; thin ones are not lost where it is small."""
    wide = F.max_pool2d(F.adaptive_max_pool2d(edges, size), 2 * BAND + 1, 1, BAND)
    return F.avg_pool2d(wide, SOFT, 1, SOFT // 2, count_include_pad=False)
