"""A picture that is painted already but for a part: what is missing goes on from what is there."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..resize import resized_to
from .base import Look, Palette, Stage
from .image import ImageCanvas, halo_of
from .tiles import TileLook, tiles

TILE = 128  # pixels of the tiles that are looked at: only those that show something missing are painted
FEATHER = 4  # pixels beyond what is missing over which new paint fades into the old


class HealingCanvas(ImageCanvas):
    """Paints what is missing of a picture.

    content: (1, 3, H, W), what is painted over. paint: (1, 3, H, W), what is there. missing: (1, 1, H, W),
    bool. Where nothing is missing, ``finished`` gives the paint back to the last bit. The rest is as in
    ``ImageCanvas``.
    """

    def __init__(
        self, content: Tensor, span: float, device: torch.device, paint: Tensor, missing: Tensor
    ) -> None:
        super().__init__(content, span, device, tile=TILE)
        self._paint = paint.to(device)
        self._share = _feathered(missing.to(device))

    def start(self, stage: Stage, palette: Palette, generator: torch.Generator) -> list[Tensor]:
        levels = self.begin(stage, [])
        sketch = self._blended(self.content(stage), self.size(stage))
        amount = palette.noise_over(len(levels), has_content=True)
        return [
            level + palette.noise(level, generator) * amount for level in self._split(sketch.float(), levels)
        ]

    def decode(self, levels: list[Tensor]) -> Tensor:
        return self._blended(super().decode(levels), tuple(levels[-1].shape[-2:]))

    def finished(self, picture: Tensor) -> Tensor:
        found = super().finished(picture)
        share = self._share
        return torch.where(share == 0, self._paint, self._paint + (found - self._paint) * share)

    def around(self, stage: Stage) -> Sequence[Look]:
        return [look for look in self._all(stage) if not self._shows_missing(look, stage)]

    def _looks(self, stage: Stage) -> list[TileLook]:
        return [look for look in self._all(stage) if self._shows_missing(look, stage)]

    def _all(self, stage: Stage) -> list[TileLook]:
        return tiles(self.size(stage), self._device, self._tile, halo_of(stage))

    def _shows_missing(self, look: TileLook, stage: Stage) -> bool:
        top, left, bottom, right = look.own
        return bool(resized_to(self._share, self.size(stage))[..., top:bottom, left:right].max() > 0)

    def _blended(self, picture: Tensor | None, size: tuple[int, ...]) -> Tensor:
        """New paint (1, 3, h, w) where it is missing, and the old elsewhere."""
        paint, share = (resized_to(one, size) for one in (self._paint, self._share))
        return paint if picture is None else paint + (picture - paint) * share


def _feathered(missing: Tensor) -> Tensor:
    """1 where something is missing, falling to 0 over FEATHER pixels around: (1, 1, H, W)."""
    share = missing.float()
    for step in range(1, FEATHER + 1):
        grown = F.max_pool2d(share, 3, 1, 1)
        share = torch.where((share == 0) & (grown > 0), 1 - step / (FEATHER + 1), share)
    return share
