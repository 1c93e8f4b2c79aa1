"""Views of a texture through windows on the surface."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from .base import add_transposed


@dataclass(frozen=True)
class WindowLook:
    """Views of a texture. grid: (B, h, w, 2) for grid_sample; weight, valid: (B, 1, h, w)."""

    grid: Tensor
    weight: Tensor
    valid: Tensor
    wrap: tuple[bool, bool] = (False, False)

    def gather(self, picture: Tensor) -> Tensor:
        texture = picture.expand(len(self.grid), -1, -1, -1)
        return F.grid_sample(texture, self.grid, mode="bilinear", padding_mode="border", align_corners=False)

    def scatter(self, gradient: Tensor, into: Tensor) -> None:
        add_transposed(self.gather, gradient, into)
