"""What comes into view again, found by its UVs."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from nst.core.motion.animate import Painter, Patch
from nst.core.motion.clip import Frame
from nst.core.motion.flow import Motion
from nst.core.motion.recall import recalled
from nst.core.motion.visibility import Surfaces

from .remembered import Remembered

SIZE = 32
Y, X = torch.meshgrid(torch.arange(float(SIZE)), torch.arange(float(SIZE)), indexing="ij")


def shown(x: Tensor, y: Tensor, index: Tensor | float = 1.0) -> Surfaces:
    """A surface of which each pixel shows the place (x, y), in pixels of a straight look at it."""
    index = torch.as_tensor(index).expand(SIZE, SIZE)
    return Surfaces(index=index[None, None].float(), uv=torch.stack([x, y])[None] / 100)


ALL = torch.ones(1, 1, SIZE, SIZE, dtype=torch.bool)


@pytest.mark.parametrize(("angle", "scale"), [(0.0, 1.0), (0.4, 1.0), (2.0, 0.8), (-1.0, 1.3)])
def test_a_surface_that_was_turned_and_has_come_nearer_is_found_to_parts_of_a_pixel(
    angle: float, scale: float
) -> None:
    c, s = torch.tensor(angle).cos() * scale, torch.tensor(angle).sin() * scale
    x, y = c * (X - 16) - s * (Y - 16) + 16.3, s * (X - 16) + c * (Y - 16) + 15.6
    link = recalled(shown(x, y), shown(X, Y), ALL)
    places = torch.stack([X, Y])[None] + link.offsets
    inside = (x > 0) & (x < SIZE - 1) & (y > 0) & (y < SIZE - 1)
    assert link.sight.seen[0, 0][inside].all()
    wrong = (places - torch.stack([x, y])[None]).abs().amax(1)[0]
    assert float(wrong[inside].max()) < 1e-3
    far = (x < -2) | (x > SIZE + 1) | (y < -2) | (y > SIZE + 1)
    assert not link.sight.seen[0, 0][far].any()


def test_only_the_same_object_is_found_and_only_where_it_is_wanted() -> None:
    half = torch.where(X < 16, 1.0, 2.0)
    link = recalled(shown(X, Y, half), shown(X, Y, 1.0), ALL & (Y > 10))
    assert torch.equal(link.sight.seen[0, 0], (X < 16) & (Y > 10))
    assert float(link.offsets.abs().max()) < 1e-4


@pytest.mark.parametrize(("width", "found"), [(3, False), (12, True)])
def test_what_a_cut_of_the_uv_map_looks_like_is_not_found(width: int, found: bool) -> None:
    """A few pixels across it hold a mean of UVs, which are those of another place."""
    strip = (X - 10).clamp(0, width - 1) == X - 10
    link = recalled(shown(torch.where(strip, X, X + 200), Y), shown(X, Y), ALL)
    assert link.sight.seen[0, 0].equal(strip & found)


def test_a_narrow_gap_is_found_in_a_whole_surface() -> None:
    gap = ALL & (X >= 10) & (X < 12)
    assert recalled(shown(X, Y), shown(X + 0.5, Y), gap).sight.seen.equal(gap)


@pytest.mark.parametrize("lacking", ["no UVs were rendered", "the object has none"])
def test_without_uvs_nothing_is_found(lacking: str) -> None:
    here = shown(0 * X, 0 * Y)
    there = replace(here, uv=None) if "rendered" in lacking else here
    assert not recalled(here, there, ALL).sight.seen.any()


def test_what_was_hidden_looks_as_before_when_it_comes_back() -> None:
    """A wall behind a curtain that is drawn for some frames."""

    def read(number: int) -> Frame:
        hidden = 3 <= number <= 9
        still = Motion(torch.zeros(1, 2, SIZE, SIZE), torch.zeros(1, 2, SIZE, SIZE))
        return Frame(torch.zeros(1, 3, SIZE, SIZE), still, shown(X, Y, 2.0 if hidden else 1.0))

    asked = []

    def paint(number: int, patch: Patch | None) -> Tensor:
        fresh = torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(number))
        asked.append(number)
        return fresh if patch is None else torch.where(patch.missing, fresh, patch.paint)

    painter = Painter(read, lambda _: torch.zeros(1, 3, SIZE, SIZE), paint, Remembered())
    found = dict(painter.frames(range(13), 4))
    assert asked == [0, 4]
    assert all(torch.equal(found[number], found[0]) for number in (0, 1, 2, 10, 11, 12))
    assert not torch.equal(found[4], found[0])
