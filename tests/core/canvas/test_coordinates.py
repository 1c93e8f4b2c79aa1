from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nst.core.canvas.chart import Chart, Flat
from nst.core.canvas.coordinates import FALL, Spectrum
from nst.core.canvas.octaves import Octaves
from nst.core.canvas.surrounding import Surrounding
from nst.core.panorama.around import Around
from nst.core.panorama.directions import tapped, taps

from ..panorama.test_around import seen


def picture(height: int, width: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, 3, height, width, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("size", [(8, 8), (7, 10), (1, 12)])
def test_a_spectrum_is_its_own_transpose(size: tuple[int, int]) -> None:
    x, y = picture(*size), picture(*size, seed=1)
    spectrum = Spectrum(x)
    assert float((spectrum.decode(x) * y).sum()) == pytest.approx(float((x * spectrum.transposed(y)).sum()))


@pytest.mark.parametrize("period", [2, 4, 8, 16])
def test_how_a_wave_is_weighed(period: int) -> None:
    across = torch.arange(32, dtype=torch.float64)
    wave = torch.cos(2 * torch.pi * across / period).expand(1, 3, 32, 32)
    assert torch.allclose(Spectrum(wave).decode(wave), wave * (2 / period) ** -FALL, atol=1e-12)


@pytest.mark.parametrize("chart", [Flat(), Surrounding(), Surrounding(half=True)])
def test_octaves_are_transposed(chart: Chart) -> None:
    y = picture(32, 32 if chart != Surrounding() else 64, seed=1).float()
    octaves = Octaves(chart, y)
    x = torch.randn(octaves.transposed(y).shape, generator=torch.Generator().manual_seed(0))
    assert float((octaves.decode(x) * y).sum()) == pytest.approx(
        float((x * octaves.transposed(y)).sum()), rel=1e-4
    )


def test_waves_around_a_pole_move_as_far_as_those_around_any_other_place() -> None:
    """What a gradient of waves moves, seen from within: at a pole, across it, and on the horizon.

    A spectrum of the picture moves waves that run around the pole farther, the nearer they are to it.
    """
    height = 128
    toward = seen(height, False)

    def moved(pole: Tensor, around: bool) -> float:
        """How far waves 8 pixels long move, that run to a place or around it, 12 pixels away from it."""
        up = (toward * pole.view(1, 3, 1, 1)).sum(1, keepdim=True)
        far = up.clamp(-1, 1).acos() * height / torch.pi
        other = torch.tensor([0.0, 0.0, 1.0]) if float(pole[1]) else torch.tensor([0.0, 1.0, 0.0])
        third = torch.linalg.cross(pole, other)
        turn = torch.atan2(
            *((toward * axis.view(1, 3, 1, 1)).sum(1, keepdim=True) for axis in (other, third))
        )
        wave = (9 * turn).cos() if around else (far * torch.pi / 4).cos()
        ring = wave * (-((far - 12) / 6).square()).exp()
        angle = (1 - toward[:, 1:2].square()).sqrt()  # a gradient is per pixel: by the solid angle
        octaves = Octaves(Surrounding(), ring.expand(1, 3, -1, -1))
        change = octaves.decode(octaves.transposed((ring * angle).expand(1, 3, -1, -1)))
        return float((change * ring * angle).sum() / (ring.square() * angle).sum())

    top, ahead = torch.tensor([0.0, 1.0, 0.0]), torch.tensor([0.6, 0.0, 0.8])
    assert moved(top, True) == pytest.approx(moved(ahead, True), rel=0.25)
    assert moved(top, False) == pytest.approx(moved(ahead, False), rel=0.25)
    assert moved(top, True) == pytest.approx(moved(top, False), rel=0.45)  # a spectrum: 2.8 times


@pytest.mark.parametrize("edge", [False, True])
def test_a_pole_moves_as_far_as_any_other_place(edge: bool) -> None:
    """The gradient of a dot, or of an edge, moves it there as far as at the horizon, as it is seen."""
    height, wide = 80, 1.0
    generator = torch.Generator().manual_seed(0)
    spread = torch.randn(40000, 3, generator=generator, dtype=torch.float64) * (4 * wide * torch.pi / height)

    def moved(place: tuple[float, float, float], across: tuple[float, float, float]) -> float:
        middle = torch.tensor(place, dtype=torch.float64)
        toward = torch.nn.functional.normalize(middle + spread, dim=1)
        far = (toward @ middle).clamp(-1, 1).acos() * height / torch.pi
        toward, far = toward[far < 5 * wide], far[far < 5 * wide]
        even = (far / (4 * wide)).square().div(2).exp()  # one over how densely directions lie
        shape = (-(far / wide).square() / 2).exp()
        if edge:
            shape = shape * (toward @ torch.tensor(across, dtype=torch.float64)) * height / wide
        places, shares = taps(toward, height, Around())
        gradient = torch.zeros(1, 1, height, 2 * height)
        for at, share in zip(places, shares, strict=True):
            gradient.view(-1).index_add_(0, at, (shape * even).float() * share)
        octaves = Octaves(Surrounding(), gradient)
        change = octaves.decode(octaves.transposed(gradient))
        seen = tapped(change, places, shares)[0]
        return float((seen * shape * even).sum() / (shape.square() * even).sum() / even.sum())

    ahead = (0.6, 0.0, 0.8)
    beside = [moved(ahead, across) for across in ((0.0, 1.0, 0.0), (0.8, 0.0, -0.6))]
    assert moved((0.0, 1.0, 0.0), (1.0, 0.0, 0.0)) == pytest.approx(sum(beside) / 2, rel=0.2)
