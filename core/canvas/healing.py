"""A picture that is painted already but for a part: what is missing goes on from what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..resize import resized_to
from .base import Look, Stage
from .image import ImageCanvas
from .tiles import TileLook

TILE = 128  # pixels of the tiles that are looked at: only those that show something missing are painted


@dataclass(frozen=True, eq=False)
class PartLook(TileLook):
    """A tile of which a part counts. part: (1, 1, H, W), how much of each pixel of the picture does."""

    part: Tensor = field(kw_only=True)

    @property
    def weight(self) -> Tensor:
        return super().weight * self.gather(self.part)


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
    ) -> None:
        super().__init__(content, span, device, tile=TILE, sketch=self._begun, noise=noise)
        self._paint = paint.to(device)
        self._renew = torch.as_tensor(renew, dtype=torch.float32, device=device)
        self._share = share.to(device)

    def decode(self, levels: list[Tensor]) -> Tensor:
        return self._blended(super().decode(levels), tuple(levels[-1].shape[-2:]))

    def finished(self, picture: Tensor) -> Tensor:
        found = super().finished(picture)
        share = self._share
        return torch.where(share == 0, self._paint, self._paint + (found - self._paint) * share)

    def around(self, stage: Stage) -> Sequence[Look]:
        share = resized_to(self._share, self.size(stage))
        return [_part_of(look, 1 - share) for look in super()._looks(stage) if _shows(look, share, TILE // 2)]

    def _looks(self, stage: Stage) -> list[TileLook]:
        # Only what is missing counts: it would make up for what the paint beside it lacks.
        share = resized_to(self._share, self.size(stage))
        return [_part_of(look, share) for look in super()._looks(stage) if _shows(look, share, 0)]

    def _begun(self, stage: Stage, size: tuple[int, int]) -> Tensor:
        """What painting begins from: the paint, and the content where it is missing."""
        renew = self._renew if self._renew.ndim == 0 else resized_to(self._renew, size)
        return self._blended(self.content(stage), size, renew)

    def _blended(self, picture: Tensor | None, size: tuple[int, ...], amount: float | Tensor = 1.0) -> Tensor:
        """New paint (1, 3, h, w) where it is missing, by an amount, and the old elsewhere."""
        paint, share = (resized_to(one, size) for one in (self._paint, self._share))
        return paint if picture is None else paint + (picture - paint) * share * amount


def _shows(look: TileLook, share: Tensor, beyond: int) -> bool:
    """Whether a tile shows something missing, or so many pixels beyond it is some."""
    top, left, bottom, right = look.own
    rows, columns = (
        slice(max(0, start - beyond), end + beyond) for start, end in ((top, bottom), (left, right))
    )
    return bool(share[..., rows, columns].max() > 0)


def _part_of(look: TileLook, part: Tensor) -> PartLook:
    return PartLook(look.own, look.box, look.size, look.device, look.wrap, part=part)
