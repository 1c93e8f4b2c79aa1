from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from nst.core.encoder import Encoder, load_encoder
from nst.core.metrics.likeness import distances
from nst.core.metrics.surface_style import style_windows, surface_style_distance, window_statistics
from nst.core.metrics.windows import SurfaceWindows, WindowLook
from nst.core.style.painting import Painting
from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import SurfaceMesh, surface_mesh
from nst.tests.benchmarks.flat.windows import flat_windows, placed

SIDE = 96
LAYERS = ("rgb", "relu1_1", "relu2_1")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def plate() -> SurfaceMesh:
    """A unit square whose UV map is itself."""
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return surface_mesh(corners, faces, corners[faces][..., :2])


def blotches(seed: int, side: int = SIDE) -> Tensor:
    noise = torch.rand(1, 3, side // 8, side // 8, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(noise, side, mode="bicubic").clamp(0, 1)


def whole(size: int, samples: int = 1, count: int = 1) -> SurfaceWindows:
    """Windows that see all of what they look at."""
    ones = torch.ones(count, 1, size * samples, size * samples)
    return SurfaceWindows(WindowLook(torch.zeros(count, *ones.shape[2:], 2), ones, ones), samples)


def where_they_lie(windows: SurfaceWindows, pixel: float) -> tuple[np.ndarray, np.ndarray]:
    """Centres in a plate's texels, and turns, of windows of which a row through the middle is seen."""
    grid = ((windows.look.grid + 1) / 2 * SIDE).double().numpy()
    valid = windows.look.valid[:, 0].numpy() > 0
    size = grid.shape[1]
    offset = (np.arange(size) - (size - 1) / 2) * pixel / windows.samples
    centres, turns = [], []
    for places, seen in zip(grid, valid, strict=True):
        across, down = (part[seen] for part in np.meshgrid(offset, offset))
        # position = centre + (across, down) turned: linear in the centre, the cosine and the sine
        one, none = np.ones_like(across), np.zeros_like(across)
        rows = np.concatenate(
            [np.stack([one, none, across, down], 1), np.stack([none, one, down, -across], 1)], axis=0
        )
        x, y, cos, sin = np.linalg.lstsq(rows, places[seen].T.reshape(-1), rcond=None)[0]
        assert np.hypot(cos, sin) == pytest.approx(1, abs=1e-4)
        centres.append((x, y))
        turns.append(np.arctan2(sin, cos))
    return np.array(centres), np.array(turns)


def test_a_plate_and_its_texture_as_a_picture_are_as_near(encoder: Encoder) -> None:
    texture, painting = blotches(1), blotches(0)
    laid = list(style_windows(Geometry(plate()), (SIDE, SIDE), SIDE // 3, 1 / SIDE))
    flat = [placed(one, (SIDE, SIDE), 1.0, *where_they_lie(one, 1.0)) for one in laid]
    for one, other in zip(laid, flat, strict=True):
        torch.testing.assert_close(other.read(texture), one.read(texture), atol=1e-4, rtol=0)
        assert torch.equal(other.weight, one.weight)
    found = distances(
        window_statistics(flat, texture, encoder, LAYERS),
        Painting(painting, encoder).statistics(SIDE // 3, LAYERS),
    )
    on_surface = surface_style_distance(plate(), texture, painting, encoder, SIDE // 3, 1 / SIDE)
    assert {layer: on_surface[layer] for layer in LAYERS} == pytest.approx(found, abs=1e-4)


@pytest.mark.parametrize("samples", [1, 3])
def test_a_window_as_large_as_the_picture_shows_it(samples: int) -> None:
    picture = torch.rand(1, 3, 12, 12)
    shown = placed(whole(12, samples), (12, 12), 1.0, np.array([[6.0, 6.0]]), np.zeros(1)).read(picture)
    if samples == 1:
        torch.testing.assert_close(shown, picture)
    else:
        assert shown.mean() == pytest.approx(float(picture.mean()), abs=2e-2)


def test_a_quarter_turn_is_one() -> None:
    picture = torch.rand(1, 3, 12, 12)
    turned = placed(whole(12), (12, 12), 1.0, np.array([[6.0, 6.0]]), np.array([np.pi / 2])).read(picture)
    torch.testing.assert_close(turned, torch.rot90(picture, -1, (2, 3)), atol=1e-4, rtol=0)


def test_beyond_its_border_a_picture_repeats_or_is_mirrored() -> None:
    picture = torch.rand(1, 3, 8, 8)
    centre, upright = np.array([[12.0, 4.0]]), np.zeros(1)  # a whole picture to the right of the middle
    repeated = placed(whole(8), (8, 8), 1.0, centre, upright).read(picture)
    mirrored = placed(whole(8), (8, 8), 1.0, centre, upright, mirrored=True).read(picture)
    torch.testing.assert_close(repeated, picture)
    torch.testing.assert_close(mirrored, picture.flip(3))


def test_every_pixel_is_as_likely_to_be_seen_and_windows_are_spread_evenly() -> None:
    place = torch.linspace(0, 1, 40).expand(1, 3, 40, 40)  # dark at the left, bright at the right
    for mirrored in (False, True):
        portions = flat_windows([whole(16, count=20), whole(16, count=12)], (40, 40), 1.0, 3, mirrored)
        assert [len(one.look.grid) for one in portions] == [20, 12]
        seen = torch.cat([one.read(place)[:, 0] for one in portions])
        assert float(seen.mean()) == pytest.approx(0.5, abs=0.04)
        assert torch.histc(seen, 4, 0, 1).div(seen.numel()).tolist() == pytest.approx([0.25] * 4, abs=0.06)


def test_weights_stay_and_another_seed_looks_elsewhere() -> None:
    like = whole(16, count=4)
    weight = torch.rand(4, 1, 16, 16)
    like = SurfaceWindows(WindowLook(like.look.grid, weight, like.look.valid), 1)
    first, again, other = (flat_windows([like], (40, 40), 1.0, seed)[0] for seed in (0, 0, 1))
    assert torch.equal(first.weight, weight)
    assert torch.equal(first.look.grid, again.look.grid)
    assert not torch.equal(first.look.grid, other.look.grid)


def test_windows_that_see_nothing_are_refused(encoder: Encoder) -> None:
    blind = whole(32)
    none = SurfaceWindows(WindowLook(blind.look.grid, 0 * blind.look.weight, blind.look.valid), 1)
    with pytest.raises(Exception, match="too thin"):
        window_statistics([none], blotches(0), encoder, LAYERS)
