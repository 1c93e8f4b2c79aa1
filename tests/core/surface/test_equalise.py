"""The seam solve."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nst.core.surface.equalise import REACH, SeamPoints, equalised

SIDE = 64


def halves() -> tuple[np.ndarray, SeamPoints]:
    """Two islands side by side with a gap; the left one's right edge is the right one's left edge."""
    island = np.full((SIDE, SIDE), -1)
    island[4:60, 2:29] = 0
    island[4:60, 35:62] = 1
    y = np.linspace(8, 56, 97)
    return island, SeamPoints(np.stack([0 * y + 26, y], 1), np.stack([0 * y + 38, y], 1))


def step(picture: torch.Tensor, points: SeamPoints) -> float:
    grids = [
        torch.from_numpy(p / SIDE * 2 - 1).to(picture)[None, None] for p in (points.first, points.second)
    ]
    a, b = (torch.nn.functional.grid_sample(picture, grid, align_corners=False) for grid in grids)
    return float((a - b).abs().mean())


def test_a_step_goes_and_what_is_far_stays() -> None:
    island, points = halves()
    picture = torch.where(torch.from_numpy(island) == 1, 0.8, 0.2).expand(1, 3, SIDE, SIDE).float()
    found = equalised(picture, points, island)
    assert step(picture, points) == pytest.approx(0.6, abs=1e-4)
    assert step(found, points) < 0.01
    assert torch.equal(found[..., : 25 - REACH - 1], picture[..., : 25 - REACH - 1])
    outside = torch.from_numpy(island < 0)
    assert torch.equal(found[0, :, outside], picture[0, :, outside])
    # The change fades: no texel differs from its neighbour by as much as the step was.
    inside = found[0, 0, 30, 10:29]
    assert float(inside.diff().abs().max()) < 0.1


def test_no_seam_no_change() -> None:
    island, _ = halves()
    picture = torch.rand(1, 3, SIDE, SIDE)
    none = SeamPoints(np.zeros((0, 2)), np.zeros((0, 2)))
    assert torch.equal(equalised(picture, none, island), picture)


def test_a_continuous_texture_stays() -> None:
    island, points = halves()
    ramp = torch.arange(SIDE).float().view(1, 1, SIDE, 1).expand(1, 3, SIDE, SIDE) / SIDE
    torch.testing.assert_close(equalised(ramp, points, island), ramp, atol=1e-5, rtol=0)


def test_points_that_read_beyond_their_island_are_left_alone() -> None:
    island, points = halves()
    island[:, 30:] = -1
    picture = torch.rand(1, 3, SIDE, SIDE)
    assert torch.equal(equalised(picture, points, island), picture)
