import numpy as np
import pytest
import torch
import trimesh

from nst.core.surface import pyramid as pyramid_module
from nst.core.surface.geometry import Geometry, SurfacePoints
from nst.core.surface.mesh import surface_mesh
from nst.core.surface.pyramid import build_pyramid, ladder

CPU = torch.device("cpu")


def points_of(position, normal):
    count = len(position)
    return SurfacePoints(np.zeros(count, dtype=np.int64), np.zeros((count, 3)), position, normal)


@pytest.fixture(scope="module")
def ball():
    shape = trimesh.creation.icosphere(subdivisions=3)
    mesh = surface_mesh(shape.vertices, shape.faces, shape.vertices[shape.faces][..., :2] / 2 + 0.5, "ball")
    geometry = Geometry(mesh)
    rng = np.random.default_rng(0)
    return geometry.sample(20000, rng), geometry.sample(3000, rng)


@pytest.fixture(scope="module")
def pyramid(ball):
    return build_pyramid(lambda *_: [ball[0]], [ball[1]], len(ball[1].face), 0.05, 0.5, CPU)


@pytest.mark.parametrize("finest", [0.01, 0.0123, 0.05, 0.0884, 0.0885, 0.12, 0.3])
def test_spacings_halve_down_to_about_the_finest(finest):
    halves = 0.5 / 2 ** np.arange(20)
    spacings = np.array(ladder(finest, 0.5))
    assert 0.85 * finest <= spacings[-1] < 1.21 * finest
    np.testing.assert_allclose(spacings[:-1], halves[: len(spacings) - 1])
    assert min(abs(spacings[-1] / halves - 1)) < 1e-9 or min(abs(spacings[-1] / halves - 0.5**0.5)) < 1e-9


def test_points_grow(pyramid):
    assert list(pyramid.counts) == sorted(pyramid.counts)
    assert pyramid.spacings == ladder(0.05, 0.5)


def test_coarse_levels_do_not_know_how_fine_the_finest_is(ball):
    def surface(level, spacing):
        return [ball[0][np.random.default_rng(level).permutation(20000)[:15000]]]

    fine, coarse = (build_pyramid(surface, [ball[1]], 3000, each, 0.5, CPU) for each in (0.05, 0.11))
    shared = len(coarse.counts) - 1
    assert len(fine.counts) > len(coarse.counts) > 2
    levels = [torch.rand(n, 3) for n in coarse.counts[:shared]]
    assert torch.equal(fine.colors(levels), coarse.colors(levels))


def test_a_source_finds_the_neighbours_that_the_pyramid_itself_takes(pyramid, ball):
    source = pyramid.sources[-1]
    values = torch.rand(pyramid.counts[-1], 3)
    torch.testing.assert_close(source.at(ball[1])(values), pyramid.steps[-1](values), rtol=0, atol=0)


def test_one_colour_stays_one_colour(pyramid):
    levels = [torch.full((pyramid.counts[0], 3), 0.25), *[torch.zeros(n, 3) for n in pyramid.counts[1:]]]
    decoded = pyramid.decode(levels)
    torch.testing.assert_close(decoded, torch.full_like(decoded, 0.25))
    amount = torch.rand(len(decoded)) + 0.1
    torch.testing.assert_close(pyramid.smooth(decoded, amount, 0), decoded)


def test_levels_not_given_are_zero(pyramid):
    coarse = [torch.rand(pyramid.counts[0], 3)]
    zeros = [torch.zeros(n, 3) for n in pyramid.counts[1:]]
    torch.testing.assert_close(pyramid.decode(coarse), pyramid.decode([*coarse, *zeros]))


def test_smooth_colours_survive_restriction(pyramid, ball):
    colors = torch.from_numpy(ball[1].position).float()
    smooth = pyramid.smooth(colors, torch.ones(len(colors)), len(pyramid.counts) - 1)
    assert (smooth - colors).abs().mean() < 0.02


def test_gradient_is_the_transpose(pyramid):
    levels = [torch.rand(n, 3, requires_grad=True) for n in pyramid.counts]
    cotangent = torch.rand(3000, 3)
    pyramid.decode(levels).backward(cotangent)
    for level in levels:
        direction = torch.rand_like(level)
        probe = [direction if other is level else torch.zeros_like(other) for other in levels]
        forward = (pyramid.decode(probe) * cotangent).sum()
        torch.testing.assert_close(forward, (level.grad * direction).sum(), rtol=1e-4, atol=1e-4)


def test_two_sides_of_a_thin_wall_do_not_mix():
    rng = np.random.default_rng(1)
    flat = np.c_[rng.random((4000, 2)), np.zeros(4000)]
    front, back = np.tile([0.0, 0, 1], (2000, 1)), np.tile([0.0, 0, -1], (2000, 1))
    wall = points_of(flat, np.r_[front, back])
    pyramid = build_pyramid(lambda *_: [wall], [wall], 4000, 0.05, 0.2, CPU)
    color = torch.cat([torch.zeros(2000, 1), torch.ones(2000, 1)])
    mixed = pyramid.smooth(color, torch.ones(4000), 0)
    assert (mixed - color).abs().max() < 1e-3


def test_targets_in_portions_change_nothing(ball):
    surface, targets = ball
    whole = build_pyramid(lambda *_: [surface], [targets], 3000, 0.05, 0.5, CPU)
    portioned = build_pyramid(lambda *_: [surface], [targets[:1000], targets[1000:]], 3000, 0.05, 0.5, CPU)
    levels = [torch.rand(n, 3) for n in whole.counts]
    torch.testing.assert_close(portioned.decode(levels), whole.decode(levels), rtol=0, atol=0)


def test_thinning_now_and_then_keeps_a_point_in_each_cube(ball, monkeypatch):
    parts = [ball[0][start : start + 3000] for start in range(0, 20000, 3000)]
    at_once = build_pyramid(lambda *_: parts, [ball[1]], 3000, 0.05, 0.5, CPU)
    monkeypatch.setattr(pyramid_module, "PORTION", 5000)
    assert build_pyramid(lambda *_: parts, [ball[1]], 3000, 0.05, 0.5, CPU).counts[-1] == at_once.counts[-1]
