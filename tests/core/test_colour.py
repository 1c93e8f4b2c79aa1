import pytest
import torch

from nst.core.colour import (
    MATCHES,
    color_moments,
    histogram_match,
    light_match,
    light_of,
    linear_match,
    monge_kantorovich,
)
from nst.core.oklab import to_oklab


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


def blobs(seed, count=4000):
    """Colours in two clusters, as no ellipsoid describes them."""
    generator = torch.Generator().manual_seed(seed)
    centre = torch.rand(2, 3, generator=generator) * 0.5 + 0.25
    cluster = (torch.rand(count, generator=generator) < 0.3).long()
    return (centre[cluster] + 0.04 * torch.randn(count, 3, generator=generator)).clamp(0.02, 0.98)


def sliced_distance(a, b):
    directions = torch.nn.functional.normalize(
        torch.randn(3, 64, generator=torch.Generator().manual_seed(9)), dim=0
    )
    return float(((a @ directions).sort(0).values - (b @ directions).sort(0).values).abs().mean())


@pytest.mark.parametrize("name", MATCHES)
def test_matching_brings_colours_nearer_and_to_the_mean(name):
    source, target = blobs(1), blobs(2)
    matched = MATCHES[name](source, target)(source)
    assert torch.allclose(matched.mean(0), target.mean(0), atol=0.02)
    assert sliced_distance(matched, target) < 0.35 * sliced_distance(source, target)


def test_histograms_see_more_than_moments():
    source, target = blobs(1), blobs(2)
    by_moments = sliced_distance(linear_match(source, target)(source), target)
    by_histogram = sliced_distance(histogram_match(source, target)(source), target)
    assert by_histogram < 0.3 * by_moments


@pytest.mark.parametrize("name", MATCHES)
def test_matching_itself_changes_nothing(name):
    source = blobs(3)
    assert torch.allclose(MATCHES[name](source, source)(source), source, atol=2e-3)


def test_light_of_one_in_the_colours_of_another():
    light, color = blobs(1), blobs(2)
    both = to_oklab(light_of(light, color))
    assert torch.allclose(both[:, 0], to_oklab(light)[:, 0], atol=1e-2)
    near = (both[:, 1:] - to_oklab(color)[:, 1:]).norm(dim=1)
    assert float(near.mean()) < 0.02


def test_light_match_is_grey_and_as_light():
    greys = light_match(blobs(1), blobs(2))(blobs(1))
    assert torch.allclose(greys[:, :1], greys[:, 1:2], atol=1e-3)
    light, goal = to_oklab(greys)[:, 0], to_oklab(blobs(2))[:, 0]
    assert float(light.mean()) == pytest.approx(float(goal.mean()), abs=2e-3)
    assert float(light.std()) == pytest.approx(float(goal.std()), abs=2e-3)
