"""Paint of silhouettes does not stay behind when an object moves on."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nst.core.motion.fringe import WIDTH, silhouettes, without_fringe
from nst.core.motion.origins import Origins
from nst.core.motion.visibility import Surfaces

SIZE = 40


def square(left: int) -> Tensor:
    found = torch.zeros(1, 1, SIZE, SIZE, dtype=torch.bool)
    found[..., 10:26, left : left + 12] = True
    return found


def surfaces(left: int, what: str) -> Surfaces:
    here = square(left)
    index, depth = torch.where(here, 1.0, 2.0), torch.where(here, 3.0, 9.0)
    return Surfaces(index if what == "index" else None, depth if what == "depth" else None)


@pytest.mark.parametrize("what", ["index", "depth"])
def test_silhouettes_are_found_by_objects_or_else_by_depth(what: str) -> None:
    found = silhouettes(surfaces(8, what), 2)
    row = found[0, 0, 18].nonzero().flatten().tolist()
    assert row[:4] == [6, 7, 8, 9]
    assert len(row) == 8
    slope = (torch.arange(SIZE) * 0.3 + 5).expand(1, 1, SIZE, SIZE)
    assert not silhouettes(Surfaces(depth=slope), 2)[..., 4:-4, 4:-4].any()


def test_a_wall_keeps_its_paint_but_for_what_was_mixed_with_what_stood_before_it() -> None:
    painted = {3: silhouettes(surfaces(8, "index"), WIDTH)}
    wall = Origins(torch.full((1, 1, SIZE, SIZE), 3.0), torch.zeros(1, 2, SIZE, SIZE))
    same = without_fringe(wall, surfaces(8, "index"), painted)
    assert not same.missing.any()
    moved = without_fringe(wall, surfaces(24, "index"), painted).missing
    assert torch.equal(moved, painted[3] & ~silhouettes(surfaces(24, "index"), WIDTH + 1))
    assert moved[0, 0, 18, 7]


def test_without_passes_nothing_is_dropped() -> None:
    wall = Origins(torch.full((1, 1, SIZE, SIZE), 3.0), torch.zeros(1, 2, SIZE, SIZE))
    assert silhouettes(Surfaces(), 2).numel() == 0
    assert not without_fringe(wall, Surfaces(), {3: silhouettes(Surfaces(), 2)}).missing.any()
