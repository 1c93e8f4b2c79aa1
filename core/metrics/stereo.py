"""Whether two eyes see the same: colours along true disparity."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..stereo.view import RightView


@dataclass(frozen=True)
class StereoReport:
    """error: how far the eyes' paintings are apart along true disparity, where both see a thing. own: the
    same of what was painted. seen: share of the right eye's pixels that the left one sees.
    """

    error: float
    own: float
    seen: float

    @property
    def ratio(self) -> float:
        """The error over the input's own."""
        return self.error / self.own if self.own > 0 else float("inf" if self.error > 0 else 1.0)


def stereo_report(
    painted: tuple[Tensor, Tensor], before: tuple[Tensor, Tensor], view: RightView
) -> StereoReport:
    """Of the left and the right eye's pictures (1, 3, H, W). view: how the right one sees the left one's."""
    seen = view.whole

    def apart(left: Tensor, right: Tensor) -> float:
        far = (view.of(left) - right).abs().mean(1, keepdim=True)
        return float(far[seen].mean()) if bool(seen.any()) else 0.0

    return StereoReport(apart(*painted), apart(*before), float(seen.float().mean()))
