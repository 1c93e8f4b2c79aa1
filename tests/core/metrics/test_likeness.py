from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nst.core.encoder import Encoder, load_encoder
from nst.core.metrics.likeness import STYLE_LAYERS, content_likeness, style_distance


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def blotches(seed: int, side: int = 128, size: int = 8) -> Tensor:
    noise = torch.rand(1, 3, side // size, side // size, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(noise, side, mode="bicubic").clamp(0, 1)


def test_a_picture_is_like_itself(encoder: Encoder) -> None:
    picture = blotches(0)
    assert max(style_distance(picture, picture, encoder, 128, 128).values()) < 1e-3
    report = content_likeness(picture, picture, encoder)
    assert (report.structure, report.chroma) == (0, 0)
    assert report.light == pytest.approx(1)


def test_same_style_is_nearer_than_another(encoder: Encoder) -> None:
    goal = blotches(0)
    same, other = blotches(1), blotches(1, size=32) ** 3
    near, far = (style_distance(one, goal, encoder, 128, 128) for one in (same, other))
    assert all(near[layer] < 0.5 * far[layer] for layer in STYLE_LAYERS[:-1])
    assert near["relu5_1"] < far["relu5_1"]  # from 64 places, so that chance has its part


def test_shuffled_content_keeps_its_style_and_loses_its_structure(encoder: Encoder) -> None:
    picture = blotches(3)
    turned = picture.roll((40, 56), (2, 3))
    shifted = content_likeness(turned, picture, encoder)
    recoloured = content_likeness(picture[:, [2, 0, 1]], picture, encoder)
    assert style_distance(turned, picture, encoder, 128, 128)["relu2_1"] < 0.1
    assert shifted.structure > 1.5 * recoloured.structure
    assert shifted.light < 0.5
    assert recoloured.chroma > 0.05


def test_plain_and_tiny_pictures(encoder: Encoder) -> None:
    plain = torch.full((1, 3, 20, 20), 0.5)
    report = content_likeness(plain, blotches(0), encoder)
    assert report.light == 0
    assert 0 <= report.structure < 2
