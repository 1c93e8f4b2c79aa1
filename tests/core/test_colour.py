import torch

from nst.core.colour import color_moments, monge_kantorovich


def colors(seed, spread):
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(3, 3, generator=generator) * spread
    return torch.rand(5000, 3, generator=generator) @ mix + seed / 10


def test_maps_mean_and_covariance():
    source, target = colors(1, 0.3), colors(2, 0.5)
    matrix, offset = monge_kantorovich(source, target)
    for found, wanted in zip(color_moments(source @ matrix + offset), color_moments(target), strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-4)


def test_same_palette_is_left_alone():
    source = colors(1, 0.3)
    matrix, offset = monge_kantorovich(source, source)
    torch.testing.assert_close(source @ matrix + offset, source, rtol=1e-4, atol=1e-4)


def test_a_single_colour_stays_finite():
    matrix, offset = monge_kantorovich(torch.full((10, 3), 0.2), colors(2, 0.5))
    assert torch.isfinite(matrix).all()
    assert torch.isfinite(offset).all()
