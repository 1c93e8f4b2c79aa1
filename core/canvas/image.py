"""The flat canvas: a picture, seen whole or in exact tiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..resize import resized_to
from .base import Look, Palette, Stage

TILE = 512  # pixels of a tile's own area
HALO = 96  # pixels that a tile sees beyond it: a relative gradient error of 2e-7 at relu5_1


@dataclass(frozen=True)
class TileLook:
    """A rectangle of a picture. box: top, left, bottom, right with its halo."""

    box: tuple[int, int, int, int]
    weight: Tensor
    valid: Tensor

    def gather(self, picture: Tensor) -> Tensor:
        top, left, bottom, right = self.box
        return picture[..., top:bottom, left:right]


class ImageCanvas:
    """A picture (1, 3, H, W), painted at sizes that grow with the stages.

    content: display-referred colours in [0, 1]. span: the painting's longer side in pixels
    of the finished picture; a stage's size follows from it.
    """

    def __init__(self, content: Tensor, span: float, device: torch.device) -> None:
        self.whole = content.to(device)
        self.span = span
        self._device = device

    def size(self, stage: Stage) -> tuple[int, int]:
        """Height and width of the picture at a stage."""
        height, width = self.whole.shape[-2:]
        scale = stage.painting / self.span
        return max(16, round(height * scale)), max(16, round(width * scale))

    def fit(self, mask: Tensor, stage: Stage) -> Tensor:
        """A mask (1, 1, H, W) of any size, stretched over the picture at a stage."""
        return resized_to(mask, self.size(stage))

    def start(self, stage: Stage, palette: Palette, generator: torch.Generator) -> list[Tensor]:
        levels = self.begin(stage, [])
        amount = palette.noise_over(len(levels), has_content=True)
        picture = resized_to(self.whole, self.size(stage))
        built = torch.zeros_like(levels[0])
        noisy = []
        for level in levels:
            built = _enlarged(built, level.shape[-2:])
            detail = resized_to(picture, level.shape[-2:]) - built
            built = built + detail
            noisy.append(detail + palette.noise(level, generator) * amount)
        return noisy

    def begin(self, stage: Stage, levels: list[Tensor]) -> list[Tensor]:
        height, width = self.size(stage)
        if levels:
            return [*levels, torch.zeros(1, 3, height, width, device=self._device)]
        sizes = [(height, width)]
        while min(sizes[0]) >= 16:
            sizes.insert(0, ((sizes[0][0] + 1) // 2, (sizes[0][1] + 1) // 2))
        return [torch.zeros(1, 3, h, w, device=self._device) for h, w in sizes]

    def decode(self, levels: list[Tensor]) -> Tensor:
        picture = levels[0]
        for level in levels[1:]:
            picture = _enlarged(picture, level.shape[-2:]) + level
        return picture

    def colors(self, picture: Tensor) -> Tensor:
        small = picture if max(picture.shape[-2:]) <= 512 else F.interpolate(picture, size=(512, 512))
        return small.reshape(3, -1).T

    def content(self, stage: Stage) -> Tensor | None:
        return resized_to(self.whole, self.size(stage))

    def looks(self, stage: Stage, checkpoint: Callable[[], None]) -> Sequence[Look]:
        return tiles(*self.size(stage), self._device)


def tiles(height: int, width: int, device: torch.device, tile: int = TILE, halo: int = HALO) -> list[Look]:
    """Tiles that cover a picture, each pixel counted in exactly one.

    Corners lie on multiples of 16, the deepest layer's stride, so that pooling sees the
    same blocks as in the whole picture.
    """
    if tile % 16 or halo % 16:
        raise ValueError("tile and halo must be multiples of 16")
    if height <= tile + halo and width <= tile + halo:
        ones = torch.ones(1, 1, height, width, device=device)
        return [TileLook((0, 0, height, width), ones, ones)]
    looks: list[Look] = []
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            y, x = max(top - halo, 0), max(left - halo, 0)
            bottom, right = min(top + tile + halo, height), min(left + tile + halo, width)
            weight = torch.zeros(1, 1, bottom - y, right - x, device=device)
            weight[..., top - y : min(top + tile, height) - y, left - x : min(left + tile, width) - x] = 1
            looks.append(TileLook((y, x, bottom, right), weight, torch.ones_like(weight)))
    return looks


def _enlarged(picture: Tensor, size: Sequence[int]) -> Tensor:
    return F.interpolate(picture, size=tuple(size), mode="bicubic", align_corners=False)
