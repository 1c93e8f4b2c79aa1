"""A picture that is painted already but for a part: what is missing goes on from what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .base import Look, Stage
from .chart import Chart, Flat
from .image import ImageCanvas

TILE = 128  # pixels of the tiles that are looked at: only those that show something missing are painted


@dataclass(frozen=True, eq=False)
class PartLook:
    """A look of which a part counts. part: (1, 1, H, W), how much of each pixel of the picture does."""

    look: Look
    part: Tensor

    @cached_property
    def weight(self) -> Tensor:
        return self.look.weight * self.look.gather(self.part)

    @property
    def valid(self) -> Tensor | None:
        return self.look.valid

    @property
    def wrap(self) -> tuple[bool, bool]:
        return self.look.wrap

    def gather(self, picture: Tensor) -> Tensor:
        return self.look.gather(picture)

    def scatter(self, gradient: Tensor, into: Tensor) -> None:
        self.look.scatter(gradient, into)


class HealingCanvas(ImageCanvas):
    """Paints what is missing of a picture.

    content: (1, 3, H, W), what is painted over. paint: (1, 3, H, W), what is there. share: (1, 1, H, W) in
    [0, 1], how much of each pixel is to be new: where it is 0, ``finished`` gives the paint back to the last
    bit. renew: how far what is new is begun from the content, rather than from the paint that is there:
    0..1, everywhere or of each pixel (1, 1, H, W). noise: times the noise that painting begins from. The rest
    is as in ``ImageCanvas``.
    """

    def __init__(
        self,
        content: Tensor,
        span: float,
        device: torch.device,
        paint: Tensor,
        share: Tensor,
        renew: float | Tensor = 1.0,
        noise: float = 1.0,
        chart: Chart = Flat(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__(content, span, device, chart, TILE, self._begun, noise)
        # As they lie while they are painted: a step needs them, and large ones would be laid anew at each.
        self._paint, self._share = (chart.turned(one.to(device)) for one in (paint, share))
        self._renew = torch.as_tensor(renew, dtype=torch.float32, device=device)

    def decode(self, levels: list[Tensor]) -> Tensor:
        return self._blended(super().decode(levels), levels[-1].shape[-2:])

    def finished(self, picture: Tensor) -> Tensor:
        found = self._paint.lerp(self._resized(picture, self.shape), self._share)
        return self._chart.turned(found, back=True)

    def around(self, stage: Stage) -> Sequence[Look]:
        size = self.size(stage)
        share = self._resized(self._share, size)
        looks = self._viewer.looks(stage, size, self._device, share, TILE // 2)
        return [PartLook(look, 1 - share) for look in looks]

    def views(self, stage: Stage) -> tuple[int, int]:
        size = self.size(stage)
        return self._viewer.pixels(stage, size, self._resized(self._share, size))

    def _looks(self, stage: Stage) -> Sequence[Look]:
        # Only what is missing counts: it would make up for what the paint beside it lacks.
        size = self.size(stage)
        share = self._resized(self._share, size)
        return [PartLook(look, share) for look in self._viewer.looks(stage, size, self._device, share)]

    def _begun(self, stage: Stage, size: tuple[int, int]) -> Tensor:
        """What painting begins from: the paint, and the content where it is missing."""
        renew = self._renew
        if renew.ndim:
            renew = self._resized(self._chart.turned(renew), size)
        return self._blended(self.content(stage), size, renew)

    def _blended(self, picture: Tensor | None, size: Sequence[int], amount: float | Tensor = 1.0) -> Tensor:
        """New paint (1, 3, h, w) where it is missing, by an amount, and the old elsewhere."""
        paint, share = (self._resized(one, size) for one in (self._paint, self._share))
        return paint if picture is None else paint.lerp(picture, share * amount)
