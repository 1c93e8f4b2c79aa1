"""Windows that are laid while the ones before are used are the same windows."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
import trimesh

from nst.core.canvas import Stage
from nst.core.canvas.ahead import Ahead
from nst.core.canvas.surface import SurfaceCanvas
from nst.core.canvas.surface_views import SurfaceViews
from nst.core.surface.field import direction_field
from nst.core.surface.mesh import surface_mesh

UP = (0.0, 0.0, 1.0)
COARSE = Stage(32, 3, 0.05, 1.0, ("relu1_1",), ())
FINE = Stage(80, 3, 0.05, 1.0, ("relu1_1",), ())


class Sum:
    """A series whose members depend on all before: sums of what is asked for."""

    def __init__(self) -> None:
        self.total = 0
        self.threads: set[int] = set()

    def next(self, number: int) -> int:
        self.threads.add(threading.get_ident())
        if number < 0:
            raise ValueError(number)
        self.total += number
        return self.total

    def load(self, total: int) -> None:
        self.total = total


def test_a_series_is_the_same_as_if_each_were_made_when_it_is_asked_for() -> None:
    work = Sum()
    ahead = Ahead(work.next, lambda: work.total, work.load)
    asked = [3, 3, 5, 5, 5, 2, 3]
    assert [ahead.take(number) for number in asked] == np.cumsum(asked).tolist()
    assert ahead.state() == sum(asked)
    ahead.forget()
    assert work.total == ahead.state() == sum(asked)
    assert len(work.threads) == 2


def test_a_failure_is_raised_where_its_member_is_asked_for() -> None:
    work = Sum()
    ahead = Ahead(work.next, lambda: work.total, work.load)
    with pytest.raises(ValueError, match="-1"):
        ahead.take(-1)
    assert ahead.take(1) == 1


def views(ahead: bool) -> SurfaceViews:
    ball = trimesh.creation.icosphere(subdivisions=2)
    corners = ball.vertices[ball.faces]
    mesh = surface_mesh(ball.vertices, ball.faces, corners[..., :2] * 0.45 + 0.5)
    canvas = SurfaceCanvas(mesh, 64, UP, 0, torch.device("cpu"))
    field = direction_field(canvas.geometry, "up", 0.0, UP)
    found = SurfaceViews(
        canvas.geometry, canvas.pyramid, canvas.grain, field, 0, torch.device("cpu"), ahead=ahead
    )
    found.span = 2.0
    return found


def shown(made: SurfaceViews, stages: list[Stage]) -> list[torch.Tensor]:
    return [look.weight for stage in stages for look in made.looks(stage, lambda: None)]


def test_windows_lie_where_they_would_and_count_what_they_show() -> None:
    plain, ahead = views(False), views(True)
    first, then = [COARSE, COARSE, FINE, FINE], [FINE, COARSE]
    for one, other in zip(shown(plain, first), shown(ahead, first), strict=True):
        assert torch.equal(one, other)
    for name, value in plain.state().items():
        assert torch.equal(value, ahead.state()[name]), name
    resumed = views(True)
    shown(resumed, [COARSE])
    resumed.restore(ahead.state())
    expected = shown(plain, then)
    for made in (ahead, resumed):
        for one, other in zip(expected, shown(made, then), strict=True):
            assert torch.equal(one, other)
        assert torch.equal(made.seen(), plain.seen())
