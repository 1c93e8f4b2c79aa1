import pytest
import torch
import torch.nn.functional as F

from nst.core.encoder.winograd import BLOCKS, convolved, pays, transformed, transposed

# Whole blocks and parts of blocks, more than one band of blocks, less than a block.
SIZES = [(8, 12), (7, 9), (1, 1), (4, 4 * BLOCKS + 3), (37, 90)]


def numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("size", SIZES)
def test_it_is_a_convolution(size):
    weight, x = numbers(5, 3, 3, 3), numbers(2, 3, size[0] + 2, size[1] + 2, seed=1)
    found = convolved(x, transformed(weight))
    assert found.shape == (2, 5, *size)
    assert torch.allclose(found, F.conv2d(x, weight), atol=1e-11)


@pytest.mark.parametrize("size", SIZES)
def test_the_way_back_is_its_transpose(size):
    """<conv(x), y> = <x, back(y)>, to the last digits of float64, and against torch's own."""
    weight, x = numbers(5, 3, 3, 3), numbers(2, 3, size[0] + 2, size[1] + 2, seed=1)
    y, kernels = numbers(2, 5, *size, seed=2), transformed(weight)
    back = transposed(y, kernels)
    assert back.shape == x.shape
    assert torch.allclose(back, torch.nn.grad.conv2d_input(x.shape, weight, y), atol=1e-11)
    assert float((convolved(x, kernels) * y).sum()) == pytest.approx(float((x * back).sum()), rel=1e-10)


def test_rounding_in_float32():
    """Beside the direct sum of as many channels as VGG has at most."""
    weight, x = numbers(64, 512, 3, 3), numbers(1, 512, 22, 22, seed=1).abs()
    exact = F.conv2d(x, weight)
    found = convolved(x.float(), transformed(weight.float())) - exact
    assert found.square().mean().sqrt() < 3e-6 * exact.square().mean().sqrt()


def test_where_it_is_used():
    wide = torch.zeros(128, 128, 3, 3)
    assert pays(16, 16, wide)
    assert not pays(12, 12, wide)
    assert not pays(64, 64, wide[:, :64])
    assert not pays(64, 64, wide.double())
