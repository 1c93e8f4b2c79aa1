import pytest
import torch
import torch.nn.functional as F

from nst.core.encoder.frozen import Convolution, average_pooled, max_pooled, padded
from nst.core.encoder.winograd import pays

WRAPS = [(False, False), (True, False), (False, True), (True, True)]


def layer(seed, before, after):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(after, before, 3, 3, generator=generator, dtype=torch.float64)
    return Convolution(weight, torch.randn(after, generator=generator, dtype=torch.float64))


def picture(channels, height, width):
    generator = torch.Generator().manual_seed(9)
    return torch.randn(2, channels, height, width, generator=generator, dtype=torch.float64).requires_grad_()


@pytest.mark.parametrize("wrap", WRAPS)
def test_the_way_back_through_a_layer(wrap):
    convolution = layer(0, 3, 4)
    assert torch.autograd.gradcheck(lambda x: convolution(x, wrap), picture(3, 5, 4))


def test_what_is_rectified_away_has_no_part_in_the_way_back():
    convolution = layer(1, 3, 4)
    alive = torch.zeros(2, 4, 6, 5, dtype=torch.bool)
    endless = torch.full((2, 4, 6, 5), float("inf"), dtype=torch.float64)
    assert torch.equal(convolution.backward(endless, alive), torch.zeros(2, 3, 8, 7, dtype=torch.float64))


@pytest.mark.parametrize("wrap", WRAPS)
def test_a_layer_is_what_torch_makes_of_it(wrap):
    convolution = layer(1, 3, 4)
    x = picture(3, 6, 5)
    expected = F.relu(F.conv2d(padded(x, wrap), convolution.weight, convolution.bias))
    found = convolution(x, wrap)
    assert torch.equal(found, expected)
    push = torch.randn_like(found)
    (ours,) = torch.autograd.grad((found * push).sum(), x)
    (theirs,) = torch.autograd.grad((expected * push).sum(), x)
    assert torch.allclose(ours, theirs, atol=1e-12)
    with torch.no_grad():
        assert torch.equal(convolution(x, wrap), expected)


def test_wide_layers_in_float32_are_those_of_float64():
    """Their fast sums (winograd) are as near as float32 comes, and so is the way back."""
    exact = layer(2, 128, 128)
    fast = Convolution(exact.weight.float(), exact.bias.float())
    x = picture(128, 18, 21)
    near = x.detach().float().requires_grad_()
    assert pays(18, 21, fast.weight)
    assert not pays(18, 21, exact.weight)
    expected, found = exact(x), fast(near)
    push = torch.randn_like(expected)
    (theirs,) = torch.autograd.grad((expected * push).sum(), x)
    (ours,) = torch.autograd.grad((found * push.float()).sum(), near)
    assert (found - expected).norm() < 4e-6 * expected.norm()
    assert (ours - theirs).norm() < 1e-5 * theirs.norm()  # where rounding decides what is positive


@pytest.mark.parametrize("size", [(6, 4), (7, 5)])
@pytest.mark.parametrize("pool", [max_pooled, average_pooled])
def test_pooling(pool, size):
    x = picture(3, *size)
    expected = (F.max_pool2d if pool is max_pooled else F.avg_pool2d)(x, 2)
    assert torch.allclose(pool(x), expected)
    push = torch.randn_like(expected)
    (ours,) = torch.autograd.grad((pool(x) * push).sum(), x)
    (theirs,) = torch.autograd.grad((expected * push).sum(), x)
    assert torch.allclose(ours, theirs)


def test_of_equal_pixels_the_first_is_the_largest():
    x = torch.ones(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    max_pooled(x).sum().backward()
    assert x.grad.flatten().tolist() == [1, 0, 0, 0]
