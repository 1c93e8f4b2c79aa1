from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from nst.core.canvas import Stage
from nst.core.canvas.image import ImageCanvas
from nst.core.canvas.surrounding import Surrounding, brightest, upright
from nst.core.panorama.around import solid_angles

from ..panorama.test_around import HALF, seen

CPU = torch.device("cpu")
LAYERS = ("rgb", "relu1_1")


def stage(painting: int = 64, share: float = 1.0) -> Stage:
    return Stage(painting, 10, 0.02, share, LAYERS, ())


def views(half: bool, height: int) -> list[Tensor]:
    """What windows show of the directions, and how much it weighs: (N, 4)."""
    picture = seen(height, half)
    found = []
    for look in Surrounding(half, 3).viewer(512).looks(stage(), (picture.shape[2], picture.shape[3]), CPU):
        shown = torch.cat([look.gather(picture), look.weight], 1)
        found.append(shown.permute(0, 2, 3, 1).reshape(-1, 4))
    return found


def test_windows_show_what_is_there_undistorted() -> None:
    """Neighbouring pixels of a window are one pixel apart in its middle, more towards its corners."""
    picture, viewer = seen(128, False), Surrounding().viewer(512)
    (look, *_) = viewer.looks(stage(), (128, 256), CPU)
    view = look.gather(picture)[0]
    middle = look.side // 2
    view = view[:, middle - 8 : middle + 8, middle - 8 : middle + 8]
    for axis in (1, 2):
        assert float(view.diff(dim=axis).norm(dim=0).mean()) == pytest.approx(math.pi / 128, rel=0.02)


@HALF
def test_all_of_the_sphere_weighs_the_same(half: bool) -> None:
    """The mean direction of all that is seen is that of the sphere, and so are its squares."""
    shown = torch.cat(views(half, 64))
    weight = shown[:, 3:] / shown[:, 3].sum()
    mean, square = (weight * shown[:, :3]).sum(0), (weight * shown[:, :3].square()).sum(0)
    assert torch.allclose(mean, torch.tensor([0.0, 0.0, 0.5 if half else 0.0]), atol=0.02)
    assert torch.allclose(square, torch.full((3,), 1 / 3), atol=0.02)


@HALF
def test_scatter_is_the_transpose_of_gather(half: bool) -> None:
    torch.manual_seed(0)
    size = (32, 32 if half else 64)
    for look in Surrounding(half).viewer(512).looks(stage(), size, CPU):
        picture = torch.rand(1, 3, *size)
        views = look.gather(picture)
        gradient, into = torch.rand_like(views), torch.zeros_like(picture)
        look.scatter(gradient, into)
        assert float((views * gradient).sum()) == pytest.approx(float((picture * into).sum()), rel=1e-4)


def test_each_place_weighs_as_much_as_it_is_seen() -> None:
    """What all windows together send back to a pixel is its solid angle."""
    height = 64
    total = torch.zeros(1, 1, height, 2 * height)
    for look in Surrounding(seed=5).viewer(512).looks(stage(), (height, 2 * height), CPU):
        look.scatter(look.weight, total)
    wanted = solid_angles(height) / solid_angles(height)[height // 2]
    found = total[0, 0].mean(1).double()
    assert float((found - wanted).abs().max()) < 0.06
    middle = total[0, 0, height // 2 - 8 : height // 2 + 8]
    assert float((middle / middle.mean() - 1).abs().mean()) < 0.1


def test_windows_stay_for_a_stage_and_change_with_the_next() -> None:
    viewer = Surrounding(seed=4).viewer(512)
    one, same, other = (viewer.looks(stage(size), (64, 128), CPU)[0].turns for size in (64, 64, 32))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_only_windows_that_show_something_of_a_hole_are_laid() -> None:
    hole = torch.zeros(1, 1, 64, 128)
    hole[..., 30:34, 60:66] = 1
    viewer = Surrounding().viewer(512)
    looks = viewer.looks(stage(), (64, 128), CPU, hole)
    count = sum(len(look.turns) for look in looks)
    assert 0 < count < sum(len(look.turns) for look in viewer.looks(stage(), (64, 128), CPU))
    assert all(float(look.gather(hole).amax((1, 2, 3)).min()) > 0 for look in looks)
    assert viewer.pixels(stage(), (64, 128), hole)[0] == count * looks[0].side ** 2
    assert len(viewer.looks(stage(), (64, 128), CPU, torch.zeros_like(hole))[0].turns) == 1


def test_colors_stand_for_what_one_sees() -> None:
    colors = Surrounding().colors(seen(128, False))
    assert float(colors.mean(0).abs().max()) < 0.01
    assert torch.allclose(colors.square().mean(0), torch.full((3,), 1 / 3), atol=0.01)


def test_axes_are_upright() -> None:
    angles = torch.tensor([0.3, -2.0], dtype=torch.float64), torch.tensor([0.5, -1.0], dtype=torch.float64)
    right, up, forward = upright(*angles, torch.zeros(2, dtype=torch.float64)).unbind(1)
    assert float(right[:, 1].abs().max()) < 1e-12
    assert float(up[:, 1].min()) > 0
    assert torch.allclose(torch.linalg.cross(right, up), -forward * -1)


def test_a_turned_panorama_is_painted_as_it_was() -> None:
    """To the last bit: what is painted is the same picture, turned back afterwards."""
    torch.manual_seed(0)
    picture = torch.rand(1, 3, 32, 64) * solid_angles(32).float().view(1, 1, -1, 1)
    turned = picture.roll(13, 3)
    one, other = (
        ImageCanvas(each, 16.0, CPU, Surrounding(turn=brightest(each))) for each in (picture, turned)
    )
    assert torch.equal(one.content(stage(16)), other.content(stage(16)))
    painted = torch.rand(1, 3, 32, 64)
    assert torch.equal(one.finished(painted).roll(13, 3), other.finished(painted))


def test_levels_hold_the_content_they_start_from() -> None:
    canvas = ImageCanvas(0.5 + 0.4 * seen(64, False), 32.0, CPU, Surrounding(turn=0.25))
    levels = canvas.begin(stage(32), [])
    held = canvas._split(canvas.content(stage(32)), levels)
    assert float((canvas.decode(held) - canvas.content(stage(32))).abs().max()) < 0.02
