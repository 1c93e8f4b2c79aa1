import numpy as np
import pytest
import trimesh

from nst.core.surface.curvature import bend_tensors, principal
from nst.tests.core.surface.shapes import cylinder


def bend(corners, normals):
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return principal(bend_tensors(corners, normals), across)


def test_a_ball_bends_alike_in_all_directions():
    ball = trimesh.creation.icosphere(subdivisions=3, radius=2.0)
    corners = np.asarray(ball.triangles)
    found = bend(corners, corners / np.linalg.norm(corners, axis=2, keepdims=True))
    np.testing.assert_allclose(found.mean, 0.5, rtol=1e-6)
    np.testing.assert_allclose(found.spread, 0, atol=1e-6)


def test_a_hollow_is_negative():
    ball = trimesh.creation.icosphere(subdivisions=2)
    corners = np.asarray(ball.triangles)[:, ::-1]
    assert (bend(corners, -corners).mean < -0.9).all()


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_a_cylinder_bends_around_its_axis_alone(scale):
    geometry = cylinder(scale)
    normals = geometry.corners * [1, 1, 0] / (0.5 * scale)
    found = bend(geometry.corners, normals)
    np.testing.assert_allclose(found.mean * scale, 1.0, rtol=1e-6)
    np.testing.assert_allclose(found.spread * scale, 1.0, rtol=1e-6)
    assert np.abs(found.strongest[:, 2]).max() < 1e-6
