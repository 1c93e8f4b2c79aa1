"""Drawings that take turns, and stick to things all the same."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nst.core.motion.animate import Painter
from nst.core.motion.boil import DRAWINGS

from .remembered import Remembered
from .test_animate import SIZE, World


class Drawn:
    """Draws a world again, each time a little brighter, and counts what it is asked for."""

    def __init__(self, step: int) -> None:
        self.world = World(step)
        self.asked: list[tuple[int, int, int]] = []

    def redraw(self, number: int, there: Tensor, own: Tensor, which: int) -> Tensor:
        self.asked.append((number, which, int(own.sum())))
        return torch.where(own, self.world.ideal(number) * 0.5 + 0.1 * which, there)

    def frames(self, count: int, every: int, hold: int) -> dict[int, Tensor]:
        world = self.world
        painter = Painter(world.read, world.show, world.paint, Remembered(), self.redraw, hold)
        return dict(painter.frames(range(count), every))


def test_drawings_take_turns_and_each_is_made_once() -> None:
    drawn = Drawn(0)
    found = drawn.frames(13, 4, hold=2)
    for number, picture in found.items():
        which = number // 2 % DRAWINGS
        assert torch.equal(picture, found[2 * which]), number
    assert len({float(found[2 * which].mean()) for which in range(DRAWINGS)}) == DRAWINGS
    assert sorted(drawn.asked) == [(0, which, SIZE * SIZE) for which in range(1, DRAWINGS)]


def test_without_a_rate_there_is_one_drawing() -> None:
    drawn = Drawn(2)
    found = drawn.frames(9, 4, hold=0)
    assert not drawn.asked
    assert all(torch.equal(picture, World(2).painted(9, 4)[number]) for number, picture in found.items())


def test_a_drawing_moves_with_what_it_shows_and_only_new_paint_is_drawn_again() -> None:
    drawn = Drawn(2)
    found = drawn.frames(11, 5, hold=1)
    for number, picture in found.items():
        which = number % DRAWINGS
        ideal = drawn.world.ideal(number) * 0.5 + 0.1 * which if which else drawn.world.ideal(number)
        wrong = (picture - ideal).abs().amax(1)
        assert float((wrong > 1e-4).float().mean()) < 0.03, number
    later = [area for number, _, area in drawn.asked if number > 0]
    assert later
    assert max(later) < SIZE * SIZE // 8


@pytest.mark.parametrize("hold", [1, 4])
def test_keys_are_drawn_when_their_turn_comes(hold: int) -> None:
    drawn = Drawn(0)
    drawn.frames(3, 2, hold)
    assert {which for _, which, _ in drawn.asked} == ({1, 2} if hold == 1 else set())
