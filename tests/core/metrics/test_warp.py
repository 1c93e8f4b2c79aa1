from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from nst.core.metrics.warp import warp_error
from nst.core.motion.clip import Link, link_of

COUNT, STEP, SIZE = 9, 2, 48


def wide() -> Tensor:
    x = torch.arange(SIZE + STEP * COUNT).float()
    return (0.5 + 0.4 * torch.sin(0.4 * x)).expand(1, 3, SIZE, -1)


def moving() -> list[Tensor]:
    """A picture that moves to the left by STEP pixels from frame to frame."""
    return [wide()[..., STEP * i : STEP * i + SIZE].clone() for i in range(COUNT)]


def links() -> list[Link]:
    offsets = torch.zeros(1, 2, SIZE, SIZE)
    offsets[:, 0] = STEP
    seen = torch.ones(1, 1, SIZE, SIZE, dtype=torch.bool)
    seen[..., -STEP:] = False
    return [link_of(offsets, seen)] * (COUNT - 1)


@pytest.mark.parametrize("lag", [1, 8])
def test_what_moves_along_does_not_flicker(lag: int) -> None:
    report = warp_error(moving(), moving(), links(), lag)
    assert report.error == pytest.approx(0, abs=1e-6)
    assert report.seen == pytest.approx(1 - STEP * lag / SIZE, abs=0.03)


@pytest.mark.parametrize("lag", [1, 8])
def test_a_flicker_is_measured_as_large_as_it_is(lag: int) -> None:
    flicker = [frame + 0.1 * (i % 9) for i, frame in enumerate(moving())]
    own = [frame + 0.05 * (i % 9) for i, frame in enumerate(moving())]
    report = warp_error(flicker, own, links(), lag)
    assert report.error == pytest.approx(0.1 * lag, abs=1e-4)
    assert report.ratio == pytest.approx(2, abs=1e-3)


def test_a_picture_that_does_not_move_with_its_points_flickers() -> None:
    still = [moving()[0]] * COUNT
    assert warp_error(still, moving(), links(), 1).error > 0.1
    assert (
        math.isinf(warp_error(still, still, [link_of(0 * x.offsets, x.sight.seen) for x in links()], 1).ratio)
        is False
    )


def test_too_few_frames() -> None:
    with pytest.raises(ValueError, match="none that are 8 apart"):
        warp_error(moving()[:8], moving()[:8], links()[:7], 8)
