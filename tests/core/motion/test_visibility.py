"""A square that moves over a wall: what it uncovers is not seen in the frame before."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from nst.core.motion.visibility import Surfaces, _of_objects, sight

SIZE, STEP = 32, 4


def covered(left: int) -> Tensor:
    square = torch.zeros(1, 1, SIZE, SIZE, dtype=torch.bool)
    square[..., 8:24, left : left + 12] = True
    return square


def frame(left: int) -> tuple[Surfaces, Tensor]:
    """What is seen with the square there, and how its points moved by STEP to get there."""
    square = covered(left)
    index = torch.where(square, 1.0, 2.0)
    depth = torch.where(square, 3.0, 9.0)
    normal = torch.zeros(1, 3, SIZE, SIZE)
    normal[:, 1] = -1
    return Surfaces(index, depth, normal), torch.cat([torch.where(square, float(-STEP), 0.0), 0.0 * index], 1)


def test_only_what_is_uncovered_and_its_border_is_new() -> None:
    (before, there), (now, back) = frame(8), frame(8 + STEP)
    seen = sight(now, before, back, -there).whole
    uncovered = covered(8) & ~covered(8 + STEP)
    assert not seen[uncovered].any()
    assert seen[~covered(8)].all()  # the wall that was always seen
    assert seen[covered(8 + STEP)].all()


def test_each_channel_alone_tells_a_hidden_wall() -> None:
    """Where motion alone does not: a square and a wall that move alike."""
    (before, _), (now, _) = frame(8), frame(8 + STEP)
    still = torch.zeros(1, 2, SIZE, SIZE)
    hidden = covered(8) & ~covered(8 + STEP)
    inner = torch.zeros_like(hidden)
    inner[..., 10:22, 9:11] = True
    assert sight(Surfaces(), Surfaces(), still, still).whole.all()
    for name in ("index", "depth"):
        seen = sight(
            Surfaces(**{name: getattr(now, name)}), Surfaces(**{name: getattr(before, name)}), still, still
        ).seen
        assert not seen[hidden & inner].any(), name
    turned = dataclasses.replace(now, normal=torch.where(covered(8), -now.normal.roll(1, 1), now.normal))
    assert not sight(turned, dataclasses.replace(now), still, still).seen[covered(8)].any()


def test_an_object_that_comes_nearer_is_still_seen() -> None:
    (before, _), (now, _) = frame(8), frame(8)
    still = torch.zeros(1, 2, SIZE, SIZE)
    nearer = dataclasses.replace(now, depth=torch.where(covered(8), 2.0, 9.0))
    assert sight(nearer, before, still, still).whole.all()


def test_what_does_not_come_back_is_hidden() -> None:
    surfaces, _ = frame(8)
    there = torch.full((1, 2, SIZE, SIZE), 2.0)
    assert sight(surfaces, surfaces, there, -there).whole[covered(8)].float().mean() > 0.5
    assert not sight(surfaces, surfaces, there, there).seen.any()


def test_between_two_surfaces_the_pixel_of_its_own_counts() -> None:
    """A square that moves by 3.4 pixels over a wall: at its left border two of four pixels show the wall."""
    now, before = covered(12), covered(8)
    moved = torch.cat([torch.where(now, -3.4, 0.0), torch.zeros(1, 1, SIZE, SIZE)], 1)
    back = torch.cat([torch.where(before, 3.4, 0.0), torch.zeros(1, 1, SIZE, SIZE)], 1)
    surfaces = [Surfaces(torch.where(one, 1.0, 2.0)) for one in (now, before)]
    found = sight(*surfaces, moved, back)
    right = now & ~now.roll(-1, 3)
    assert found.seen[now].all()
    assert not found.whole[right].any()
    ends = found.near[:, :1] + torch.arange(SIZE)
    assert ends[right].unique().tolist() == [19.0]  # the last of its columns before
    assert float((found.near - moved).abs()[now.expand(-1, 2, -1, -1)].max()) <= 1


def test_what_was_outside_is_not_seen() -> None:
    surfaces, _ = frame(8)
    for columns in (0.4, 0.6, 3.0):
        moved = torch.zeros(1, 2, SIZE, SIZE)
        moved[:, 0] = columns
        found = sight(surfaces, surfaces, moved, -moved)
        ends = torch.arange(SIZE) + columns
        assert torch.equal(found.seen[0, 0, 0], ends <= SIZE - 0.5)
        assert not found.whole[..., ends > SIZE - 0.5].any()


def test_medians_of_objects_are_their_own() -> None:
    """Of three objects, one of them not seen."""
    index = torch.tensor([5.0, 5.0, 5.0, 9.0, 9.0, 2.0]).view(1, 1, 1, 6)
    change = torch.tensor([0.3, 0.1, 0.2, 7.0, 8.0, 4.0]).view(1, 1, 1, 6)
    seen = torch.tensor([True, True, True, True, False, False]).view(1, 1, 1, 6)
    found = _of_objects(change, index, seen)
    torch.testing.assert_close(found.flatten(), torch.tensor([0.2, 0.2, 0.2, 7.0, 7.0, 0.0]))
    assert float(_of_objects(change, None, seen).unique()) == pytest.approx(0.2)
    assert not _of_objects(change, index, ~(seen | ~seen)).any()
