"""Masks of pictures and of meshes, and how soft their edges are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh

from nst.core.blur import softened
from nst.core.canvas import Stage
from nst.core.canvas.image import ImageCanvas
from nst.core.canvas.surface import SurfaceCanvas
from nst.core.masks import guides, mesh_mask, surface_mask
from nst.core.protocol import JobError, Mask
from nst.core.solve.palettes import belonging
from nst.core.surface.mesh import surface_mesh

SIZE = 160
CPU = torch.device("cpu")


def ball(attributes=None, turn=0.0):
    """A ball of radius 1 whose halves in front and behind are two islands of the UV map.

    turn: of the islands on the UV map. Its mask "right" is where x > 0, though the islands part at z = 0.
    """
    shape = trimesh.creation.icosphere(subdivisions=4)
    corners = shape.vertices[shape.faces]
    front = corners.mean(1)[:, 2] > 0
    far = np.arccos(np.clip(np.where(front[:, None], 1, -1) * corners[..., 2], -1, 1))
    flat = corners[..., :2] * (far / np.maximum(np.linalg.norm(corners[..., :2], axis=2), 1e-9))[..., None]
    cos, sin = np.cos(turn), np.sin(turn)
    uvs = flat @ np.array([[cos, sin], [-sin, cos]]) * 0.14 + 0.25 + np.where(front, 0.5, 0)[:, None, None]
    right = (corners[..., 0] > 0).astype(float)
    return surface_mesh(
        shape.vertices,
        shape.faces,
        uvs,
        attributes={"mask.right": right} if attributes is None else attributes,
    )


def canvas_of(mesh):
    return SurfaceCanvas(mesh, SIZE, (0.0, 0.0, 1.0), 0, CPU)


def longitude(canvas):
    """Angle of each texel from the plane x = 0, and whether it is inside an island."""
    points = canvas.geometry.points(canvas.texels.face, canvas.texels.barycentric)
    x = points.position[:, 0] / np.linalg.norm(points.position, axis=1)
    return np.arcsin(x), canvas.texels.inside.reshape(-1)[canvas.texels.index]


def at_texels(canvas, mask):
    return mask.reshape(-1)[canvas.texels.index].numpy()


@pytest.fixture(scope="module")
def canvas():
    return canvas_of(ball())


def test_a_mask_of_the_mesh_lies_where_it_is_on_the_surface(canvas):
    angle, inside = longitude(canvas)
    found = at_texels(canvas, surface_mask(Mask("mesh:right", "s"), canvas))
    clear = inside & (np.abs(angle) > 0.1)  # farther than a triangle from the border
    np.testing.assert_allclose(found[clear], angle[clear] > 0, atol=1e-6)
    assert 0 <= found.min() <= found.max() <= 1


@pytest.mark.parametrize("distance", [0.2, 0.5])
def test_an_edge_fades_over_the_distance(canvas, distance):
    """The share of 10 % and that of 90 % lie so far apart, and it rises all the way."""
    angle, inside = longitude(canvas)
    found = at_texels(canvas, surface_mask(Mask("mesh:right", "s", soften=distance), canvas))
    edges = np.linspace(-1.2 * distance, 1.2 * distance, 13)
    band = np.digitize(angle, edges)
    means = np.array([found[inside & (band == k)].mean() for k in range(1, 13)])
    middles = (edges[1:] + edges[:-1]) / 2
    assert (np.diff(means) > -1e-3).all()
    width = np.interp(0.9, means, middles) - np.interp(0.1, means, middles)
    assert width == pytest.approx(distance, rel=0.25)


def test_a_soft_edge_crosses_seams(canvas):
    """Where two islands meet both have the same values: they differ no more than neighbours do."""
    found = at_texels(canvas, surface_mask(Mask("mesh:right", "s", soften=0.5), canvas))
    points = canvas.geometry.points(canvas.texels.face, canvas.texels.barycentric).position
    inside = longitude(canvas)[1]
    middle = inside & (np.abs(points[:, 0]) < 0.4)
    near = middle & (np.abs(points[:, 2]) < canvas.grain)
    front, behind = (near & (side * points[:, 2] > 0) for side in (1, -1))
    steps = neighbours_steps(points, found, front, behind, 2 * canvas.grain)
    beside = middle & (points[:, 2] > canvas.grain) & (points[:, 2] < 0.3)
    elsewhere = neighbours_steps(points, found, beside, beside, 2 * canvas.grain)
    assert len(steps) > 20
    assert steps.max() < 1.1 * elsewhere.max() < 0.3
    assert steps.mean() < 1.1 * elsewhere.mean()
    assert found[front].std() > 0.2


def neighbours_steps(points, values, ones, others, reach):
    """Differences of values between each of some places and the nearest of others, nearer than a reach."""
    apart = np.linalg.norm(points[ones][:, None] - points[others][None], axis=2)
    apart[apart == 0] = np.inf
    pairs = apart.argmin(1)
    return np.abs(values[ones] - values[others][pairs])[apart.min(1) < reach]


def test_softening_does_not_see_the_uv_map():
    """The same mask on another unwrap has the same values at the same places."""
    values = []
    for turn in (0.0, 0.7):
        canvas = canvas_of(ball(turn=turn))
        found = at_texels(canvas, surface_mask(Mask("mesh:right", "s", soften=0.5), canvas))
        angle, inside = longitude(canvas)
        band = np.digitize(angle, np.linspace(-0.6, 0.6, 9))
        values.append([found[inside & (band == k)].mean() for k in range(1, 9)])
    np.testing.assert_allclose(values[0], values[1], atol=0.03)


def test_softening_keeps_how_much_there_is(canvas):
    whole = torch.ones(1, 1, 8, 8)
    found = at_texels(canvas, canvas.softened(canvas.laid(whole), 0.4))
    np.testing.assert_allclose(found[longitude(canvas)[1]], 1, atol=1e-4)


@pytest.mark.parametrize(
    ("attributes", "code", "says"),
    [
        ({"mask.right": None, "mask.left": None}, "mask_missing", "It has: right, left. Did you mean right?"),
        ({"direction": None}, "mask_missing", "It has none"),
        ({"mask.rihgt": "flat"}, "mask_unfit", "shape"),
        ({"mask.rihgt": 2.0}, "mask_unfit", "from 2 to 2"),
        ({"mask.rihgt": -0.5}, "mask_unfit", "from -0.5"),
        ({"mask.rihgt": 0.0}, "mask_empty", "0 everywhere"),
    ],
)
def test_masks_that_are_none(attributes, code, says):
    count = len(ball().faces)
    shapes = {"flat": np.zeros(count), None: np.ones((count, 3))}
    arrays = {
        key: shapes[value] if value in shapes else np.full((count, 3), value)
        for key, value in attributes.items()
    }
    with pytest.raises(JobError) as raised:
        mesh_mask("rihgt", ball(arrays))
    assert raised.value.code == code
    assert says in raised.value.message


def step(side=96):
    return (torch.arange(side) >= side // 2).float().view(1, 1, 1, side).expand(1, 1, side, side)


@pytest.mark.parametrize("distance", [6.0, 24.0, 60.0])
def test_a_pictures_edge_fades_over_pixels(distance):
    canvas = ImageCanvas(torch.zeros(1, 3, 192, 192), 192.0, CPU)
    row = canvas.fit(canvas.softened(step(), distance), None)[0, 0, 96].numpy()  # the mask is half as large
    assert (np.diff(row) > -1e-4).all()
    at = np.arange(192)
    assert np.interp(0.9, row, at) - np.interp(0.1, row, at) == pytest.approx(distance, rel=0.15)


def test_a_picture_that_repeats_is_softened_around_its_border():
    row = softened(step(), 12.0, (True, True))[0, 0, 3]
    assert row[0] == pytest.approx(0.5, abs=0.1)
    assert row[-1] == pytest.approx(0.5, abs=0.1)
    plain = softened(step(), 12.0)[0, 0, 3]
    assert plain[0] < 0.01
    assert plain[-1] > 0.99


def test_colours_of_a_region_are_not_those_of_its_soft_edge():
    canvas = ImageCanvas(torch.zeros(1, 3, 16, 64), 64.0, CPU)
    ramp = torch.linspace(0, 1, 64).expand(1, 1, 16, 64)
    for guide, least in ((ramp, 0.9), (ramp * 0.8, 0.5)):
        inside = belonging(canvas, guide)
        assert inside.reshape(16, 64).equal(guide[0, 0] > least)
    assert belonging(canvas, ramp * 0.4) is None


def test_guides_share_the_canvas():
    canvas = ImageCanvas(torch.zeros(1, 3, 64, 64), 64.0, CPU)
    stage = Stage(32, 1, 0.1, 1.0, ("rgb",), ())
    shares = [guide(stage) for guide in guides([step(64), step(64) * 0.5], canvas.fit)]
    assert torch.stack(shares).sum(0) == pytest.approx(1)
    assert [float(share[..., 28]) for share in (one[0, 0, 8] for one in shares)] == pytest.approx(
        [0, 2 / 3, 1 / 3]
    )
