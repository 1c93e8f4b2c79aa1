"""How much a stylized animation flickers: what changes along the motion of its points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from ..motion.clip import Link
from ..motion.warp import carried

LAGS = (1, 8, 32)


@dataclass(frozen=True)
class WarpReport:
    """lag: frames between those compared. error: mean difference of colours, in [0, 1], on what both show;
    own: the same of the animation before. seen: the share of the frames that both show.
    """

    lag: int
    error: float
    own: float
    seen: float

    @property
    def ratio(self) -> float:
        """How often the animation's own error: 1 is as steady as it."""
        if self.own > 0:
            return self.error / self.own
        return math.inf if self.error > 0 else 1.0


def warp_error(
    frames: Sequence[Tensor], before: Sequence[Tensor], links: Sequence[Link], lag: int
) -> WarpReport:
    """The mean absolute difference along motion between frames that are ``lag`` apart.

    (Lai et al. 2018, "Learning Blind Video Temporal Consistency", eq. 9, with absolute differences in place
    of squares, the renderer's motion in place of an estimate, and splines between pixels: straight lines blur
    strokes as fine as a pixel or two, and the blur counts as a change that nobody sees.) frames, before:
    (1, 3, H, W) in [0, 1], the stylized ones and those that they were made of. links: how each frame but the
    first sees the one before it. Lags of more than 1 are looked at every half a lag. Raises ValueError for
    too few frames.
    """
    if len(frames) <= lag:
        raise ValueError(f"{len(frames)} frames have none that are {lag} apart")
    sums = [0.0, 0.0]
    seen = pixels = 0
    for last in range(lag, len(frames), max(1, lag // 2)):
        whole = links[last - 1]
        for earlier in range(last - 2, last - lag - 1, -1):
            whole = whole.then(links[earlier])
        shown = whole.sight.whole.expand(-1, 3, -1, -1)
        for i, clip in enumerate((frames, before)):
            there = carried(clip[last - lag], whole.offsets, cubic=True, around=whole.around)
            difference = (there - clip[last]).abs()
            sums[i] += float(difference[shown].sum())
        seen += int(shown.sum())
        pixels += shown.numel()
    error, own = (value / max(seen, 1) for value in sums)
    return WarpReport(lag, error, own, seen / pixels)
