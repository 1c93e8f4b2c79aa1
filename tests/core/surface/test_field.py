"""Directions of strokes on surfaces where they are known."""

import numpy as np
import pytest
import trimesh

from nst.core.protocol import JobError, Remedy
from nst.core.surface.field import check_direction, direction_field
from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import surface_mesh
from nst.core.surface.views import TURN, WindowMaker
from nst.tests.core.surface.shapes import cylinder, geometry_of, grid, revolved, sheet

UP = (0.0, 0.0, 1.0)


def ups(geometry, direction, up=UP, count=400, angle=0.0):
    """Points, and which way strokes run there."""
    points = geometry.sample(count, np.random.default_rng(1))
    field = direction_field(geometry, direction, angle, up)
    return points, field.frames(points, points.normal)[1]


def degrees_between(one, other):
    """Between lines, of the smaller angle."""
    cosine = np.abs((one * other).sum(1)) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    return np.degrees(np.arccos(cosine.clip(0, 1)))


def around(points):
    return np.cross([0.0, 0, 1], points.position)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_curvature_runs_around_a_cylinder(scale):
    points, up = ups(cylinder(scale), "curvature")
    assert degrees_between(up, around(points)).mean() < 3


def test_curvature_runs_around_a_rings_tube():
    angle = np.linspace(0, 2 * np.pi, 17)
    ring = revolved(np.stack([1 + 0.4 * np.cos(angle), 0.4 * np.sin(angle)], 1), 32)
    points, up = ups(ring, "curvature")
    assert degrees_between(up, np.cross(points.normal, around(points))).mean() < 3


def test_a_capped_cylinder_of_few_faces_still_has_rings():
    shape = trimesh.creation.cylinder(radius=0.5, height=2, sections=10)
    geometry = Geometry(surface_mesh(shape.vertices, shape.faces, shape.vertices[shape.faces][..., :2]))
    points, up = ups(geometry, "curvature")
    side = np.abs(points.normal[:, 2]) < 0.3
    assert degrees_between(up, around(points))[side].mean() < 8


def test_flat_and_round_surfaces_fall_back_to_up():
    flat = sheet()
    _, up = ups(flat, "curvature", (0.0, 1.0, 0.0))
    np.testing.assert_allclose(up, np.broadcast_to([0, 1, 0], up.shape), atol=1e-3)
    ball = trimesh.creation.icosphere(subdivisions=4)
    geometry = Geometry(surface_mesh(ball.vertices, ball.faces, ball.vertices[ball.faces][..., :2]))
    points, up = ups(geometry, "curvature")
    upright = np.array(UP) - points.normal * points.normal[:, 2:]
    low = np.abs(points.normal[:, 2]) < 0.8
    assert degrees_between(up, upright)[low].mean() < 5


def test_a_flat_part_takes_the_direction_beside_it():
    """A strip that is flat for most of its length, and bends around y at its end."""
    x = np.r_[np.linspace(0, 2, 9), 2 + 0.5 * np.sin(np.linspace(0.2, np.pi / 2, 8))]
    z = np.r_[np.zeros(9), 0.5 * np.cos(np.linspace(0.2, np.pi / 2, 8)) - 0.5]
    y = np.linspace(0, 1, 5)
    vertices = np.stack([np.tile(x, 5), np.repeat(y, len(x)), np.tile(z, 5)], axis=1)
    plane = np.stack([np.tile(np.linspace(0, 1, len(x)), 5), np.repeat(y, len(x))], 1)
    geometry = geometry_of(vertices, grid(5, len(x)), plane)
    points, up = ups(geometry, "curvature", (0.0, 1.0, 0.0))
    near = (points.position[:, 0] > 1.5) & (points.position[:, 0] < 2)
    assert degrees_between(up, np.broadcast_to([1.0, 0, 0], up.shape))[near].mean() < 15


def test_uv_runs_along_v_and_has_an_up():
    _, up = ups(cylinder(), "uv", (1.0, 0.0, 0.0))
    np.testing.assert_allclose(up, np.broadcast_to([0, 0, 1], up.shape), atol=0.02)
    turned = sheet()
    mesh = turned.mesh
    uvs = np.stack([mesh.uvs[..., 1], -mesh.uvs[..., 0]], axis=-1)  # v grows against x
    _, up = ups(Geometry(surface_mesh(mesh.vertices, mesh.faces, uvs)), "uv")
    np.testing.assert_allclose(up, np.broadcast_to([-1, 0, 0], up.shape), atol=0.05)


def test_a_world_axis_lies_in_the_surface():
    points, up = ups(cylinder(), "x", count=2000)
    assert np.abs((up * points.normal).sum(1)).max() < 1e-9
    facing_y = np.abs(points.normal[:, 1]) > 0.9
    assert (up[facing_y, 0] > 0.9).all()


def given_sheet(vector, where, cells=8):
    mesh = sheet(cells).mesh
    corners = mesh.vertices[mesh.faces]
    values = np.where(where(corners)[..., None], vector, 0.0)
    return sheet(cells, attributes={"direction": values})


def test_given_directions_are_spread_over_the_surface_with_their_sign():
    geometry = given_sheet([-2.0, -2.0, 0.0], lambda corners: corners[..., 0] < 0.3)
    _, up = ups(geometry, "given", (0.0, 1.0, 0.0))
    np.testing.assert_allclose(up, np.broadcast_to([-(0.5**0.5)] * 2 + [0], up.shape), atol=0.06)


def test_two_given_directions_have_a_smooth_change_between_them():
    mesh = sheet(16).mesh
    x = mesh.vertices[mesh.faces][..., :1]
    values = np.where(x < 0.2, [1.0, 0, 0], np.where(x > 0.8, [0.0, 1, 0], 0.0))
    points, up = ups(sheet(16, attributes={"direction": values}), "given", (0.0, 1.0, 0.0))
    from_x = degrees_between(up, np.broadcast_to([1.0, 0, 0], up.shape))
    left, right = points.position[:, 0] < 0.15, points.position[:, 0] > 0.85
    assert from_x[left].max() < 10
    assert from_x[right].min() > 80


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({}, "no attribute 'direction'"),
        ({"direction": np.ones((128, 3))}, r"shape \(128, 3\), not \(128, 3, 3\)"),
        ({"direction": np.zeros((128, 3, 3))}, "nothing but zeros"),
    ],
)
def test_given_without_directions_is_an_error(attributes, words):
    mesh = sheet(attributes=attributes).mesh
    with pytest.raises(JobError, match=words) as raised:
        check_direction(mesh, "given")
    assert (raised.value.code, raised.value.remedy) == ("direction_missing", Remedy.CHANGE_SETTING)
    assert "follow the curvature" in raised.value.message
    check_direction(mesh, "curvature")


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 250.0])
def test_windows_are_turned_counterclockwise_by_the_angle(angle):
    geometry = sheet()
    middle = geometry.points(np.array([64]), np.array([[0.4, 0.3, 0.3]]))
    field = direction_field(geometry, "uv", angle, UP)
    windows = WindowMaker(geometry, field, np.random.default_rng(0)).lay(middle, 0.002, 32)
    across = windows.uv[0, 16, -1] - windows.uv[0, 16, 0]  # UVs are positions here
    turn = np.degrees(np.arctan2(across[1], across[0]))
    assert abs((turn - angle + 180) % 360 - 180) <= np.degrees(TURN) + 0.1


def test_pixels_of_another_direction_count_less():
    """Directions fan out from x on the left to y on the right; a window sees from one to the other."""
    mesh = sheet(32).mesh
    angle = mesh.vertices[mesh.faces][..., 0] * np.pi / 2
    values = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=-1)
    geometry = sheet(32, attributes={"direction": values})
    face, places = geometry.cast(np.array([[0.5, 0.5, 1.0]]), np.array([[0.0, 0, -1]]))
    maker = WindowMaker(geometry, direction_field(geometry, "given", 0.0, UP), np.random.default_rng(0))
    windows = maker.lay(geometry.points(face, places), 0.016, 64)
    x = windows.uv[0][..., 0]
    inner = np.zeros((64, 64), dtype=bool)
    inner[12:-12, 12:-12] = True  # without what fades at the window's border
    assert windows.weight[0][inner & (np.abs(x - 0.5) < 0.1)].min() > 0.9
    assert windows.weight[0][windows.valid[0] & (np.abs(x - 0.5) > 0.4)].mean() < 0.25
    assert windows.valid[0][inner].all()
