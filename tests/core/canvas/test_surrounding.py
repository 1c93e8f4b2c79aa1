from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from nst.core.canvas import Stage
from nst.core.canvas.image import ImageCanvas
from nst.core.canvas.surrounding import Surrounding, brightest
from nst.core.panorama.around import solid_angles

from ..panorama.test_around import HALF, seen

CPU = torch.device("cpu")
LAYERS = ("rgb", "relu1_1")


def stage(painting: int = 64, share: float = 1.0) -> Stage:
    return Stage(painting, 10, 0.02, share, LAYERS, ())


def views(half: bool, height: int, tile: int = 512) -> list[Tensor]:
    """What views show of the directions, and how much it weighs: (N, 4)."""
    picture = seen(height, half)
    found = []
    for look in Surrounding(half, 3).viewer(tile).looks(stage(), (picture.shape[2], picture.shape[3]), CPU):
        shown = torch.cat([look.gather(picture), look.weight], 1)
        found.append(shown.permute(0, 2, 3, 1).reshape(-1, 4))
    return found


def test_views_show_what_is_there_nearly_undistorted() -> None:
    """Neighbours towards the middle are one pixel apart everywhere; around it they crowd a little."""
    picture = seen(256, False)
    (look, *_) = Surrounding().viewer(512).looks(stage(), (256, 512), CPU)
    view, middle = look.gather(picture)[0], look.faces.side // 2
    apart = [view.diff(dim=axis).norm(dim=0) * 256 / math.pi for axis in (1, 2)]
    assert torch.allclose(apart[0][16:-16, middle], torch.ones(1), atol=0.03)
    assert torch.allclose(apart[1][middle, 16:-16], torch.ones(1), atol=0.03)
    assert min(float(each[16:-16, 16:-16].min()) for each in apart) > 0.8


def test_tiles_show_what_whole_views_do() -> None:
    """What counts of tiles is all that counts of views, each pixel once."""
    whole, tiled = (torch.cat(views(False, 512, tile)) for tile in (512, 64))
    (whole, tiled) = (each[each[:, 3] > 0] for each in (whole, tiled))
    assert len(whole) == len(tiled)
    for power in (1, 2):
        sums = [(each[:, 3:] * each[:, :3].pow(power)).double().sum(0) for each in (whole, tiled)]
        assert torch.allclose(sums[0], sums[1], rtol=1e-5, atol=1e-2)


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


def test_views_stay_for_a_stage_and_change_with_the_next() -> None:
    viewer = Surrounding(seed=4).viewer(512)
    one, same, other = (viewer.looks(stage(size), (64, 128), CPU)[0].turns for size in (64, 64, 32))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("beyond", [0, 24])
def test_only_what_shows_something_of_a_hole_is_looked_at(beyond: int) -> None:
    hole = torch.zeros(1, 1, 256, 512)
    hole[..., 126:130, 230:236] = 1
    viewer = Surrounding().viewer(64)
    looks = viewer.looks(stage(), (256, 512), CPU, hole, beyond)
    pixels = sum(look.pixels for look in looks)
    assert 0 < pixels < viewer.pixels(stage(), (256, 512))[0] / 3
    shown = torch.zeros_like(hole)
    for look in viewer.looks(stage(), (256, 512), CPU):
        look.scatter(look.weight, shown)
    found = torch.zeros_like(hole)
    for look in looks:
        look.scatter(look.weight, found)
    within = max(0, beyond - 2)  # what lies on a border is read between pixels
    near = torch.nn.functional.max_pool2d(hole, 2 * within + 1, 1, within) > 0
    assert torch.allclose(found[near], shown[near], rtol=1e-4)
    if not beyond:
        assert viewer.pixels(stage(), (256, 512), hole)[0] == pixels
        assert len(viewer.looks(stage(), (256, 512), CPU, torch.zeros_like(hole))) == 1


def test_views_get_smaller_until_they_cannot() -> None:
    viewer = Surrounding().viewer(1024)
    before = viewer.pixels(stage(), (512, 1024))[1]
    shrunk = []
    while viewer.shrink():
        shrunk.append(viewer.pixels(stage(), (512, 1024))[1])
    assert shrunk == sorted(shrunk, reverse=True)
    assert shrunk[-1] <= (64 + 2 * 16) ** 2 < before


def test_colors_stand_for_what_one_sees() -> None:
    colors = Surrounding().colors(seen(128, False))
    assert float(colors.mean(0).abs().max()) < 0.01
    assert torch.allclose(colors.square().mean(0), torch.full((3,), 1 / 3), atol=0.01)


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


def test_gradients_of_pixels_are_as_large_as_at_the_horizon() -> None:
    """But for those that are nearest to a pole."""
    height = 64
    gradient = solid_angles(height)[:, None].expand(1, 3, height, 2 * height).float().contiguous()
    (found,) = ImageCanvas((height, 2 * height), 64.0, CPU, Surrounding()).as_large([gradient])
    assert float(found[:, :, 4:-4].std() / found[:, :, 4:-4].mean()) < 1e-6
    assert float(found[:, :, [0, -1]].amax()) < float(found.mean())
