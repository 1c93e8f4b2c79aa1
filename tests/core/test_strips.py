"""Strips: whatever a picture's shape, a part of it at a time, and the same as the whole."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nst.core.strips import PIXELS, by_strips


@pytest.mark.parametrize("shape", [(1, 2, 3000, 1500), (1, 2, 1, 2 * PIXELS + 5)])
def test_strips_are_small_and_make_up_the_whole(shape: tuple[int, ...]) -> None:
    picture = torch.rand(shape)
    sizes = []

    def doubled(strip: Tensor, other: Tensor) -> Tensor:
        sizes.append(strip.shape[-2] * strip.shape[-1])
        return strip + other

    assert torch.equal(by_strips(doubled, picture, picture), 2 * picture)
    assert len(sizes) >= 3
    assert max(sizes) <= PIXELS
    assert by_strips(doubled, picture, picture, into=picture) is picture
