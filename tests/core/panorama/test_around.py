from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from nst.core.panorama.around import Around, latitudes, solid_angles
from nst.core.panorama.directions import directions, looking, sampled
from nst.core.panorama.evened import alike, evened
from nst.core.panorama.resize import resized_around

HALF = pytest.mark.parametrize("half", [False, True])


def seen(height: int, half: bool) -> Tensor:
    """A picture (1, 3, H, W) of the directions themselves; behind the viewer as in a mirror."""
    around = Around(half)
    width = around.width(height)
    longitude = (torch.arange(width, dtype=torch.float64) + 0.5 - width / 2) * math.pi / height
    toward = directions(longitude[None], latitudes(height)[:, None].expand(-1, width))
    return toward.permute(2, 0, 1)[None].float()


def test_solid_angles_are_those_of_a_sphere() -> None:
    assert float(solid_angles(30).sum() * 60) == pytest.approx(4 * math.pi, rel=1e-12)


@HALF
def test_a_direction_is_found_where_it_is_seen(half: bool) -> None:
    """Also over the poles and across the ends, where bilinear sampling reads beyond the picture."""
    torch.manual_seed(0)
    toward = torch.nn.functional.normalize(torch.randn(4000, 3, dtype=torch.float64), dim=1)
    toward[:8] = torch.tensor([0.0, 1.0, 1e-4], dtype=torch.float64)
    found = sampled(seen(64, half), toward, Around(half)).double()
    if half:
        toward = toward * torch.where(toward[:, 2:] < 0, torch.tensor([1.0, 1.0, -1.0]), torch.ones(3))
        near = toward[:, 2] > 0.05  # in a mirror forward bends at the sides
        found, toward = found[near], toward[near]
    assert float((found - toward).abs().max()) < 2e-3


def test_a_view_looks_where_it_says() -> None:
    view = looking(90, 30, 60, 64)
    middle = torch.tensor([0.75, 0.5, 0.0], dtype=torch.float64)
    middle[0] = math.cos(math.radians(30))
    assert torch.allclose(view[31:33, 31:33].mean((0, 1)), middle, atol=1e-3)
    assert float(view[32, 0] @ view[32, -1]) == pytest.approx(math.cos(math.radians(60)), abs=0.02)
    assert bool((view[0, :, 1] > view[-1, :, 1]).all())  # upright
    assert float(view[32, 0, 2]) > float(view[32, -1, 2])  # ahead is to the left


@HALF
def test_a_picture_goes_on_beyond_its_ends(half: bool) -> None:
    picture = seen(16, half)
    wide = Around(half).continued(picture, 3, 5)
    assert torch.equal(wide[..., 3:-3, 5:-5], picture)
    if half:
        assert torch.equal(wide[..., 3:-3, :5], picture[..., :5].flip(3))
    else:
        assert torch.equal(wide[..., 3:-3, :5], picture[..., -5:])
        behind = wide[0, :, 2, 5:-5]  # beyond the zenith is what lies behind it
        assert torch.equal(behind, picture[0, :, 0].roll(16, 1))


@HALF
def test_resizing_knows_neither_ends_nor_poles(half: bool) -> None:
    larger = resized_around(seen(32, half), (96, Around(half).width(96)), Around(half), antialias=False)
    assert float((larger - seen(96, half)).abs().max()) < (0.05 if half else 5e-3)


def test_a_turned_panorama_is_resized_as_it_was() -> None:
    torch.manual_seed(0)
    picture = torch.rand(1, 3, 48, 96)
    one = resized_around(picture.roll(8, 3), (60, 120), Around(), antialias=True)
    other = resized_around(picture, (60, 120), Around(), antialias=True).roll(10, 3)
    assert float((one - other).abs().max()) < 1e-5


@HALF
def test_evening_is_its_own_transpose_and_keeps_means(half: bool) -> None:
    torch.manual_seed(0)
    one, other = torch.rand(2, 1, 3, 24, Around(half).width(24)).unbind(0)
    assert float((evened(one, half) * other).sum()) == pytest.approx(
        float((one * evened(other, half)).sum()), rel=1e-5
    )
    assert torch.allclose(evened(one, half).mean(3), one.mean(3), atol=1e-5)
    leaf = one.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(evened(leaf, half), leaf, other)
    assert torch.allclose(gradient, evened(other, half))


def test_evening_keeps_what_can_be_seen_and_no_more() -> None:
    """Waves as fine all around: at the horizon they stay, and near the poles they are gone."""
    waves = (torch.arange(128.0) * math.pi / 2).cos().expand(1, 1, 64, 128)
    found = evened(waves, False)
    assert torch.allclose(found[:, :, 28:36], waves[:, :, 28:36], atol=2e-3)
    assert float(found[:, :, :8].abs().max()) < 1e-5
    assert torch.allclose(evened(seen(64, False), False), seen(64, False), atol=2e-3)


def test_white_noise_is_as_strong_everywhere() -> None:
    generator = torch.Generator().manual_seed(0)
    strength = evened(alike(torch.randn(1, 200, 32, 64, generator=generator)), False).std((0, 1, 3))
    assert float((strength[1:-1] - 1).abs().max()) < 0.1
    assert float((strength[[0, -1]] - 1).abs().max()) < 0.2
