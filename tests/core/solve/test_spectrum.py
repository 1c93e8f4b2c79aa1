import pytest
import torch

from nst.core.solve.quasi_newton import LONG, SHORT, history
from nst.core.solve.spectrum import FALL, Spectrum


def picture(height, width, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, 3, height, width, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("size", [(8, 8), (7, 10), (1, 12), (5, 1)])
def test_there_and_back(size):
    x = picture(*size)
    spectrum = Spectrum(x)
    assert torch.allclose(spectrum.decode(spectrum.encode(x)), x, atol=1e-12)


@pytest.mark.parametrize("size", [(8, 8), (7, 10), (1, 12)])
def test_it_is_its_own_transpose(size):
    """So a gradient is carried by ``decode`` itself."""
    x, y = picture(*size), picture(*size, seed=1)
    spectrum = Spectrum(x)
    assert float((spectrum.decode(x) * y).sum()) == pytest.approx(float((x * spectrum.decode(y)).sum()))


@pytest.mark.parametrize("period", [2, 4, 8, 16])
def test_how_a_wave_is_weighed(period):
    across = torch.arange(32, dtype=torch.float64)
    wave = torch.cos(2 * torch.pi * across / period).expand(1, 3, 32, 32)
    assert torch.allclose(Spectrum(wave).decode(wave), wave * (2 / period) ** -FALL, atol=1e-12)


def test_how_long_steps_are_remembered():
    assert history(3 * 512 * 512 * 4) == SHORT
    assert history(3 * 16 * 16 * 4) == LONG
    assert SHORT < history(3 * 200 * 200 * 4) < LONG
