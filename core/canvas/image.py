"""The canvas of a picture, flat or all around, seen whole or in parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .base import Look, Palette, Stage
from .chart import TILE, Chart, Flat, octaves
from .coordinates import Coordinates

# Bytes for each pixel that is painted, beside the views: the content, the levels and their decoding,
# gradients, and the solver's state, in 32 and in 16 bits.
BYTES, BYTES_COMPACT = 110.0, 76.0
KEPT = 4.0  # times as many where the process keeps the memory that it frees, in pieces that do not always fit


Sketch = Callable[[Stage, tuple[int, int]], Tensor]  # the picture at a stage, of a height and width


class ImageCanvas:
    """A picture (1, 3, H, W), painted at sizes that grow with the stages.

    content: display-referred colours in [0, 1]; for a picture of style alone its size (height, width).
    span: the painting's longer side in pixels of the finished picture; a stage's size follows from it.
    chart: how the picture lies. tile: pixels of the tiles that larger pictures are seen in. sketch: makes the
    picture that painting begins from; None for the content, or for noise where there is none. shape: height
    and width of the finished picture.
    """

    steady = True

    def __init__(
        self,
        content: Tensor | tuple[int, int],
        span: float,
        device: torch.device,
        chart: Chart = Flat(),  # noqa: B008 - frozen
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
        self._chart = chart
        self._viewer = chart.viewer(tile)
        self._laid: tuple[Stage, tuple[int, int], Sequence[Look]] | None = None

    @property
    def chart(self) -> Chart:
        """How the picture lies."""
        return self._chart

    def size(self, stage: Stage) -> tuple[int, int]:
        """Height and width of the picture at a stage."""
        return self._chart.size(self.shape, stage.painting / self.span)

    def fit(self, mask: Tensor, stage: Stage | None) -> Tensor:
        """A mask (1, 1, H, W) of any size, laid on the picture as painted at a stage; None: once finished."""
        mask = mask.to(self._device)
        if stage is None:
            return self._resized(mask, self.shape)
        return self._resized(self._chart.turned(mask), self.size(stage))

    def softened(self, mask: Tensor, distance: float) -> Tensor:
        """A mask (1, 1, H, W) of any size, its edges fading over so many pixels of the finished picture."""
        return self._chart.softened(self.fit(mask, None), distance) if distance > 0 else mask

    def start(self, stage: Stage, palette: Palette, generator: torch.Generator) -> list[Tensor]:
        levels = self.begin(stage, [])
        sketch = self.content(stage) if self._sketch is None else self._sketch(stage, self.size(stage))
        amount = self._noise * palette.noise_over(len(levels), has_content=sketch is not None)
        if sketch is None:
            levels[0] += palette.mean.view(1, 3, 1, 1)
        else:
            levels = self._split(sketch.to(self._device).float(), levels)
        return [level + self._chart.noise(palette.noise(level, generator)) * amount for level in levels]

    def begin(self, stage: Stage, levels: list[Tensor]) -> list[Tensor]:
        height, width = self.size(stage)
        if levels:
            return [*levels, torch.zeros(1, 3, height, width, device=self._device)]
        sizes = octaves(self._chart, (height, width))
        return [torch.zeros(1, 3, h, w, device=self._device) for h, w in sizes]

    def as_large(self, gradients: list[Tensor]) -> list[Tensor]:
        return [self._chart.as_large(gradient) for gradient in gradients]

    def coordinates(self, like: Tensor) -> Coordinates:
        return self._chart.coordinates(like)

    def subject(self, stage: Stage, levels: list[Tensor]) -> Tensor:
        return self.decode(levels)

    def as_subject(self, stage: Stage, picture: Tensor) -> Tensor:
        return picture

    def decode(self, levels: list[Tensor]) -> Tensor:
        picture = self._chart.evened(levels[0])
        for level in levels[1:]:
            picture = self._enlarged(picture, level) + self._chart.evened(level)
        return picture

    def colors(self, picture: Tensor) -> Tensor:
        return self._chart.colors(picture)

    def content(self, stage: Stage) -> Tensor | None:
        size = self.size(stage)
        if self.whole is None:
            return None
        whole = self._chart.turned(self.whole)
        if size == tuple(whole.shape[-2:]):
            return self._chart.evened(whole)
        return self._chart.evened(self._resized(whole.float(), size))  # a CPU cannot resize 16 bits

    def looks(self, stage: Stage, checkpoint: Callable[[], None]) -> Sequence[Look]:
        size = self.size(stage)
        if self._laid is None or self._laid[:2] != (stage, size):
            self._laid = stage, size, self._looks(stage)
        return self._laid[2]

    def around(self, stage: Stage) -> Sequence[Look]:
        return ()

    def views(self, stage: Stage) -> tuple[int, int]:
        return self._viewer.pixels(stage, self.size(stage))

    def footprint(self, stage: Stage, compact: bool, keep: bool) -> float:
        height, width = self.size(stage)
        return height * width * (BYTES_COMPACT if compact else BYTES) * (KEPT if keep else 1)

    def shrink(self) -> bool:
        self._laid = None
        return self._viewer.shrink()

    def compress(self) -> None:
        if self.whole is not None:
            self.whole = self.whole.half()

    def finished(self, picture: Tensor) -> Tensor:
        """The picture at its last size, that of the content if there is any."""
        return self._chart.turned(self._resized(picture, self.shape), back=True)

    def shown(self, picture: Tensor) -> Tensor:
        """A picture amid painting, at its own size, as the finished one will lie."""
        return self._chart.turned(picture, back=True)

    def _split(self, picture: Tensor, like: list[Tensor]) -> list[Tensor]:
        """A picture as levels, each shaped like one of those given and holding what coarser ones do not."""
        built = torch.zeros_like(like[0])
        levels = []
        for level in like:
            built = self._enlarged(built, level)
            levels.append(self._resized(picture, level.shape[-2:]) - built)
            built = built + self._chart.evened(levels[-1])
        return levels

    def _looks(self, stage: Stage) -> Sequence[Look]:
        return self._viewer.looks(stage, self.size(stage), self._device)

    def _resized(self, picture: Tensor, size: Sequence[int]) -> Tensor:
        return self._chart.resized(picture, (size[0], size[1]))

    def _enlarged(self, picture: Tensor, like: Tensor) -> Tensor:
        return self._chart.enlarged(picture, (like.shape[-2], like.shape[-1]))

    def state(self) -> dict[str, Tensor]:
        return {}

    def restore(self, state: dict[str, Tensor]) -> None:
        return
