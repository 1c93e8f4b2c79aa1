from __future__ import annotations

import numpy as np
import pytest
import torch

from nst.core.metrics.atlas import atlas
from nst.core.metrics.evenness import FLOOR_WAVES, evenness_floor, stroke_evenness
from nst.core.metrics.position import SpaceNoise, position_texture
from nst.core.protocol import JobError
from nst.core.surface.mesh import SurfaceMesh, surface_mesh

from .surfaces import ball, globe

SIZE, STROKE = 256, 0.12


def two_to_one(mesh: SurfaceMesh) -> torch.Tensor:
    """Noise in space whose strokes are twice as large on the upper half."""
    at = atlas(mesh, SIZE, SIZE)
    lower, upper = (SpaceNoise(1, stroke, FLOOR_WAVES)(at.position.reshape(-1, 3)) for stroke in (0.1, 0.2))
    colors = np.where(at.position.reshape(-1, 3)[:, 2:] > 0, upper, lower).reshape(SIZE, SIZE, 3)
    return torch.from_numpy(colors).float().permute(2, 0, 1)[None]


def test_even_strokes_are_even_and_as_large_as_they_are() -> None:
    report = stroke_evenness(ball(), position_texture(ball(), SIZE, 3, STROKE, FLOOR_WAVES))
    assert report.variation < 0.05
    assert report.wavelength == pytest.approx(STROKE, rel=0.15)
    assert report.windows > 60


def test_the_unwrap_does_not_matter_to_strokes_that_are_made_in_space() -> None:
    mesh = globe(bend=1.6)
    report = stroke_evenness(mesh, position_texture(mesh, SIZE, 3, STROKE, FLOOR_WAVES))
    assert report.variation < 0.06
    assert report.wavelength == pytest.approx(STROKE, rel=0.15)


def test_two_halves_of_two_sizes_are_uneven() -> None:
    assert stroke_evenness(ball(), two_to_one(ball())).variation > 0.2


def test_strokes_made_in_uv_space_follow_the_stretching_of_the_unwrap() -> None:
    flat = torch.rand(1, 3, SIZE // 3, SIZE // 3, generator=torch.Generator().manual_seed(0))
    texture = torch.nn.functional.interpolate(flat, SIZE, mode="bicubic").clamp(0, 1)
    report = stroke_evenness(globe(bend=2.0), texture)
    floor = evenness_floor(globe(bend=2.0), SIZE, report.scale)
    assert floor.variation < 0.06
    assert report.variation > 3 * floor.variation
    assert report.windows == floor.windows


def test_units_and_repetition_do_not_matter() -> None:
    mesh = ball()
    texture = position_texture(mesh, SIZE, 3, STROKE)
    large = surface_mesh(mesh.vertices * 1000, mesh.faces, mesh.uvs)
    first, second = stroke_evenness(mesh, texture), stroke_evenness(large, texture)
    assert second.wavelength == pytest.approx(1000 * first.wavelength, rel=0.02)
    assert second.variation == pytest.approx(first.variation, abs=0.01)
    assert stroke_evenness(mesh, texture) == first


def test_a_plain_texture_has_no_strokes() -> None:
    red = torch.tensor([0.8, 0.1, 0.1]).view(1, 3, 1, 1).expand(1, 3, 128, 128)
    with pytest.raises(JobError) as raised:
        stroke_evenness(ball(), red)
    assert raised.value.code == "texture_plain"


def test_strokes_as_large_as_the_object_cannot_be_compared() -> None:
    with pytest.raises(JobError) as raised:
        stroke_evenness(ball(), position_texture(ball(), 64, 0, 2.0))
    assert raised.value.code == "strokes_too_large"


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        stroke_evenness(ball(), torch.rand(3, 64, 64))
