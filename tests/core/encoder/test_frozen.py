import pytest
import torch
import torch.nn.functional as F

from nst.core.encoder.frozen import average_pooled, max_pooled, padded, rectified, turned_weight

WRAPS = [(False, False), (True, False), (False, True), (True, True)]


def layer(seed, before, after):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(after, before, 3, 3, generator=generator, dtype=torch.float64)
    return weight, torch.randn(after, generator=generator, dtype=torch.float64)


def picture(channels, height, width):
    generator = torch.Generator().manual_seed(9)
    return torch.randn(2, channels, height, width, generator=generator, dtype=torch.float64).requires_grad_()


@pytest.mark.parametrize("wrap", WRAPS)
def test_the_way_back_through_a_layer(wrap):
    weight, bias = layer(0, 3, 4)
    turned = turned_weight(weight)
    assert torch.autograd.gradcheck(lambda x: rectified(x, weight, bias, turned, wrap), picture(3, 5, 4))


@pytest.mark.parametrize("wrap", WRAPS)
def test_a_layer_is_what_torch_makes_of_it(wrap):
    weight, bias = layer(1, 3, 4)
    x = picture(3, 6, 5)
    expected = F.relu(F.conv2d(padded(x, wrap), weight, bias))
    found = rectified(x, weight, bias, turned_weight(weight), wrap)
    assert torch.equal(found, expected)
    push = torch.randn_like(found)
    (ours,) = torch.autograd.grad((found * push).sum(), x)
    (theirs,) = torch.autograd.grad((expected * push).sum(), x)
    assert torch.allclose(ours, theirs, atol=1e-12)
    with torch.no_grad():
        assert torch.equal(rectified(x, weight, bias, turned_weight(weight), wrap), expected)


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
