"""How new paint begins beside old paint: not at once, where both are on one thing."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..panorama.around import Around, beyond_ends


def feathered(missing: Tensor, index: Tensor | None, width: int, around: Around | None = None) -> Tensor:
    """How much of each pixel is new paint: (1, 1, H, W) in [0, 1].

    0 where nothing is missing, rising to 1 within so many pixels of the nearest one of the same object that
    is not: within, as what is there belongs to other frames, too. missing: (1, 1, H, W), bool. index: the
    objects' numbers (1, 1, H, W); None for one alone. around: of a panorama.
    """
    index = torch.zeros_like(missing, dtype=torch.float32) if index is None else index

    def shares(inner: Tensor, index: Tensor) -> Tensor:
        share = torch.zeros_like(inner, dtype=torch.float32)
        for _ in range(width + 1):
            share += inner / (width + 1)
            inner = _eroded(inner, index)
        return share

    return beyond_ends(around, width + 1, shares, missing, index)


def _eroded(inner: Tensor, index: Tensor) -> Tensor:
    """Less the pixels beside one of the same object that is not inner; beyond the picture all are."""
    height, width = inner.shape[-2:]
    padded = F.pad(torch.where(inner, torch.nan, index), (1, 1, 1, 1), value=torch.nan)
    found = inner.clone()
    for down in range(3):
        for across in range(3):
            found &= padded[..., down : down + height, across : across + width] != index
    return found
