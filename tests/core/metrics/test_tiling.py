from __future__ import annotations

import math

import pytest
import torch

from nst.core.metrics.tiling import TileReport, line_steps, tile_ratio


def test_known_values() -> None:
    """Columns 0, 1, 3, 6: steps of 1, 2 and 3 inside, and of 6 across; rows are all alike."""
    picture = torch.tensor([0.0, 1.0, 3.0, 6.0]).div(6).expand(1, 3, 5, 4)
    assert line_steps(picture, 3).mul(6).tolist() == pytest.approx([6, 1, 2, 3])
    report = tile_ratio(picture)
    assert (report.x, report.x_most) == (pytest.approx(3), pytest.approx(2))
    assert (report.y, report.y_most) == (1, 1)


def test_copies_of_a_wave_meet_where_it_has_come_round() -> None:
    wave = torch.arange(64).mul(2 * math.pi / 64).sin().mul(0.5).add(0.5)
    whole = tile_ratio(wave.expand(1, 3, 32, 64))
    assert whole.x == pytest.approx(math.pi / 2, abs=0.05)  # it meets itself where it is steepest
    assert whole.x_most == pytest.approx(1, abs=0.01)
    quarter = tile_ratio(wave[:16].expand(1, 3, 32, 16))
    assert quarter.x > 10
    assert quarter.x_most > 5


def test_a_step_over_nothing_is_infinite() -> None:
    picture = torch.tensor([0.0, 0.0, 0.0, 0.0]).expand(1, 3, 2, 4).clone()
    assert tile_ratio(picture) == TileReport(1, 1, 1, 1)
    two = torch.tensor([[0.0], [1.0]]).expand(1, 3, 2, 1)
    assert tile_ratio(two) == TileReport(1, 1, 1, 1)  # from each of two lines to the other is one step
