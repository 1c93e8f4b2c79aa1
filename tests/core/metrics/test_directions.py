import numpy as np
import pytest
import torch

from nst.core.surface.field import direction_field
from nst.tests.benchmarks.directions import stroke_angles
from nst.tests.core.surface.shapes import cylinder

UP = (0.0, 0.0, 1.0)


def stripes(degrees):
    """Stripes on the UV map of a cylinder, turned on its surface counterclockwise from its axis."""
    v, u = np.meshgrid(1 - (np.arange(256) + 0.5) / 256, (np.arange(256) + 0.5) / 256, indexing="ij")
    x, y = u * np.pi, v * 2  # circumference and height
    across = x * np.cos(np.radians(degrees)) + y * np.sin(np.radians(degrees))
    wave = torch.from_numpy(np.sin(across * 40)).float() * 0.5 + 0.5
    return wave.expand(1, 3, 256, 256)


@pytest.mark.parametrize("degrees", [0.0, 30.0, 80.0, -45.0])
def test_the_angle_of_stripes(degrees):
    geometry = cylinder()
    found = stroke_angles(geometry, stripes(degrees), direction_field(geometry, "uv", 0.0, UP), 0.02, 64)
    assert found.error(degrees) < 3
    assert found.error(degrees + 90) > 80
    assert found.coherence.mean() > 0.8


def test_the_angle_is_from_the_field():
    geometry = cylinder()
    rings = direction_field(geometry, "curvature", 0.0, UP)
    assert stroke_angles(geometry, stripes(90.0), rings, 0.02, 64).error() < 6
    assert stroke_angles(geometry, stripes(0.0), rings, 0.02, 64).error(90.0) < 6


def test_specks_have_no_direction():
    geometry = cylinder()
    specks = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    field = direction_field(geometry, "up", 0.0, UP)
    assert stroke_angles(geometry, specks, field, 0.03, 64).coherence.mean() < 0.3
