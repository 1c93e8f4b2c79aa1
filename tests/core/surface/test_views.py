from dataclasses import replace

import numpy as np
import pytest
import trimesh

from nst.core.surface.field import DirectionField
from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import surface_mesh
from nst.core.surface.views import WindowMaker


def plate(height=0.0, size=2.0):
    vertices = np.array([[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * size / 2 + [0, 0, height]
    return vertices, np.array([[0, 1, 2], [0, 2, 3]])


def geometry_of(parts):
    vertices = np.concatenate([v for v, _ in parts])
    faces = np.concatenate([f + 4 * i for i, (_, f) in enumerate(parts)])
    uvs = vertices[faces][..., :2] / 2 + 0.5
    return Geometry(surface_mesh(vertices, faces, uvs, "plates"))


def centre_of(geometry, face=0):
    return geometry.points(np.array([face]), np.array([[0.5, 0.0, 0.5]]))


def lay(geometry, centres, pixel, size, up=(0.0, 1.0, 0.0)):
    return WindowMaker(geometry, DirectionField(up), np.random.default_rng(0)).lay(centres, pixel, size)


def test_a_pixel_is_as_large_as_it_says():
    geometry = geometry_of([plate()])
    windows = lay(geometry, centre_of(geometry), 0.01, 64)
    assert windows.valid.all()
    position = windows.uv[0] * 2 - 1  # the plate's UVs are its position
    steps = np.linalg.norm(np.diff(position, axis=1), axis=2)
    np.testing.assert_allclose(steps, 0.01, atol=1e-5)


def test_windows_stand_upright_and_are_not_mirrored():
    geometry = geometry_of([plate()])
    windows = lay(geometry, centre_of(geometry), 0.01, 64)
    right = windows.uv[0, 32, -1] - windows.uv[0, 32, 0]
    down = windows.uv[0, -1, 32] - windows.uv[0, 0, 32]
    assert right[0] > 0.9 * np.linalg.norm(right)
    assert down[1] < -0.9 * np.linalg.norm(down)


def test_borders_fade_and_outside_counts_nothing():
    geometry = geometry_of([plate(size=0.4)])
    windows = lay(geometry, centre_of(geometry), 0.01, 64)
    assert 0.3 < windows.valid.mean() < 0.5
    assert (windows.weight[~windows.valid] == 0).all()
    assert windows.weight.max() == 1
    full = lay(geometry_of([plate()]), centre_of(geometry_of([plate()])), 0.01, 64)
    assert full.weight[0, 0].max() < 0.05


def test_another_layer_is_not_seen():
    """A small plate floats above a large one: a window on the lower one must not paint the upper."""
    geometry = geometry_of([plate(), plate(height=0.2, size=0.3)])
    corner = geometry.points(np.array([0]), np.array([[0.0, 1.0, 0.0]]) * 0.6 + 0.4 / 3)
    windows = lay(geometry, corner, 0.02, 64)
    position = windows.uv[0][windows.valid[0]] * 2 - 1
    assert windows.valid.any()
    under = (np.abs(position) < 0.14).all(1)
    assert not under.any()


def test_steep_slopes_count_less():
    shape = trimesh.creation.icosphere(subdivisions=4)
    mesh = surface_mesh(shape.vertices, shape.faces, shape.vertices[shape.faces][..., :2] / 2 + 0.5, "ball")
    geometry = Geometry(mesh)
    windows = lay(geometry, geometry.sample(1, np.random.default_rng(0)), 2 / 64, 64)
    assert windows.weight[0, 32, 32] == pytest.approx(1, abs=0.05)
    assert windows.weight[0, 32, 2] == 0  # the ball's rim
    assert windows.weight[0, 2, 32] == 0
    assert (windows.weight[0, 32, 32:60:4] >= windows.weight[0, 32, 36:64:4]).all()


def test_void_around_what_is_seen_is_cut_off():
    """What counts of each window is there as before, in squares of even sides that are hardly larger."""
    geometry = geometry_of([plate(size=0.5), plate(height=-5.0, size=0.9), plate(height=-9.0)])
    centres = geometry.points(np.array([0, 2, 4]), np.array([[0.5, 0.0, 0.5]] * 3))
    windows = lay(geometry, centres, 0.005, 256)
    parts = list(windows.tight())
    assert [part.weight.shape for part in parts] == [(1, 128, 128), (1, 192, 192), (1, 256, 256)]
    for index, part in enumerate(parts):
        whole, cut = windows.weight[index] > 0, part.weight[0] > 0
        for name in ("face", "valid", "weight", "barycentric"):
            np.testing.assert_array_equal(getattr(windows, name)[index][whole], getattr(part, name)[0][cut])


def test_windows_that_show_nothing_are_halved():
    geometry = geometry_of([plate()])
    windows = lay(geometry, centre_of(geometry), 0.01, 64)
    blind = replace(windows, weight=windows.weight * 0)
    (part,) = blind.tight()
    assert part.weight.shape == (1, 32, 32)
    assert part.weight.sum() == 0
