"""Footage: each way is estimated once, what is hidden is told by the way back, and paint follows."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from nst.core.motion.animate import Painter, Patch
from nst.core.motion.clip import Shown, link, link_ahead
from nst.core.motion.footage import LOOKS, Footage
from nst.core.motion.visibility import ESTIMATED, RENDERED, RoundTrip, Surfaces, sight

from .panning import HEIGHT, PAN, SIDE, STEP, TOP, WIDTH, KnownFlow, motion, picture, square
from .remembered import Remembered

NUMBERS = range(7)


def footage(flow: KnownFlow, memory: int = 2**30) -> Footage:
    return Footage(
        lambda number: Shown(picture(number), Surfaces()), NUMBERS, (HEIGHT, WIDTH), lambda: flow, memory
    )


def test_each_way_is_estimated_once_and_the_ends_do_not_move() -> None:
    flow = KnownFlow(NUMBERS)
    clip = footage(flow)
    for number in (*NUMBERS, *reversed(NUMBERS)):
        assert clip.read(number).motion.trip == ESTIMATED
    assert sorted(flow.asked) == sorted([*pairwise(NUMBERS), *pairwise(NUMBERS[::-1])])
    assert not clip.read(0).motion.before.any()
    assert not clip.read(6).motion.after.any()


def test_no_more_flow_is_held_than_there_is_memory_for() -> None:
    flow = KnownFlow(NUMBERS)
    clip = footage(flow, memory=1)
    for number in (0, 1, 0, 6, 0):
        clip.read(number)
    assert flow.asked.count((0, 1)) == 1
    for number in range(1, 1 + LOOKS):
        clip.read(number)
    clip.read(0)
    assert flow.asked.count((0, 1)) == 2


def test_what_estimates_is_not_opened_for_a_single_frame() -> None:
    def never() -> KnownFlow:
        raise AssertionError("nothing moves")

    clip = Footage(lambda _: Shown(picture(0), Surfaces()), range(1), (HEIGHT, WIDTH), never)
    assert not clip.read(0).motion.after.any()


def test_what_was_hidden_is_not_seen_and_all_else_is() -> None:
    """But for the square's outline, where flow is of two things, and what was out of view."""
    clip = footage(KnownFlow(NUMBERS))
    seen = link(clip.read(3), clip.read(2)).sight.seen
    hidden = square(2).roll(-PAN, 3) & ~square(3)
    assert not seen[hidden].any()
    rim = square(3).roll(1, 3) ^ square(3).roll(-1, 3) | square(3).roll(1, 2) ^ square(3).roll(-1, 2)
    in_view = torch.arange(WIDTH).expand_as(seen) < WIDTH - PAN
    assert seen[~hidden & ~rim & in_view].all()
    assert not seen[~in_view].any()
    assert link_ahead(clip.read(2), clip.read(3)).sight.seen.float().mean() > 0.9


def test_the_longer_the_way_the_more_a_point_may_miss_itself() -> None:
    def seen(length: float, miss: float, trip: RoundTrip) -> bool:
        there = torch.zeros(1, 2, 4, 200)
        there[:, 0] = length
        back = -there
        back[:, 1] += miss
        return bool(sight(Surfaces(), Surfaces(), there, back, trip).seen[..., 2, 0])

    loose = RoundTrip(0.5, 0.01)
    assert not seen(2, 0.8, loose)
    assert seen(40, 0.8, loose)
    assert seen(40, 5.6, loose)  # 0.5 + 0.01 * 2 * 40^2 = 5.7^2
    assert not seen(40, 5.8, loose)
    assert not seen(40, 0.8, RENDERED)


def test_where_flow_tears_it_is_not_believed() -> None:
    there = torch.zeros(1, 2, 8, 16)
    there[:, 0, :, 8:] = 0.4
    still = torch.zeros_like(there)
    assert sight(Surfaces(), Surfaces(), there, still, RoundTrip(9.0, tear=0.5)).seen.all()
    seen = sight(Surfaces(), Surfaces(), there, still, RoundTrip(9.0, tear=0.3)).seen
    assert torch.equal(~seen[0, 0, 0], (torch.arange(16) == 7) | (torch.arange(16) == 8))


def ideal(number: int) -> Tensor:
    """Paint that sticks to square and wall: the pictures' own negative."""
    return 1 - picture(number)


def paint(number: int, patch: Patch | None) -> Tensor:
    return ideal(number) if patch is None else torch.where(patch.missing, ideal(number), patch.paint)


def test_paint_follows_the_square_and_the_wall() -> None:
    flow = KnownFlow(NUMBERS)
    painter = Painter(footage(flow).read, picture, paint, Remembered())
    for number, shown in painter.frames(NUMBERS, 6):
        wrong = (shown - ideal(number)).abs().amax(1) > 1e-3
        assert float(wrong.float().mean()) < 0.06, number
        assert not wrong[square(number)[0]].reshape(SIDE, SIDE)[2:-2, 2:-2].any(), number
    assert (motion(3, 2)[:, 0, TOP + 5, 30], motion(3, 2)[:, 0, 0, 0]) == (-STEP, PAN)
