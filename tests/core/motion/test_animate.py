"""A square that moves over a wall, "painted" by a painter that counts what it is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from nst.core.motion.animate import Painter, Patch, _changed
from nst.core.motion.clip import Frame
from nst.core.motion.flow import Motion
from nst.core.motion.keys import keys_of
from nst.core.motion.origins import NOWHERE, Origins
from nst.core.motion.visibility import Surfaces

from .remembered import Remembered

SIZE, SIDE, TOP = 48, 16, 10


def square(left: int) -> Tensor:
    found = torch.zeros(1, 1, SIZE, SIZE, dtype=torch.bool)
    found[..., TOP : TOP + SIDE, left : left + SIDE] = True
    return found


def paint_of(wall: bool) -> Tensor:
    return torch.rand(1, 3, SIZE, 2 * SIZE, generator=torch.Generator().manual_seed(int(wall)))


class World:
    """step: pixels by which the square moves to the right from frame to frame."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.asked: list[tuple[int, int]] = []

    def left(self, number: int) -> int:
        return 4 + self.step * number

    def read(self, number: int) -> Frame:
        here = square(self.left(number))
        moved = torch.where(here, float(self.step), 0.0)
        motion = Motion(torch.cat([-moved, 0 * moved], 1), torch.cat([moved, 0 * moved], 1))
        normal = torch.zeros(1, 3, SIZE, SIZE)
        normal[:, 1] = -1
        surfaces = Surfaces(torch.where(here, 1.0, 2.0), torch.where(here, 3.0, 9.0), normal)
        return Frame(self.show(number), motion, surfaces)

    def show(self, number: int) -> Tensor:
        return torch.where(square(self.left(number)), 0.8, 0.3).expand(1, 3, -1, -1).contiguous()

    def ideal(self, number: int) -> Tensor:
        """Paint that sticks to square and wall."""
        shift = self.left(number) - self.left(0)
        own = paint_of(wall=False)[..., SIZE // 2 : SIZE // 2 + SIZE].roll(shift, 3)
        return torch.where(square(self.left(number)), own, paint_of(wall=True)[..., :SIZE])

    def paint(self, number: int, patch: Patch | None) -> Tensor:
        if patch is None:
            self.asked.append((number, SIZE * SIZE))
            return self.ideal(number)
        self.asked.append((number, int(patch.missing.sum())))
        return torch.where(patch.missing, self.ideal(number), patch.paint)

    def painted(self, count: int, every: int) -> dict[int, Tensor]:
        painter = Painter(self.read, self.show, self.paint, Remembered())
        return dict(painter.frames(range(count), every))


def test_what_stands_still_is_painted_once_and_stays_to_the_last_bit() -> None:
    world = World(0)
    found = world.painted(9, 4)
    assert list(found) == list(range(9))
    assert all(torch.equal(picture, found[0]) for picture in found.values())
    assert world.asked == [(0, SIZE * SIZE)]


def test_paint_sticks_to_what_moves_and_what_appears_is_painted_once() -> None:
    world = World(2)
    found = world.painted(11, 5)
    assert [number for number, _ in world.asked] == [0, 5, 10]
    assert all(area <= (SIDE + 4) * 14 for _, area in world.asked[1:])
    for number, picture in found.items():
        wrong = (picture - world.ideal(number)).abs().amax(1)
        assert float((wrong > 1e-4).float().mean()) < 0.02, number


def test_light_that_has_changed_is_painted_again() -> None:
    """Not from frame to frame: at the next key."""
    world = World(0)
    shown = world.show
    world.show = lambda number: shown(number) * (0.4 if number >= 4 else 1.0)  # type: ignore[method-assign]
    world.painted(9, 4)
    assert world.asked[0] == (0, SIZE * SIZE)
    assert world.asked[1][0] == 4
    assert world.asked[1][1] > SIZE * SIZE // 2
    assert len(world.asked) == 2


def test_a_single_frame() -> None:
    world = World(1)
    assert list(world.painted(1, 4)) == [0]


def test_after_a_cut_everything_is_painted_anew() -> None:
    world = World(0)
    read = world.read

    def cut(number: int) -> Frame:
        frame = read(number)
        if number < 2:
            return frame
        apart = replace(frame.surfaces, index=frame.surfaces.index + 10)
        return replace(frame, surfaces=apart)

    world.read = cut  # type: ignore[method-assign]
    world.painted(5, 4)
    assert world.asked == [(0, SIZE * SIZE), (4, SIZE * SIZE)]


def test_frames_between_fade_from_the_paint_of_one_key_to_that_of_the_other() -> None:
    """A wall whose light has changed at the last key alone."""
    world = World(0)
    shown = world.show
    world.show = lambda number: shown(number) * (0.4 if number == 4 else 1.0)  # type: ignore[method-assign]
    world.paint = lambda number, patch: (  # type: ignore[method-assign]
        torch.full((1, 3, SIZE, SIZE), 0.2) if patch is None else torch.where(patch.missing, 0.6, patch.paint)
    )
    found = world.painted(5, 4)
    middle = [float(found[number][0, 0, SIDE, SIDE]) for number in range(5)]
    assert middle == pytest.approx([0.2, 0.3, 0.4, 0.5, 0.6])


def test_frames_that_are_not_wanted_are_not_made_nor_keys_that_nothing_wanted_needs() -> None:
    world = World(2)
    whole = World(2).painted(11, 5)
    painter = Painter(world.read, world.show, world.paint, Remembered())
    some = dict(painter.frames(range(11), 5, {3, 4}))
    assert list(some) == [3, 4]
    assert all(torch.equal(picture, whole[number]) for number, picture in some.items())
    assert [number for number, _ in world.asked] == [0, 5]
    assert list(painter.all_keys(range(11), 5)) == [0, 5, 10]
    assert [number for number, _ in world.asked] == [0, 5, 10]


def test_frames_that_an_artist_painted_stay_and_are_carried_to_those_around() -> None:
    """The square of her second frame is brighter: frames between fade to it; nothing else is painted."""
    world = World(2)
    given = {0: world.ideal(0), 6: torch.where(square(world.left(6)), 0.9, world.ideal(6))}

    def paint(number: int, patch: Patch | None) -> Tensor:
        return world.paint(number, patch) if number not in given else given[number]

    painter = Painter(world.read, world.show, paint, Remembered(), given=given)
    found = dict(painter.frames(range(9), 6))
    assert world.asked == [(8, world.asked[0][1])]
    assert all(torch.equal(found[number], picture) for number, picture in given.items())
    middle = (0, 0, TOP + SIDE // 2)
    assert float(found[8][(*middle, world.left(8) + SIDE // 2)]) == pytest.approx(0.9)
    own = float(world.ideal(3)[(*middle, world.left(3) + SIDE // 2)])
    assert float(found[3][(*middle, world.left(3) + SIDE // 2)]) == pytest.approx((own + 0.9) / 2, abs=1e-3)


def test_keys_come_so_many_after_another_or_are_given() -> None:
    assert keys_of(range(11), 5) == [0, 5, 10]
    assert keys_of(range(10), 5) == [0, 5, 9]
    assert keys_of(range(10), 5, {2, 8}) == [0, 2, 7, 8, 9]
    assert keys_of([7], 5) == [7]


def test_what_comes_and_goes_between_two_keys_is_painted_all_the_same() -> None:
    """A second square that is there for three frames."""
    world = World(0)
    read = world.read

    def visited(number: int) -> Frame:
        frame = read(number)
        guest = square(28) & torch.tensor(3 <= number <= 5)
        index = torch.where(guest, 7.0, frame.surfaces.index)
        return replace(frame, surfaces=replace(frame.surfaces, index=index))

    world.read = visited  # type: ignore[method-assign]
    found = world.painted(9, 8)
    assert [number for number, _ in world.asked] == [0, 8, 3]  # the last has lost what was behind
    assert SIDE**2 <= world.asked[2][1] <= (SIDE + 4) ** 2
    for number in (3, 4, 5):
        assert torch.equal(found[number], found[3])
    assert all(torch.equal(found[number], found[0]) for number in (1, 2, 6, 7, 8))
    some = World(0)
    some.read = visited  # type: ignore[method-assign]
    painter = Painter(some.read, some.show, some.paint, Remembered())
    assert torch.equal(dict(painter.frames(range(9), 8, {5}))[5], found[5])


def test_what_comes_into_view_makes_no_paint_beside_it_anew() -> None:
    """Of it nothing was known before, which is no change of the light."""
    content = torch.full((1, 3, SIZE, SIZE), 0.9)
    known = torch.ones(1, 1, SIZE, SIZE, dtype=torch.bool)
    known[..., SIZE // 2 :] = False
    carried = torch.where(known, content, 0.0)
    assert not _changed(content, carried, known).any()
    assert _changed(content, carried * 0.5, known).equal(known)


def test_stretched_paint_is_what_is_painted_from() -> None:
    """What is missing is not: it has a mere continuation."""
    patches: list[Patch] = []

    def paint(number: int, patch: Patch | None) -> Tensor:
        if patch is None:
            return paint_of(True)[..., :SIZE]
        patches.append(patch)
        return torch.where(patch.missing, 0.5, patch.paint)

    # The left half is three times as wide as it was; what is right of that has come into view.
    columns = torch.arange(SIZE, dtype=torch.float32).view(1, 1, 1, -1).expand(1, 1, SIZE, -1)
    offsets = torch.cat([columns / 3 - columns, torch.zeros_like(columns)], 1)
    frame = torch.where(columns < SIZE // 2, 0.0, float(NOWHERE))
    painter = Painter(World(0).read, lambda _: torch.zeros(1, 3, SIZE, SIZE), paint, Remembered())
    first = painter._key(0)
    key = painter._key(1, Origins(frame, offsets))
    (patch,) = patches
    left = columns < SIZE // 2 - 1  # the last column has no next one
    assert patch.missing.equal(left | (columns >= SIZE // 2))
    assert patch.anew.equal(columns >= SIZE // 2)
    stretched = Origins(frame, offsets).paint({0: first.picture}).clamp(0, 1)
    assert torch.equal(patch.paint * left, stretched * left)
    assert key.origins.frame.equal(patch.missing.float())
