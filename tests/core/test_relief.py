"""Relief: a height of the paint that strokes stand out in, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nst.core.canvas.surface import SurfaceCanvas
from nst.core.metrics.seams import position_floor, seam_ratio
from nst.core.oklab import to_oklab
from nst.core.relief import paint_height
from nst.core.surface.mesh import surface_mesh
from nst.tests.core.metrics.surfaces import ball, box_uvs
from nst.tests.core.surface.shapes import grid, sheet

STROKE = 0.125


def canvas_of(mesh, size):
    return SurfaceCanvas(mesh, size, (0.0, 0.0, 1.0), 0, torch.device("cpu"))


@pytest.fixture(scope="module")
def plane():
    return canvas_of(sheet().mesh, 128)


def waves(canvas, amplitude, base=0.5, length=STROKE, phase=0.0):
    """Grey stripes across x of a canvas's texels, as colours (T, 3) and as what they are the sine of."""
    points = canvas.geometry.points(canvas.texels.face, canvas.texels.barycentric)
    at = torch.from_numpy(points.position[:, 0]).float()
    wave = torch.sin(2 * torch.pi * at / length + phase)
    return (base + amplitude * wave)[:, None].expand(-1, 3), wave, at


def height(canvas, colors, stroke=STROKE):
    return paint_height(canvas.pyramid, colors, canvas._areas, stroke)


@pytest.mark.parametrize("color", [(0.0, 0.0, 0.0), (0.8, 0.31, 0.17), (1.0, 1.0, 1.0)])
def test_one_colour_is_flat(plane, color):
    colors = torch.tensor(color).expand(len(plane._areas), 3)
    assert (height(plane, colors) == 0.5).all()


def test_light_strokes_are_high_and_the_mean_is_a_half(plane):
    colors, wave, _ = waves(plane, 0.2)
    found = height(plane, colors)
    assert float(found.min()) > 0
    assert float(found.max()) < 1
    assert float((found * plane._areas).sum() / plane._areas.sum()) == pytest.approx(0.5, abs=0.01)
    assert float(torch.corrcoef(torch.stack([found, wave]))[0, 1]) > 0.95
    assert float(found.std()) > 0.1  # it makes use of its range


def test_strokes_stand_out_alike_in_the_dark_and_in_the_light(plane):
    """Where lightness differs three times, height does less than twice."""
    dark, wave, at = waves(plane, 0.05, 0.15)
    pale, _, _ = waves(plane, 0.2, 0.7)
    left, right = at < 0.3, at > 0.7
    found = height(plane, torch.where((at < 0.5)[:, None], dark, pale))
    lightness = to_oklab(dark)[:, 0], to_oklab(pale)[:, 0]
    assert float(lightness[0].std() / lightness[1].std()) < 0.34
    assert 0.5 < float(found[left].std() / found[right].std()) < 1.0
    assert float(torch.corrcoef(torch.stack([found[left], wave[left]]))[0, 1]) > 0.9


def test_steps_of_eight_bits_are_not_blown_up(plane):
    colors, _, at = waves(plane, 0.2)
    flat = torch.where((at < 0.5)[:, None], colors, torch.full_like(colors, 0.5))
    noise = torch.rand(len(at), 1, generator=torch.Generator().manual_seed(0)).round() / 255
    found = height(plane, torch.where((at < 0.5)[:, None], flat, flat + noise))
    painted, empty = found[at < 0.4], found[at > 0.7]
    assert float(empty.std()) < 0.15 * float(painted.std())


def test_what_is_larger_than_strokes_makes_no_hills(plane):
    broad = height(plane, waves(plane, 0.2, length=2.0)[0])
    fine = height(plane, waves(plane, 0.2)[0])
    assert float(broad.std()) < 0.33 * float(fine.std())


def test_finer_waves_are_lower(plane):
    """Texel noise does not make the slopes."""
    sizes = [float(height(plane, waves(plane, 0.2, length=each)[0]).std()) for each in (0.125, 0.0625, 0.031)]
    assert sizes[0] > sizes[1] > sizes[2] > 0.02


def torus(cells=(8, 16)):
    """A torus each of whose quads is an island of its own."""
    rows, columns = cells
    u, v = np.meshgrid(*(np.linspace(0, 2 * np.pi, count + 1) for count in (columns, rows)))
    ring = 1 + 0.4 * np.cos(v)
    points = np.stack([ring * np.cos(u), ring * np.sin(u), 0.4 * np.sin(v)], axis=-1).reshape(-1, 3)
    faces = grid(rows + 1, columns + 1)
    cell = np.arange(len(faces)) % (rows * columns)
    place = np.stack([cell % 12, cell // 12], axis=1) / [12, 11]
    corner = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]])
    inside = np.repeat(corner, rows * columns, axis=0) * [0.7 / 12, 0.7 / 11] + [0.15 / 12, 0.15 / 11]
    return surface_mesh(np.round(points, 9), faces, place[:, None] + inside)


@pytest.mark.parametrize("name", ["torus", "ball"])
def test_both_sides_of_a_seam_are_equally_high(name):
    mesh, size = (torus(), 160) if name == "torus" else (ball(), 128)
    canvas = canvas_of(mesh, size)
    generator = torch.Generator().manual_seed(1)
    kept = [each for each in canvas.pyramid.spacings if each >= 2.5 * canvas.grain]
    counts = canvas.pyramid.counts[: len(kept)]
    levels = [0.3 / len(kept) * torch.randn(n, 3, generator=generator) for n in counts]
    levels[0] += 0.5
    picture = canvas.finished(canvas.decode(levels))
    stroke = 10 * canvas.grain
    found = canvas.height(picture, stroke)
    assert found.shape == (1, 1, size, size)
    report, floor = seam_ratio(mesh, found.expand(1, 3, -1, -1)), position_floor(mesh, size)
    assert report.pairs > 200
    assert report.ratio < 1.15 * floor.ratio  # octaves of a texel or two are weighed like larger ones


def test_margins_are_filled_and_sheets_stay_apart():
    solid = ball()
    uvs = box_uvs(solid.vertices[solid.faces])
    right = uvs.mean(1)[:, 1] > 0.5
    mesh = surface_mesh(solid.vertices, solid.faces, uvs, attributes={"sheet": right})
    canvas = canvas_of(mesh, 64)
    colors = torch.rand(1, 3, 128, 64, generator=torch.Generator().manual_seed(0))
    sheets = canvas.split(canvas.height(canvas.finished(colors), STROKE))
    assert [sheet.shape for sheet in sheets] == [(1, 1, 64, 64)] * 2
    whole = torch.cat(sheets, dim=2)
    assert float(whole.min()) > 0
    flat, texels = whole.flatten(), canvas.texels
    assert len(texels.outside) > 0
    outside, nearest = torch.from_numpy(texels.outside), torch.from_numpy(texels.nearest)
    assert torch.equal(flat[outside], flat[nearest])
