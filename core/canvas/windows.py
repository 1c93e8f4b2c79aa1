"""Views through windows on the surface, of the points that its texture is made from."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..surface.pyramid import Interpolation
from .base import add_transposed


@dataclass(frozen=True)
class PointLook:
    """Views of points (1, C, 1, N) on the surface. weight, valid: (B, 1, h, w).

    seen: from points to the valid pixels, in order. It knows nothing of UVs.
    """

    seen: Interpolation
    weight: Tensor
    valid: Tensor
    wrap: tuple[bool, bool] = (False, False)

    def gather(self, picture: Tensor) -> Tensor:
        found = self.seen(picture[0, :, 0].T)
        count, _, height, width = self.valid.shape
        views = found.new_zeros(count * height * width, found.shape[1])
        views = views.index_put((self.valid.reshape(-1) > 0,), found)
        return views.reshape(count, height, width, -1).permute(0, 3, 1, 2).contiguous()

    def scatter(self, gradient: Tensor, into: Tensor) -> None:
        add_transposed(self.gather, gradient, into)
