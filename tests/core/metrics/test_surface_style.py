from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from nst.core.encoder import Encoder, load_encoder
from nst.core.metrics.likeness import STYLE_LAYERS
from nst.core.metrics.surface_style import comparison_scale, surface_style_distance
from nst.core.protocol import JobError
from nst.core.surface.mesh import SurfaceMesh, surface_mesh


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def plate(width: float = 1.0) -> SurfaceMesh:
    """A unit square, or a strip of it, whose UV map is itself."""
    corners = np.array([[0.0, 0, 0], [width, 0, 0], [width, 1, 0], [0, 1, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return surface_mesh(corners, faces, corners[faces][..., :2])


def blotches(seed: int, size: int = 8, side: int = 96) -> Tensor:
    noise = torch.rand(1, 3, side // size, side // size, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(noise, side, mode="bicubic").clamp(0, 1)


def measure(texture: Tensor, painting: Tensor, encoder: Encoder, pixel: float = 1 / 96) -> dict[str, float]:
    return surface_style_distance(plate(), texture, painting, encoder, 96, pixel)


def test_the_same_style_is_near_and_another_far(encoder: Encoder) -> None:
    near, far = (
        measure(blotches(1), blotches(0), encoder),
        measure(blotches(1, 32) ** 3, blotches(0), encoder),
    )
    assert set(near) == set(STYLE_LAYERS)
    assert near["rgb"] < 0.1
    # relu5_1 has 36 places in so small a painting, too few to tell.
    assert all(near[layer] < 0.5 * far[layer] for layer in STYLE_LAYERS[:-1])


def test_strokes_of_another_size_are_farther(encoder: Encoder) -> None:
    painting, texture = blotches(0), blotches(1)
    right, wrong = (measure(texture, painting, encoder, pixel) for pixel in (1 / 96, 1 / 220))
    assert wrong["relu2_1"] > 1.5 * right["relu2_1"]


def test_scale_is_that_of_a_job(encoder: Encoder) -> None:
    painting = blotches(0)
    side, pixel = comparison_scale(plate(), torch.rand(1, 3, 512, 512), painting)
    assert side == 96  # the painting's own
    assert side * pixel == pytest.approx(0.75)  # of the plate's side
    side, pixel = comparison_scale(plate(), torch.rand(1, 3, 64, 64), painting)
    assert side == 48  # as many texels
    fixed = comparison_scale(plate(), torch.rand(1, 3, 512, 512), painting, stroke=0.1)
    twice = comparison_scale(plate(), torch.rand(1, 3, 512, 512), painting, stroke=0.05)
    assert fixed[0] * fixed[1] == pytest.approx(2 * twice[0] * twice[1])


def test_a_thread_cannot_be_looked_at(encoder: Encoder) -> None:
    with pytest.raises(JobError) as raised:
        surface_style_distance(plate(0.002), torch.rand(1, 3, 64, 64), blotches(0), encoder, 96, 1 / 64)
    assert raised.value.code == "strokes_too_large"


def test_wrong_shape_is_refused(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="shape"):
        surface_style_distance(plate(), torch.rand(3, 8, 8), blotches(0), encoder, 128, 0.01)
