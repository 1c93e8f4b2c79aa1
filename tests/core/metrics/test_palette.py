"""Distances of palettes."""

import numpy as np
import pytest
import torch

from nst.core.colour import picture_colors
from nst.core.metrics.palette import palette_distance, surface_colors
from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import surface_mesh


def noise(seed: int, count: int = 5000) -> torch.Tensor:
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(seed))


def test_equal_palettes_are_at_no_distance_in_any_order_and_number() -> None:
    colors = noise(0)
    assert palette_distance(colors, colors) == 0
    assert palette_distance(colors.flip(0).repeat(3, 1), colors) < 1e-6


def test_a_shift_costs_its_square_over_three() -> None:
    """Directions share a squared length evenly between three axes, on average."""
    shift = torch.tensor([0.1, 0.0, 0.0])
    assert palette_distance(noise(0) + shift, noise(0)) == pytest.approx(0.01 / 3, rel=0.25)


def test_colours_that_only_one_has_are_seen_where_moments_agree() -> None:
    two = torch.tensor([[0.2, 0.2, 0.2], [0.8, 0.8, 0.8]]).repeat(5000, 1)
    generator = torch.Generator().manual_seed(1)
    bell = 0.5 + torch.randn(10000, 1, generator=generator).expand(-1, 3) * two.std(0, correction=0)
    assert torch.allclose(bell.std(0), two.std(0), atol=0.01)
    assert palette_distance(bell, two) > 0.01


def test_a_surface_shows_colours_by_area_not_by_texels() -> None:
    """A large and a small square with UVs of one size: four fifths and a fifth of the area."""
    square = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    points = np.concatenate([square * 2, square + np.array([5.0, 0, 0])])
    faces = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
    flat = square[:, :2] * [0.5, 1.0]
    uvs = np.concatenate([flat, flat + np.array([0.5, 0.0])])[faces]
    texture = torch.zeros(1, 3, 32, 32)
    texture[..., 16:] = 1.0  # the small square's half is white
    colors = surface_colors(Geometry(surface_mesh(points, faces, uvs)), texture)
    assert float(colors.mean()) == pytest.approx(0.2, abs=0.01)


def test_a_picture_has_the_colours_of_all_its_pixels() -> None:
    upright = torch.linspace(1, 0, 32).view(1, 1, 32, 1).expand(1, 3, 32, 32)
    assert picture_colors(upright).shape == (1024, 3)
