import math
from itertools import pairwise

import pytest
import torch

from nst.core.canvas.coordinates import Spectrum
from nst.core.solve.descent import Adam
from nst.core.solve.quasi_newton import FIRST, LONG, LONGEST, SHORT, Curvature, QuasiNewton, history


def picture(count=12):
    return [torch.zeros(1, 1, 1, count, dtype=torch.float64)]


def valley(levels):
    """A long narrow valley, its lowest point at 1."""
    x = levels[-1]
    steep = torch.logspace(0, 3, x.numel(), dtype=x.dtype).view_as(x)

    def evaluate():
        return float((steep * (x - 1).square()).sum()), [2 * steep * (x - 1)]

    return evaluate


def rugged(levels):
    """Waves over a bowl: steps of a parabola often lead up."""
    x = levels[-1]

    def evaluate():
        loss = (x - 1).square() + 0.3 * torch.sin(25 * x)
        return float(loss.sum()), [2 * (x - 1) + 7.5 * torch.cos(25 * x)]

    return evaluate


def moved(before, after):
    return float((after - before).square().mean().sqrt())


def lbfgs(levels):
    return QuasiNewton(levels, Spectrum(levels[-1]))


def test_it_finds_the_bottom_of_a_valley_sooner_than_adam():
    ends = {}
    for way in (lbfgs, Adam):
        ours = picture()
        descent = way(ours)
        for _ in range(60):
            descent.step(valley(ours), 0.05)
        ends[way] = valley(descent.result())()[0]
    assert ends[lbfgs] < 0.1 * ends[Adam]


@pytest.mark.parametrize("hill", [valley, rugged])
def test_it_hands_on_the_best_it_found(hill):
    ours = picture()
    descent = lbfgs(ours)
    losses = [descent.step(hill(ours), 0.05) for _ in range(25)]
    assert min(losses) < losses[0]
    assert hill(descent.result())()[0] == pytest.approx(min(losses))


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e30])
def test_it_comes_back_from_where_it_got_lost(bad):
    ours = picture()
    descent = lbfgs(ours)
    good = [descent.step(valley(ours), 0.05) for _ in range(10)]
    for _ in range(3):
        descent.step(lambda: (bad, [torch.full_like(v, bad) for v in ours]), 0.05)
        assert all(torch.isfinite(v).all() for v in ours)
    assert descent.step(valley(ours), 0.05) < min(good)


def test_a_step_that_led_up_is_followed_by_shorter_ones_on_the_same_line():
    ours = picture()
    start = ours[-1].clone()
    slope = torch.linspace(1, 2, start.numel(), dtype=start.dtype).view_as(start)
    descent = lbfgs(ours)
    descent.step(lambda: (1.0, [slope]), 0.05)
    steps = [ours[-1] - start]
    for loss in (3.0, math.inf, 1.001):
        descent.step(lambda loss=loss: (loss, [torch.zeros_like(slope)]), 0.05)
        steps.append(ours[-1] - start)
    for longer, shorter in pairwise(steps):
        share = float((shorter * longer).sum() / longer.square().sum())
        assert 0.0999 < share < 0.5001
        assert torch.allclose(shorter, share * longer)


def test_where_steps_lead_up_again_and_again_what_it_learnt_is_forgotten():
    ours = picture()
    descent = lbfgs(ours)
    for _ in range(8):
        descent.step(valley(ours), 0.05)
    at = descent.result()[-1].clone()
    gradient = valley([at])()[1][0]
    for _ in range(6):
        descent.step(lambda: (1e6, [torch.zeros_like(at)]), 0.05)
    step = ours[-1] - at
    # Along the gradient, as the spectrum weighs it; so short that a parabola's bottom would not be there.
    assert moved(at, ours[-1]) == pytest.approx(FIRST / 64, rel=0.01)
    assert float((step * gradient).sum()) < 0


@pytest.mark.parametrize("steep", [1e-6, 1.0, 1e6])
def test_the_first_step_is_as_long_whatever_the_slope(steep):
    ours = picture()
    before = ours[-1].clone()
    slope = torch.randn(before.shape, generator=torch.Generator().manual_seed(0), dtype=before.dtype)
    lbfgs(ours).step(lambda: (1.0, [steep * slope]), 0.05)
    assert moved(before, ours[-1]) == pytest.approx(FIRST, rel=1e-3)
    assert ((before - ours[-1]) * slope).sum() > 0


def test_no_step_is_longer_than_the_longest():
    ours = picture()
    descent = lbfgs(ours)
    descent.step(lambda: (1.0, [torch.ones_like(v) for v in ours]), 0.05)
    before = ours[-1].clone()
    # The slope hardly changes: a parabola through both points has its bottom far away.
    descent.step(lambda: (0.9, [torch.full_like(v, 0.9999) for v in ours]), 0.05)
    assert moved(before, ours[-1]) == pytest.approx(LONGEST, rel=1e-3)


def test_newton_is_the_bfgs_update_of_the_inverse_hessian():
    """Nocedal and Wright 2006, equation 6.17, beginning with s.y / y.y of the last pair."""
    generator = torch.Generator().manual_seed(1)
    count = 7
    root = torch.randn(count, count, generator=generator, dtype=torch.float64)
    hessian = root @ root.T + torch.eye(count, dtype=torch.float64)
    curvature = Curvature(4)
    pairs = []
    for _ in range(6):
        s = torch.randn(count, generator=generator, dtype=torch.float64)
        pairs.append((s, hessian @ s))
        curvature.learn(*(v.clone() for v in pairs[-1]))
    pairs = pairs[-4:]
    s, y = pairs[-1]
    inverse = torch.eye(count, dtype=torch.float64) * (s @ y) / (y @ y)
    for s, y in pairs:
        rho = 1 / (s @ y)
        keep = torch.eye(count, dtype=torch.float64) - rho * torch.outer(s, y)
        inverse = keep @ inverse @ keep.T + rho * torch.outer(s, s)
    gradient = torch.randn(count, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(curvature.newton(gradient.clone()), -inverse @ gradient)


def test_a_step_over_which_the_loss_curves_downwards_is_not_learnt():
    curvature = Curvature(4)
    curvature.learn(torch.ones(3), -torch.ones(3))
    curvature.learn(torch.ones(3), torch.zeros(3))
    assert len(curvature) == 0


def test_how_long_steps_are_remembered():
    assert history(3 * 512 * 512 * 4) == SHORT
    assert history(3 * 16 * 16 * 4) == LONG
    assert SHORT < history(3 * 200 * 200 * 4) < LONG
