from dataclasses import dataclass, replace

import pytest
import torch

from nst.core.canvas import Stage
from nst.core.canvas.base import add_transposed
from nst.core.content.losses import FeatureContent
from nst.core.encoder import load_encoder
from nst.core.protocol import STYLE_LOSSES, JobCancelled
from nst.core.solve.gradient import backpropagate
from nst.core.solve.losses import Losses, region_losses
from nst.core.solve.objective import Objective
from nst.core.style.moments import scale
from nst.core.style.painting import Painting

LAYERS = ("rgb", "relu1_1", "relu2_1", "relu3_1")


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(dtype=torch.float64)


def picture(seed, height=64, width=64):
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, height // 4, width // 4, generator=generator, dtype=torch.float64)
    return torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")


def objective(encoder, content=None, memory=None, mix=None):
    mix = mix or {"w2": 0.7, "gram": 0.3}
    region = style_region(Painting(picture(1).to(encoder.dtype), encoder), 64, LAYERS, mix)
    keeps = (FeatureContent({"relu2_1": 1e-9, "relu3_1": 1e-9}),) if content is not None else ()
    return Objective((replace(region, keeps=keeps, memory=memory),), (), content)


def style_region(painting, side, layers, mix):
    stage = Stage(side, 1, 0.03, 1.0, layers, ())
    return region_losses(painting, stage, Losses(tuple(mix.items())), 1.0, None, 0)


@dataclass(frozen=True, eq=False)
class View:
    """A rectangle of a picture, weighted at will."""

    box: tuple
    weight: torch.Tensor
    valid: torch.Tensor
    wrap: tuple = (False, False)

    def gather(self, picture):
        top, left, bottom, right = self.box
        return picture[..., top:bottom, left:right]

    def scatter(self, gradient, into):
        add_transposed(self.gather, gradient, into)


class Together:
    """Several looks of one size as one batch: the one-pass reference."""

    wrap = (False, False)

    def __init__(self, looks):
        self.looks = looks
        self.weight = torch.cat([look.weight for look in looks])
        self.valid = torch.cat([look.valid for look in looks])

    def gather(self, picture):
        return torch.cat([look.gather(picture) for look in self.looks])

    def scatter(self, gradient, into):
        add_transposed(self.gather, gradient, into)


def windows(gaps=True):
    looks = []
    generator = torch.Generator().manual_seed(5)
    for top, left in ((0, 0), (16, 32), (32, 7)):
        weight = torch.rand(1, 1, 32, 32, generator=generator, dtype=torch.float64)
        valid = torch.ones_like(weight)
        if gaps:
            valid[..., :6, :12] = 0
        looks.append(View((top, left, top + 32, left + 32), weight * valid, valid))
    return looks


@pytest.mark.parametrize("name", STYLE_LOSSES)
def test_two_passes_equal_one_for_every_loss(encoder, name):
    layers = ("rgb", "relu1_1", "relu2_1", "relu3_1", "relu4_1")
    painting = Painting(picture(1), encoder)
    one, two = picture(2).requires_grad_(), picture(2).requires_grad_()
    first = backpropagate(
        one, [Together(windows())], encoder, Objective((style_region(painting, 64, layers, {name: 1}),))
    )
    second = backpropagate(
        two, windows(), encoder, Objective((style_region(painting, 64, layers, {name: 1}),))
    )
    assert second.loss == pytest.approx(first.loss, rel=1e-9)
    assert (one.grad - two.grad).norm() < 1e-5 * one.grad.norm()


@pytest.mark.parametrize("with_content", [False, True])
def test_two_passes_equal_one(encoder, with_content):
    target = objective(encoder, picture(3) if with_content else None)
    one = picture(2).requires_grad_()
    two = picture(2).requires_grad_()
    first = backpropagate(one, [Together(windows())], encoder, target)
    second = backpropagate(two, windows(), encoder, target)
    assert second.style == pytest.approx(first.style, rel=1e-9)
    assert second.terms == pytest.approx(first.terms, rel=1e-9)
    assert (one.grad - two.grad).norm() < 1e-5 * one.grad.norm()


def test_two_passes_equal_one_in_float32():
    """With Gram: the roots in w2 magnify float32's rounding, so that is checked in float64 above."""
    encoder = load_encoder()
    target = objective(encoder, mix={"gram": 1.0})
    looks = [View(look.box, look.weight.float(), look.valid.float()) for look in windows()]
    one = picture(2).float().requires_grad_()
    two = picture(2).float().requires_grad_()
    backpropagate(one, [Together(looks)], encoder, target)
    backpropagate(two, looks, encoder, target)
    assert (one.grad - two.grad).norm() < 1e-5 * one.grad.norm()


def test_gradient_matches_differences(encoder):
    """Without gaps: what fills a gap follows the picture, but carries no gradient on purpose."""
    target = objective(encoder, picture(3))
    base = picture(2)
    leaf = base.clone().requires_grad_()
    backpropagate(leaf, windows(gaps=False), encoder, target)
    direction = torch.randn(base.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    step = 1e-6

    def value(x):
        result = backpropagate(x.clone().requires_grad_(), windows(gaps=False), encoder, target)
        return result.loss

    slope = (value(base + step * direction) - value(base - step * direction)) / (2 * step)
    assert float((leaf.grad * direction).sum()) == pytest.approx(slope, rel=2e-3)  # kinks of relu and pooling


def test_memory_of_the_same_views_changes_nothing(encoder):
    """Views remembered with their own statistics leave loss and gradient as they were."""
    plain = picture(2).requires_grad_()
    first = backpropagate(plain, windows(), encoder, objective(encoder))
    remembered = picture(2).requires_grad_()
    memory = scale(first.statistics[0], 3.0)
    second = backpropagate(remembered, windows(), encoder, objective(encoder, memory=memory))
    assert second.style == pytest.approx(first.style, rel=1e-9)
    assert (plain.grad - remembered.grad).norm() < 1e-5 * plain.grad.norm()


def test_stops_between_views(encoder):
    def stop():
        raise JobCancelled

    with pytest.raises(JobCancelled):
        backpropagate(picture(2).requires_grad_(), windows(), encoder, objective(encoder), stop)
