"""The surface canvas on meshes that are hard to see or badly unwrapped."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nst.core.canvas import Stage
from nst.core.canvas.surface import CROWD, SAMPLES, SurfaceCanvas
from nst.core.protocol import JobCancelled, JobError
from nst.core.surface.mesh import SurfaceMesh, surface_mesh

UP = (0.0, 0.0, 1.0)


def sheet(width: float, height: float, uv: float = 1.0) -> SurfaceMesh:
    """A rectangle whose UVs reach from 0 to ``uv``."""
    points = np.array([[0, 0, 0], [width, 0, 0], [width, 0, height], [0, 0, height]])
    corners = np.array([[0, 0], [uv, 0], [uv, uv], [0, uv]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return surface_mesh(points, faces, corners[faces] * 0.999)


def canvas_of(mesh: SurfaceMesh, size: int = 64) -> SurfaceCanvas:
    return SurfaceCanvas(mesh, size, UP, 0, torch.device("cpu"))


def stage(painting: int) -> Stage:
    return Stage(painting, 1, 0.03, 1.0, ("rgb",), ())


@pytest.mark.parametrize("tiles", [1.0, 12.0, 300.0])
def test_repeating_uvs_do_not_cost_more_than_the_texture(tiles: float) -> None:
    canvas = canvas_of(sheet(1, 1, tiles))
    assert canvas._sample_count() <= 1.1 * SAMPLES * CROWD * 64**2
    assert sum(canvas.pyramid.counts) <= 2 * CROWD * 64**2 + 4096


def test_parts_of_very_different_texel_size() -> None:
    small, large = sheet(1, 1, 0.9), sheet(60, 60, 0.05)
    mesh = surface_mesh(
        np.concatenate([small.vertices, large.vertices + np.array([0, 5, 0])]),
        np.concatenate([small.faces, large.faces + 4]),
        np.concatenate([small.uvs, large.uvs + 0.93]),
    )
    canvas = canvas_of(mesh)
    assert canvas._sample_count() <= 1.1 * SAMPLES * CROWD * 64**2


def test_every_look_at_a_ribbon_shows_some_of_it() -> None:
    canvas = canvas_of(sheet(10, 0.003))
    canvas.span = 1.0
    for _ in range(10):
        looks = canvas.looks(stage(144), lambda: None)
        assert sum(float(look.weight.sum()) for look in looks) > 0


def test_strokes_that_no_view_can_show_are_an_error() -> None:
    canvas = canvas_of(sheet(10, 1e-6))
    canvas.span = 1000.0
    with pytest.raises(JobError, match="smaller stroke size"):
        canvas.looks(stage(144), lambda: None)


def test_looking_can_be_cancelled() -> None:
    def stop() -> None:
        raise JobCancelled

    canvas = canvas_of(sheet(1, 1))
    with pytest.raises(JobCancelled):
        canvas.looks(stage(144), stop)


def test_colors_stand_for_area_however_many_texels_there_are() -> None:
    canvas = canvas_of(sheet(1, 1))
    ramp = torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    colors = canvas.colors(ramp)
    assert float(colors.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(colors.var()) == pytest.approx(1 / 12, abs=0.01)
