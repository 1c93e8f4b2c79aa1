"""Quilts: what they are made of, and how they repeat."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nst.core.quilt import lay, quilted


def checker(height: int, width: int, square: int = 6) -> Tensor:
    """Squares of two colours."""
    rows, columns = torch.arange(height)[:, None] // square, torch.arange(width)[None] // square
    dark = ((rows + columns) % 2).float()
    return torch.stack([dark, 1 - dark, dark * 0.5])[None]


def distinct(height: int, width: int) -> Tensor:
    """A picture in which no two pixels are alike."""
    number = torch.randperm(height * width, generator=torch.Generator().manual_seed(0)).float()
    plane = (number / (height * width)).reshape(1, 1, height, width)
    return torch.cat([plane, 1 - plane, plane * 0.5], 1)


def test_every_pixel_is_one_of_the_exemplars() -> None:
    exemplar = distinct(40, 30)
    quilt, _ = lay(exemplar, (64, 80), (True, True))
    assert quilt.shape == (1, 3, 64, 80)
    known = {round(float(value), 5) for value in exemplar[0, 0].flatten()}
    assert {round(float(value), 5) for value in quilt[0, 0].flatten()} <= known


def test_a_regular_pattern_stays_regular_across_the_ends() -> None:
    """Squares of 6 pixels on 96 by 72: only patches in step with all their neighbours fit without a fault."""
    quilt, misfit = lay(checker(60, 54), (96, 72), (True, True), seed=3)
    assert misfit == 0
    assert torch.equal(quilt, quilted(checker(60, 54), (96, 72), (True, True), seed=3))
    steps = [(quilt - quilt.roll(12, dim)).abs().max() for dim in (2, 3)]
    assert max(map(float, steps)) == 0
    assert torch.equal(quilt, quilt.roll((6, 6), (2, 3)))


def test_a_pattern_that_would_not_come_round_is_stretched() -> None:
    """Squares of 6 pixels come round in 60 or in 72 pixels, not in 66."""
    _, misfit = lay(checker(54, 54), (66, 66), (True, True))
    assert misfit > 0.01
    quilt = quilted(checker(54, 54), (66, 66), (True, True))
    dark = quilt[0, 0] > 0.5
    for lines in (dark, dark.T):
        changes = (lines != lines.roll(1, 1)).sum(1)
        assert len(set(changes.tolist())) == 1
        assert int(changes[0]) in (10, 12)


def test_the_same_seed_gives_the_same_quilt_and_another_another() -> None:
    exemplar = distinct(40, 40)
    first = quilted(exemplar, (48, 48), seed=1)
    assert torch.equal(first, quilted(exemplar, (48, 48), seed=1))
    assert not torch.equal(first, quilted(exemplar, (48, 48), seed=2))


@pytest.mark.parametrize(("height", "width"), [(8, 8), (3, 50), (1, 1)])
@pytest.mark.parametrize("wrap", [(False, False), (True, False), (True, True)])
def test_tiny_exemplars_are_continued(height: int, width: int, wrap: tuple[bool, bool]) -> None:
    quilt = quilted(torch.full((1, 3, height, width), 0.25), (32, 48), wrap)
    assert torch.equal(quilt, torch.full((1, 3, 32, 48), 0.25))
