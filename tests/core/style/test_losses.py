import pytest
import torch

from nst.core.style.losses import MOMENT_LOSSES, GramTarget, Wasserstein2Target
from nst.core.style.moments import Moments, feature_moments, merge


def features(seed, count=200, channels=6, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(channels, channels, generator=generator, dtype=dtype)
    values = torch.randn(1, channels, 1, count, generator=generator, dtype=dtype)
    return torch.einsum("cd,ndhw->nchw", mix, values) + seed


@pytest.mark.parametrize("name", MOMENT_LOSSES)
def test_no_distance_to_itself(name):
    moments = feature_moments(features(1))
    assert abs(float(MOMENT_LOSSES[name](moments)(moments))) < 1e-9


@pytest.mark.parametrize("name", MOMENT_LOSSES)
def test_gradient_against_differences(name):
    target = MOMENT_LOSSES[name](feature_moments(features(1)))

    def loss(x):
        return target(feature_moments(x))

    x = features(2, count=40).requires_grad_()
    assert torch.autograd.gradcheck(loss, (x,), eps=1e-5, atol=1e-5, rtol=1e-4)


def test_wasserstein_of_known_gaussians():
    """Diagonal covariances: W2^2 = |m - n|^2 + sum (s_i - t_i)^2, over sum t_i^2."""
    s, t = torch.tensor([1.0, 2.0, 3.0]).double(), torch.tensor([2.0, 2.0, 0.5]).double()
    m, n = torch.tensor([0.0, 1.0, 0.0]).double(), torch.tensor([1.0, 1.0, 2.0]).double()

    def gaussian(mean, deviation):
        one = torch.ones((), dtype=torch.float64)
        return Moments(one, mean, torch.diag(deviation**2) + torch.outer(mean, mean))

    expected = ((m - n).square().sum() + (s - t).square().sum()) / t.square().sum()
    found = Wasserstein2Target(gaussian(n, t))(gaussian(m, s))
    assert float(found) == pytest.approx(float(expected), rel=2e-3)  # the ridge


def test_wasserstein_gradient_is_finite_on_singular_covariances():
    target = Wasserstein2Target(feature_moments(features(1, count=3).float()))
    x = torch.zeros(1, 6, 4, 4, requires_grad=True)
    loss = target(feature_moments(x))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(x.grad).all()


def test_losses_do_not_depend_on_the_scale_of_features():
    for target in (GramTarget, Wasserstein2Target):
        small = target(feature_moments(features(1)))(feature_moments(features(2)))
        large = target(feature_moments(features(1) * 1e3))(feature_moments(features(2) * 1e3))
        assert float(small) == pytest.approx(float(large), rel=1e-6)


def test_moments_add_up_over_parts():
    whole = torch.rand(1, 4, 8, 6, dtype=torch.float64)
    weight = torch.rand(1, 1, 8, 6, dtype=torch.float64)
    parts = [{"x": feature_moments(whole[..., i : i + 2], weight[..., i : i + 2])} for i in (0, 2, 4)]
    merged, expected = merge(parts)["x"], feature_moments(whole, weight)
    torch.testing.assert_close(merged.mean, expected.mean)
    torch.testing.assert_close(merged.covariance, expected.covariance)


def test_weighted_moments_are_those_of_repeated_features():
    x = torch.rand(1, 3, 1, 2, dtype=torch.float64)
    twice = feature_moments(torch.cat([x[..., :1], x[..., :1], x[..., 1:]], 3))
    weighted = feature_moments(x, torch.tensor([2.0, 1.0]).double().view(1, 1, 1, 2))
    torch.testing.assert_close(twice.covariance, weighted.covariance)
