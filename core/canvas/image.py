"""The flat canvas: a picture, which may repeat, seen whole or in exact tiles."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..blur import softened
from ..encoder.vgg import stride
from ..resize import enlarged, resized_to
from .base import Look, Palette, Stage
from .tiles import HALOS, STRIDE, TileLook, tiles

TILE = 1024  # pixels of a tile's own area, at most
LEAST_TILE = 64
# Bytes for each pixel that is painted, beside the views: the content, the levels and their decoding,
# gradients, and the solver's state, in 32 and in 16 bits.
BYTES, BYTES_COMPACT = 110.0, 76.0
KEPT = 4.0  # times as many where the process keeps the memory that it frees, in pieces that do not always fit


Sketch = Callable[[Stage, tuple[int, int]], Tensor]  # the picture at a stage, of a height and width


class ImageCanvas:
    """A picture (1, 3, H, W), painted at sizes that grow with the stages.

    content: display-referred colours in [0, 1]; for a picture of style alone its size (height, width).
    span: the painting's longer side in pixels of the finished picture; a stage's size follows from it.
    wrap: whether the picture repeats, down and across. tile: pixels of the tiles that larger pictures are
    seen in. sketch: makes the picture that painting begins from; None for the content, or for noise where
    there is none. shape: height and width of the finished picture.
    """

    steady = True

    def __init__(
        self,
        content: Tensor | tuple[int, int],
        span: float,
        device: torch.device,
        wrap: tuple[bool, bool] = (False, False),
        tile: int = TILE,
        sketch: Sketch | None = None,
        noise: float = 1.0,
    ) -> None:
        self.whole = content.to(device) if isinstance(content, Tensor) else None
        height, width = content.shape[-2:] if isinstance(content, Tensor) else content
        self.shape = (int(height), int(width))
        self._sketch, self._noise = sketch, noise
        self.span = span
        self._device = device
        self._wrap = wrap
        self._tile = tile

    def size(self, stage: Stage) -> tuple[int, int]:
        """Height and width of the picture at a stage; where it wraps the next multiple of STRIDE."""
        scale = stage.painting / self.span
        height, width = (
            max(STRIDE, math.ceil(length * scale / STRIDE - 1e-6) * STRIDE)
            if wraps
            else max(STRIDE, round(length * scale))
            for length, wraps in zip(self.shape, self._wrap, strict=True)
        )
        return height, width

    def fit(self, mask: Tensor, stage: Stage | None) -> Tensor:
        """A mask (1, 1, H, W) of any size, stretched over the picture at a stage; None: once finished."""
        size = self.shape if stage is None else self.size(stage)
        return resized_to(mask.to(self._device), size, self._wrap)

    def softened(self, mask: Tensor, distance: float) -> Tensor:
        """A mask (1, 1, H, W) of any size, its edges fading over so many pixels of the finished picture."""
        return softened(self.fit(mask, None), distance, self._wrap) if distance > 0 else mask

    def start(self, stage: Stage, palette: Palette, generator: torch.Generator) -> list[Tensor]:
        levels = self.begin(stage, [])
        sketch = self.content(stage) if self._sketch is None else self._sketch(stage, self.size(stage))
        amount = self._noise * palette.noise_over(len(levels), has_content=sketch is not None)
        if sketch is None:
            levels[0] += palette.mean.view(1, 3, 1, 1)
        else:
            levels = self._split(sketch.to(self._device).float(), levels)
        return [level + palette.noise(level, generator) * amount for level in levels]

    def begin(self, stage: Stage, levels: list[Tensor]) -> list[Tensor]:
        height, width = self.size(stage)
        if levels:
            return [*levels, torch.zeros(1, 3, height, width, device=self._device)]
        sizes = [(height, width)]
        while min(sizes[0]) >= 16:
            sizes.insert(0, ((sizes[0][0] + 1) // 2, (sizes[0][1] + 1) // 2))
        return [torch.zeros(1, 3, h, w, device=self._device) for h, w in sizes]

    def subject(self, stage: Stage, levels: list[Tensor]) -> Tensor:
        return self.decode(levels)

    def as_subject(self, stage: Stage, picture: Tensor) -> Tensor:
        return picture

    def decode(self, levels: list[Tensor]) -> Tensor:
        picture = levels[0]
        for level in levels[1:]:
            picture = enlarged(picture, level.shape[-2:], self._wrap) + level
        return picture

    def colors(self, picture: Tensor) -> Tensor:
        small = picture if max(picture.shape[-2:]) <= 512 else F.interpolate(picture, size=(512, 512))
        return small.reshape(3, -1).T

    def content(self, stage: Stage) -> Tensor | None:
        size = self.size(stage)
        if self.whole is None or size == tuple(self.whole.shape[-2:]):
            return self.whole
        return resized_to(self.whole.float(), size, self._wrap)  # a CPU cannot resize 16 bits

    def looks(self, stage: Stage, checkpoint: Callable[[], None]) -> Sequence[Look]:
        return self._looks(stage)

    def around(self, stage: Stage) -> Sequence[Look]:
        return ()

    def views(self, stage: Stage) -> tuple[int, int]:
        sizes = [look.pixels for look in self._looks(stage)]
        return sum(sizes), max(sizes)

    def footprint(self, stage: Stage, compact: bool, keep: bool) -> float:
        height, width = self.size(stage)
        return height * width * (BYTES_COMPACT if compact else BYTES) * (KEPT if keep else 1)

    def shrink(self) -> bool:
        smaller = self._tile // 2 // STRIDE * STRIDE
        if smaller < LEAST_TILE:
            return False
        self._tile = smaller
        return True

    def compress(self) -> None:
        if self.whole is not None:
            self.whole = self.whole.half()

    def finished(self, picture: Tensor) -> Tensor:
        """The picture at its last size, that of the content if there is any."""
        return resized_to(picture, self.shape, self._wrap)

    def _split(self, picture: Tensor, like: list[Tensor]) -> list[Tensor]:
        """A picture as levels, each shaped like one of those given and holding what coarser ones do not."""
        built = torch.zeros_like(like[0])
        levels = []
        for level in like:
            built = enlarged(built, level.shape[-2:], self._wrap)
            levels.append(resized_to(picture, level.shape[-2:], self._wrap) - built)
            built = built + levels[-1]
        return levels

    def _looks(self, stage: Stage) -> list[TileLook]:
        return tiles(self.size(stage), self._device, self._tile, halo_of(stage), self._wrap)

    def state(self) -> dict[str, Tensor]:
        return {}

    def restore(self, state: dict[str, Tensor]) -> None:
        return


def halo_of(stage: Stage) -> int:
    """Pixels that a tile has to see beyond its own at a stage."""
    return HALOS[max(stride(layer) for layer in stage.layers)]
