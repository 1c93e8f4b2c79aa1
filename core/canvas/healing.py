"""A picture that is painted already but for a part: what is missing goes on from what is there."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..resize import resized_to
from .base import Look, Stage
from .image import ImageCanvas
from .tiles import TileLook

TILE = 128  # pixels of the tiles that are looked at: only those that show something missing are painted
FEATHER = 4  # pixels beyond what is missing over which new paint fades into the old


class HealingCanvas(ImageCanvas):
    """Paints what is missing of a picture.

    content: (1, 3, H, W), what is painted over. paint: (1, 3, H, W), what is there. missing: (1, 1, H, W),
    bool. Where nothing is missing, ``finished`` gives the paint back to the last bit. renew: how far what is
    missing is begun anew, from the content, rather than from the paint that is there: 0..1. noise: times the
    noise that painting begins from. The rest is as in ``ImageCanvas``.
    """

    def __init__(
        self,
        content: Tensor,
        span: float,
        device: torch.device,
        paint: Tensor,
        missing: Tensor,
        renew: float = 1.0,
        noise: float = 1.0,
    ) -> None:
        super().__init__(content, span, device, tile=TILE, sketch=self._begun, noise=noise)
        self._paint, self._renew = paint.to(device), renew
        self._share = _feathered(missing.to(device))

    def decode(self, levels: list[Tensor]) -> Tensor:
        return self._blended(super().decode(levels), tuple(levels[-1].shape[-2:]))

    def finished(self, picture: Tensor) -> Tensor:
        found = super().finished(picture)
        share = self._share
        return torch.where(share == 0, self._paint, self._paint + (found - self._paint) * share)

    def around(self, stage: Stage) -> Sequence[Look]:
        return self._sorted(stage)[False]

    def _looks(self, stage: Stage) -> list[TileLook]:
        return self._sorted(stage)[True]

    def _sorted(self, stage: Stage) -> dict[bool, list[TileLook]]:
        """Tiles by whether they show something missing; of the others, those next to some that do."""
        share = resized_to(self._share, self.size(stage))
        found: dict[bool, list[TileLook]] = {False: [], True: []}
        for look in super()._looks(stage):
            top, left, bottom, right = look.own
            missing = bool(share[..., top:bottom, left:right].max() > 0)
            beside = share[..., max(0, top - TILE) : bottom + TILE, max(0, left - TILE) : right + TILE]
            if missing or bool(beside.max() > 0):
                found[missing].append(look)
        return found

    def _begun(self, stage: Stage, size: tuple[int, int]) -> Tensor:
        """What painting begins from: the paint, and the content where it is missing."""
        return self._blended(self.content(stage), size, self._renew)

    def _blended(self, picture: Tensor | None, size: tuple[int, ...], amount: float = 1.0) -> Tensor:
        """New paint (1, 3, h, w) where it is missing, by an amount, and the old elsewhere."""
        paint, share = (resized_to(one, size) for one in (self._paint, self._share))
        return paint if picture is None else paint + (picture - paint) * share * amount


def _feathered(missing: Tensor) -> Tensor:
    """1 where something is missing, falling to 0 over FEATHER pixels around: (1, 1, H, W)."""
    share = missing.float()
    for step in range(1, FEATHER + 1):
        grown = F.max_pool2d(share, 3, 1, 1)
        share = torch.where((share == 0) & (grown > 0), 1 - step / (FEATHER + 1), share)
    return share
