"""How visible the joints are where copies of a picture meet."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class TileReport:
    """Colour steps where the picture meets its copy, at left and right (x) and at top and bottom (y).

    x, y: over the mean step between neighbouring lines inside, 1 is invisible. A joint that happens to lie
    along a line of the picture itself, as of mortar, is more than 1 and not to be seen either. Hence
    x_most, y_most: over the largest step inside, where everything up to 1 occurs elsewhere in the picture.
    """

    x: float
    y: float
    x_most: float
    y_most: float


def tile_ratio(picture: Tensor) -> TileReport:
    """How a picture (1, 3, H, W) in [0, 1] meets its copies. A picture one pixel long meets itself."""
    (x, x_most), (y, y_most) = (_ratios(line_steps(picture, dim)) for dim in (3, 2))
    return TileReport(x, y, x_most, y_most)


def line_steps(picture: Tensor, dim: int) -> Tensor:
    """Mean colour step from each line of a picture (1, 3, H, W) to the one before it; first from the last.

    dim: 2 for rows, 3 for columns.
    """
    return (picture - picture.roll(1, dim)).abs().mean((0, 1, 5 - dim))


def _ratios(steps: Tensor) -> tuple[float, float]:
    if len(steps) < 2:
        return 1.0, 1.0
    mean, most = float(steps[1:].mean()), float(steps[1:].max())
    return _over(float(steps[0]), mean), _over(float(steps[0]), most)


def _over(step: float, inside: float) -> float:
    if inside > 0:
        return step / inside
    return math.inf if step > 0 else 1.0
