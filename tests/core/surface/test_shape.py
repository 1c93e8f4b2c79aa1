"""Light and shade from shape, where it is known."""

import numpy as np
import pytest
import torch
import trimesh

from nst.core.canvas.surface import SurfaceCanvas
from nst.core.oklab import to_oklab
from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import surface_mesh
from nst.core.surface.shape import open_share, shaded
from nst.tests.core.surface.shapes import grid, sheet

CPU = torch.device("cpu")


def canvas_of(geometry, size=64):
    return SurfaceCanvas(geometry.mesh, size, (0.0, 0.0, 1.0), 0, CPU)


def folded(scale=1.0, inward=False, cells=8):
    """Two squares that meet at a right angle in x = 0; seen from outside an edge, or from inside."""
    x, y = np.meshgrid(np.linspace(-1, 1, 2 * cells + 1), np.linspace(0, 1, cells + 1))
    plane = np.stack([x, y], -1).reshape(-1, 2)
    height = -np.abs(plane[:, :1]) * (-1 if inward else 1)
    vertices = np.concatenate([plane[:, :1], plane[:, 1:] * 2, height], axis=1) * scale
    faces = grid(cells + 1, 2 * cells + 1)
    uvs = np.stack([(plane[:, 0] + 1) / 2, plane[:, 1]], 1) * 0.98 + 0.01
    return Geometry(surface_mesh(vertices, faces, uvs[faces]))


def test_nothing_covers_a_plane():
    geometry = sheet()
    points = geometry.sample(50, np.random.default_rng(0))
    assert (open_share(geometry, points, 10.0) == 1).all()


def test_a_right_angle_closes_half_of_the_light_that_grazes_it():
    """At the foot of an endless wall, half of the cosine-weighted sky is gone."""
    geometry = folded(inward=True)
    foot = geometry.sample(4000, np.random.default_rng(0))
    foot = foot[(np.abs(foot.position[:, 0]) < 0.02) & (np.abs(foot.position[:, 1] - 1) < 0.3)]
    assert open_share(geometry, foot, 1e-9).mean() > 0.99
    far = open_share(geometry, foot, 1e9).mean()
    assert far == pytest.approx(0.5, abs=0.12)  # the wall ends, so a little more


def light(geometry, occlusion, curvature, scale=0.1):
    """x of the texels and their light."""
    canvas = canvas_of(geometry)
    points = canvas.geometry.points(canvas.texels.face, canvas.texels.barycentric)
    return points.position[:, 0], canvas.shape_light(occlusion, curvature, scale).numpy()


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_an_inner_corner_is_darker_and_an_edge_is_not(scale):
    x, shade = light(folded(scale, inward=True), 1.0, 0.0)
    near, far = np.abs(x) < 0.1 * scale, np.abs(x) > 0.8 * scale
    assert shade[near].mean() < shade[far].mean() - 0.12
    x, shade = light(folded(scale), 1.0, 0.0)
    assert np.abs(shade).max() < 1e-5


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("inward", [False, True])
def test_edges_are_lighter_and_creases_darker(scale, inward):
    x, relief = light(folded(scale, inward), 0.0, 1.0, 0.1 * scale)
    near, far = np.abs(x) < 0.05 * scale, np.abs(x) > 0.5 * scale
    step = relief[near].mean() - relief[far].mean()
    assert (-step if inward else step) > 0.1
    assert relief[far].std() < 0.02


def test_a_world_scale_does_not_matter():
    (_, one), (_, other) = (light(folded(scale, inward=True), 0.5, 0.5, 0.1 * scale) for scale in (1e-3, 1e3))
    assert np.abs(one - other).mean() < 2e-3  # the pyramid may take other points where several are as good


def test_a_plane_and_a_ball_stay_as_they_are():
    _, shade = light(sheet(), 1.0, 1.0)
    assert np.abs(shade).max() < 1e-4
    ball = trimesh.creation.uv_sphere(count=[24, 24])
    angle = np.arctan2(ball.vertices[:, 1], ball.vertices[:, 0])
    uvs = np.stack([angle / 7 + 0.5, ball.vertices[:, 2] * 0.45 + 0.5], 1)[ball.faces]
    plain = np.ptp(uvs[..., 0], axis=1) < 0.5  # without the faces across the seam
    geometry = Geometry(surface_mesh(ball.vertices, ball.faces[plain], uvs[plain]))
    _, shade = light(geometry, 1.0, 0.0)
    assert np.abs(shade).max() < 0.02


def test_light_changes_lightness_alone():
    colors = torch.tensor([[0.4, 0.5, 0.45]]).expand(3, 3)
    lab, before = to_oklab(shaded(colors, torch.tensor([-0.1, 0.0, 0.1]))), to_oklab(colors)
    np.testing.assert_allclose(lab[:, 0] - before[:, 0], [-0.1, 0, 0.1], atol=1e-3)
    np.testing.assert_allclose(lab[:, 1:], before[:, 1:], atol=1e-3)
