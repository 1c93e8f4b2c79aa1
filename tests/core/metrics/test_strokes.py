from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from nst.core.metrics.strokes import SHORTEST, dominant_wavelength

PAINTING = Path(__file__).parents[2] / "assets" / "van_gogh_auvers.jpg"


def stripes(wavelength: float, angle: float, height: int = 256, width: int = 256) -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    phase = (x * np.cos(angle) + y * np.sin(angle)) / wavelength
    return (0.5 + 0.4 * torch.sin(2 * torch.pi * phase)).expand(1, 3, -1, -1)


def painting(scale: float) -> torch.Tensor:
    picture = Image.open(PAINTING).convert("RGB")
    size = (round(picture.width * scale), round(picture.height * scale))
    pixels = np.asarray(picture.resize(size, Image.Resampling.LANCZOS), dtype=np.float32) / 255
    return torch.from_numpy(pixels).permute(2, 0, 1)[None]


def blobs(spacing: float, size: int, seed: int = 0) -> torch.Tensor:
    """Noise between two scales: structure of a typical spacing, in every direction."""
    noise = torch.randn(size, size, generator=torch.Generator().manual_seed(seed))
    k = torch.hypot(torch.fft.fftfreq(size)[:, None], torch.fft.fftfreq(size)[None])
    band = torch.exp(-0.5 * (torch.log2(k.clamp_min(1e-6) * spacing) / 0.3).square())
    field = torch.fft.ifft2(torch.fft.fft2(noise) * band).real
    return (0.5 + 0.15 * field / field.std()).clamp(0, 1).expand(1, 3, -1, -1)


@pytest.mark.parametrize("wavelength", [4.0, 7.0, 12.0, 25.0])
@pytest.mark.parametrize("angle", [0.0, 0.4, 1.2])
def test_stripes_give_their_own_wavelength(wavelength: float, angle: float) -> None:
    assert dominant_wavelength(stripes(wavelength, angle)) == pytest.approx(wavelength, rel=0.1)


@pytest.mark.parametrize("spacing", [5.0, 10.0, 20.0])
def test_blobs_give_their_spacing(spacing: float) -> None:
    assert dominant_wavelength(blobs(spacing, 320)) == pytest.approx(spacing, rel=0.2)


def test_stripes_in_colour_alone_are_seen() -> None:
    wave = stripes(9.0, 0.3)[:, :1]
    assert dominant_wavelength(torch.cat([wave, 1 - wave, 0 * wave + 0.5], 1)) == pytest.approx(9.0, rel=0.1)


@pytest.mark.parametrize(("small", "large"), [(1.0, 2.0), (0.8, 1.2)])
def test_enlarging_a_painting_enlarges_its_strokes_as_much(small: float, large: float) -> None:
    ratio = dominant_wavelength(painting(large)) / dominant_wavelength(painting(small))
    assert ratio == pytest.approx(large / small, rel=0.1)


def test_result_rises_with_the_size_of_a_painting() -> None:
    found = [dominant_wavelength(painting(scale)) for scale in (0.5, 0.7, 1.0, 1.4, 2.0)]
    assert found == sorted(found)
    assert len(set(found)) == len(found)


def test_painting_is_measured_near_what_the_eye_counts() -> None:
    # The dabs in the sky and on the path of this picture are 7 to 12 pixels apart.
    assert 6.0 < dominant_wavelength(painting(1.0)) < 13.0


def test_brightness_and_contrast_do_not_matter() -> None:
    picture = painting(1.0)
    assert dominant_wavelength(0.3 + 0.2 * picture) == pytest.approx(dominant_wavelength(picture), rel=1e-3)


def test_weight_leaves_out_what_is_masked() -> None:
    left, right = stripes(6.0, 0.0, 256, 128), stripes(20.0, 0.0, 256, 128)
    both = torch.cat([left, right], 3)
    weight = torch.zeros(256, 256)
    weight[:, :128] = 1
    assert dominant_wavelength(both, weight) == pytest.approx(6.0, rel=0.1)
    assert dominant_wavelength(both, 1 - weight[None, None]) == pytest.approx(20.0, rel=0.15)


def test_panorama_shape_is_measured_as_a_square_one() -> None:
    assert dominant_wavelength(stripes(8.0, 0.5, 128, 512)) == pytest.approx(8.0, rel=0.1)


def test_noise_has_the_shortest_wavelength() -> None:
    noise = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(1))
    assert dominant_wavelength(noise) == pytest.approx(SHORTEST, rel=0.2)


def test_flat_and_tiny_pictures_still_give_a_finite_length() -> None:
    assert dominant_wavelength(torch.full((1, 3, 256, 128), 0.3)) == pytest.approx(16.0)
    assert dominant_wavelength(torch.rand(1, 3, 1, 1)) == 1.0
    assert dominant_wavelength(torch.rand(1, 3, 9, 40)) == 9.0
    assert dominant_wavelength(torch.rand(1, 3, 64, 64), torch.zeros(64, 64)) == pytest.approx(16.0)


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        dominant_wavelength(torch.rand(3, 64, 64))
