import numpy as np
import pytest
import trimesh

from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import surface_mesh


def mesh_of(shape):
    corners = shape.vertices[shape.faces]
    span = np.ptp(shape.vertices, axis=0).max()
    uvs = corners[..., :2] / span / 2 + 0.5  # any UVs will do here
    return surface_mesh(shape.vertices, shape.faces, uvs, "test")


@pytest.fixture
def ball():
    return Geometry(mesh_of(trimesh.creation.icosphere(subdivisions=3, radius=2.0)))


def test_area_and_size(ball):
    assert ball.area == pytest.approx(4 * np.pi * 4, rel=0.02)
    assert ball.diagonal == pytest.approx(4 * np.sqrt(3), rel=0.02)


def test_samples_lie_on_the_surface_and_face_outwards(ball):
    points = ball.sample(2000, np.random.default_rng(0))
    radius = np.linalg.norm(points.position, axis=1)
    assert radius.min() > 1.95
    assert radius.max() <= 2.0 + 1e-9
    outward = np.einsum("pc,pc->p", points.normal, points.position / radius[:, None])
    assert outward.min() > 0.98
    assert np.abs(points.position.mean(0)).max() < 0.1  # evenly spread


def test_rays_hit_where_they_should(ball):
    directions = np.random.default_rng(1).normal(size=(200, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    face, barycentric = ball.cast(directions * 10, -directions)
    assert (face >= 0).all()
    hit = ball.points(face, barycentric).position
    assert np.abs(np.cross(hit, directions)).max() < 1e-4
    away, _ = ball.cast(directions * 10, directions)
    assert (away == -1).all()


def test_back_to_back_faces_keep_their_own_normals():
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    mesh = surface_mesh(
        vertices, np.array([[0, 1, 2], [0, 2, 1]]), vertices[[[0, 1, 2], [0, 2, 1]]][..., :2], "sheet"
    )
    normals = Geometry(mesh).corner_normals
    np.testing.assert_allclose(normals[0], [[0, 0, 1]] * 3, atol=1e-9)
    np.testing.assert_allclose(normals[1], [[0, 0, -1]] * 3, atol=1e-9)
