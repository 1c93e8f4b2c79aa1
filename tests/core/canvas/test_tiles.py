import pytest
import torch

from nst.core.canvas import Stage
from nst.core.canvas.chart import Flat, halo_of
from nst.core.canvas.image import ImageCanvas
from nst.core.canvas.tiles import tiles
from nst.core.content.losses import EdgeContent, FeatureContent, TotalVariation
from nst.core.encoder import load_encoder
from nst.core.resize import enlarged, resized_to
from nst.core.solve.gradient import backpropagate
from nst.core.solve.losses import Losses, region_losses
from nst.core.solve.objective import Objective
from nst.core.style.painting import Painting

DEVICE = torch.device("cpu")
DEEP = ("rgb", "relu1_1", "relu3_1", "relu5_1")
WRAPS = [(False, False), (True, False), (False, True), (True, True)]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder()


def picture(seed, height, width):
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, height // 4 + 1, width // 4 + 1, generator=generator)
    return torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")


def objective(encoder, content, layers=DEEP, mix=(("gram", 1.0),), guides=()):
    """Every kind of loss whose value does not depend on where the tiles lie."""
    painting = Painting(picture(1, 64, 64), encoder)
    stage = Stage(64, 1, 0.03, 1.0, layers, ())
    regions = []
    for guide in guides or (None,):
        region = region_losses(painting, stage, Losses(mix), 1.0, guide, 0)
        keeps = (FeatureContent({"rgb": 0.1, "relu3_1": 1e-9}), EdgeContent(0.5))
        regions.append(type(region)(region.style, region.lifts, region.terms, keeps, guide))
    return Objective(tuple(regions), (TotalVariation(0.1),), content)


def evaluated(looks, start, encoder, target):
    leaf = start.clone().requires_grad_()
    result = backpropagate(leaf, looks, encoder, target)
    return result.loss, leaf.grad


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("size", [(384, 64), (400, 80)])
def test_tiles_equal_the_whole(encoder, wrap, size):
    start, content = picture(2, *size), picture(3, *size)
    guide = picture(4, *size)[:, :1]
    target = objective(encoder, content, guides=(guide, 1 - guide))
    parts = tiles(size, DEVICE, tile=192, wrap=wrap)
    assert len(parts) > 1
    loss, gradient = evaluated(parts, start, encoder, target)
    whole, exact = evaluated(tiles(size, DEVICE, tile=512, wrap=wrap), start, encoder, target)
    assert loss == pytest.approx(whole, rel=1e-5)
    assert (gradient - exact).norm() < 1e-5 * exact.norm()


def test_tiles_equal_the_whole_where_a_mask_is_thin(encoder):
    """Whether a mask is eroded is decided for all of it, not for each tile."""
    size = (304, 80)
    mask = torch.zeros(1, 1, *size)
    mask[..., :96, :] = 1
    mask[..., 100::9, :] = 1
    layers = ("relu1_1", "relu2_1", "relu3_1")
    target = objective(encoder, None, layers, guides=(mask, 1 - mask))
    loss, gradient = evaluated(tiles(size, DEVICE, 96, 16), picture(2, *size), encoder, target)
    whole, exact = evaluated(tiles(size, DEVICE, 512), picture(2, *size), encoder, target)
    assert loss == pytest.approx(whole, rel=1e-5)
    assert (gradient - exact).norm() < 1e-5 * exact.norm()


@pytest.mark.parametrize(("deepest", "halo"), [("relu3_1", 16), ("relu4_1", 48), ("relu5_1", 96)])
def test_halos_reach_as_far_as_features(encoder, deepest, halo):
    size = (320, 48)
    target = objective(encoder, picture(3, *size), ("relu1_1", deepest))
    _, gradient = evaluated(tiles(size, DEVICE, 160, halo), picture(2, *size), encoder, target)
    _, exact = evaluated(tiles(size, DEVICE, 512), picture(2, *size), encoder, target)
    assert (gradient - exact).norm() < 1e-5 * exact.norm()
    stage = Stage(320, 1, 0.03, 1.0, ("relu1_1", deepest), ())
    assert halo_of(stage) == halo


@pytest.mark.parametrize("name", ["nn", "sliced", "mmd-gauss"])
def test_tiles_equal_the_whole_for_losses_of_positions(encoder, name):
    size = (391, 65)  # what pooling leaves over is left over in the last tile, too
    layers = ("relu1_1", "relu2_1", "relu3_1")
    target = objective(encoder, picture(3, *size), layers, ((name, 1.0),))
    loss, gradient = evaluated(tiles(size, DEVICE, 192, 16), picture(2, *size), encoder, target)
    whole, exact = evaluated(tiles(size, DEVICE, 512), picture(2, *size), encoder, target)
    assert loss == pytest.approx(whole, rel=1e-4)
    assert (gradient - exact).norm() < 2e-3 * exact.norm()  # a neighbour may change by rounding


@pytest.mark.parametrize("wrap", WRAPS)
def test_tiles_count_every_pixel_once(wrap):
    size = (496, 704)
    counts = torch.zeros(1, 1, *size)
    for look in tiles(size, DEVICE, tile=128, halo=32, wrap=wrap):
        look.scatter(look.weight, counts)
    assert torch.equal(counts, torch.ones_like(counts))


@pytest.mark.parametrize("wrap", WRAPS)
def test_scatter_is_the_transpose_of_gather(wrap):
    start = picture(0, 304, 208).double()
    for look in tiles((304, 208), DEVICE, tile=96, halo=48, wrap=wrap):
        view = torch.randn(look.gather(start).shape, dtype=torch.float64)
        back = torch.zeros_like(start)
        look.scatter(view, back)
        there, home = float((look.gather(start) * view).sum()), float((start * back).sum())
        assert there == pytest.approx(home, rel=1e-9)


def test_a_picture_that_repeats_has_no_border(encoder):
    """Turned around by any multiple of the deepest stride, it has the same loss and the turned gradient."""
    size = (128, 96)
    start = picture(2, *size)
    target = objective(encoder, None)
    looks = tiles(size, DEVICE, 512, wrap=(True, True))
    loss, gradient = evaluated(looks, start, encoder, target)
    other, turned = evaluated(looks, start.roll((48, 32), (2, 3)), encoder, target)
    assert other == pytest.approx(loss, rel=1e-5)
    assert (turned - gradient.roll((48, 32), (2, 3))).norm() < 1e-4 * gradient.norm()


@pytest.mark.parametrize(("old", "new"), [(64, 128), (128, 64), (50, 112), (112, 100)])
def test_scaling_a_picture_that_repeats_has_no_border(old, new):
    """Half a turn before scaling is half a turn after it."""
    start = picture(5, old, 24)
    for scaled in (enlarged, resized_to):
        size = (new, 24)
        straight = scaled(start, size, (True, False))
        turned = scaled(start.roll(old // 2, 2), size, (True, False))
        assert torch.allclose(straight.roll(new // 2, 2), turned, atol=1e-5)
        assert not torch.allclose(scaled(start, size).roll(new // 2, 2), turned, atol=1e-2)


def test_sizes_of_a_repeating_canvas_fit_the_network():
    canvas = ImageCanvas(picture(0, 100, 70), 100.0, DEVICE, Flat((True, False)))
    stage = Stage(90, 1, 0.03, 1.0, ("relu4_1",), ())
    assert canvas.size(stage) == (96, 63)
    levels = canvas.start(stage, _grey(), torch.Generator().manual_seed(0))
    assert canvas.decode(levels).shape[-2:] == (96, 63)
    assert canvas.finished(canvas.decode(levels)).shape[-2:] == (100, 70)


def test_the_start_of_a_canvas_is_its_content():
    content = picture(0, 64, 48)
    for wrap in WRAPS:
        canvas = ImageCanvas(content, 64.0, DEVICE, Flat(wrap))
        stage = Stage(64, 1, 0.03, 1.0, ("relu4_1",), ())
        levels = canvas.start(stage, _grey(), torch.Generator().manual_seed(0))
        assert torch.allclose(canvas.decode(levels), content, atol=1e-5)


def test_tiles_shrink_to_an_end():
    canvas = ImageCanvas(picture(0, 64, 48), 64.0, DEVICE, tile=256)
    stage = Stage(1024, 1, 0.03, 1.0, ("relu3_1",), ())
    counts = [len(canvas.looks(stage, lambda: None))]
    while canvas.shrink():
        counts.append(len(canvas.looks(stage, lambda: None)))
    assert counts == [12, 48, 192]


@pytest.mark.parametrize("bad", [(500, 700), (496, 700)])
def test_a_picture_that_repeats_must_fit_the_network(bad):
    with pytest.raises(ValueError, match="multiple of 16"):
        tiles(bad, DEVICE, 128, wrap=(True, True))


def _grey():
    from nst.core.canvas import Palette

    return Palette(torch.full((3,), 0.5), torch.zeros(3, 3))
