"""The last colours of pictures and surfaces."""

import numpy as np
import pytest
import torch

from nst.core.canvas import Stage
from nst.core.canvas.image import ImageCanvas
from nst.core.canvas.surface import SurfaceCanvas
from nst.core.colour import color_moments
from nst.core.encoder import load_encoder
from nst.core.solve.palettes import in_palettes
from nst.core.solve.stage import StyledRegion
from nst.core.style.painting import Painting
from nst.core.surface.mesh import surface_mesh

SIZE = 48
STAGE = Stage(48, 1, 0.03, 1.0, ("rgb",), ("rgb",))
CPU = torch.device("cpu")
FLAG = torch.tensor([[0.8, 0.1, 0.1], [0.95, 0.95, 0.95], [0.1, 0.5, 0.1]])  # red, white and green


@pytest.fixture(scope="module")
def flag() -> Painting:
    return Painting(
        FLAG.T.reshape(1, 3, 1, 3).repeat_interleave(32, 3).expand(-1, -1, 96, -1), load_encoder()
    )


def bells() -> torch.Tensor:
    """A picture (1, 3, SIZE, SIZE) of the flag's mean and covariance, its colours spread evenly."""
    mean, covariance = color_moments(FLAG)
    values, vectors = torch.linalg.eigh(covariance)
    root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    noise = torch.randn(SIZE * SIZE, 3, generator=torch.Generator().manual_seed(0))
    return (mean + noise @ root).clamp(0, 1).T.reshape(1, 3, SIZE, SIZE)


def plate() -> SurfaceCanvas:
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]])
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return SurfaceCanvas(surface_mesh(points, faces, corners[faces]), SIZE, (0.0, 0.0, 1.0), 0, CPU)


def strange(picture: torch.Tensor) -> float:
    """How far colours are from the nearest of the flag's, on average."""
    return float(torch.cdist(picture[0].flatten(1).T, FLAG).min(1).values.mean())


def test_a_surface_gets_colours_that_the_painting_has(flag: Painting) -> None:
    region = StyledRegion(flag, 1.0)
    picture = in_palettes(bells(), plate(), [region], STAGE)
    assert strange(picture) < 0.3 * strange(bells())
    for found, goal in zip(color_moments(picture[0].flatten(1).T), color_moments(flag.colors()), strict=True):
        torch.testing.assert_close(found, goal, atol=0.03, rtol=0)


def test_a_picture_that_is_seen_whole_keeps_those_that_it_found(flag: Painting) -> None:
    picture = in_palettes(bells(), ImageCanvas(bells(), float(SIZE), CPU), [StyledRegion(flag, 1.0)], STAGE)
    assert strange(picture) > 0.9 * strange(bells())


def by_strength(flag: Painting, canvas: SurfaceCanvas) -> list[float]:
    regions = [StyledRegion(flag, strength) for strength in (0.0, 0.25, 0.5)]
    return [strange(in_palettes(bells(), canvas, [region], STAGE)) for region in regions]


def test_content_keeps_its_own_as_far_as_it_goes_before_style(flag: Painting) -> None:
    canvas = plate()
    canvas.base = torch.full((int(canvas.texels.inside.sum()), 3), 0.5)
    found = by_strength(flag, canvas)
    assert found[0] == pytest.approx(strange(bells()), rel=0.1)
    assert found[0] > found[1] > found[2]


def test_without_a_content_strength_changes_nothing(flag: Painting) -> None:
    found = by_strength(flag, plate())
    assert found == [found[0]] * 3
    assert found[0] < 0.3 * strange(bells())


def test_an_accent_that_the_canvas_lacks_brings_no_strange_colours() -> None:
    """Greys with a little red: their spread towards red is not to be made of greys that turn reddish."""
    generator = torch.Generator().manual_seed(0)
    greys = torch.rand(1, 1, 96, 96, generator=generator).expand(-1, 3, -1, -1).clone()
    greys[..., :3] = torch.tensor([0.8, 0.1, 0.1]).view(1, 3, 1, 1)
    region = StyledRegion(Painting(greys, load_encoder()), 1.0)
    canvas = greys[..., 3 : 3 + SIZE, :SIZE] + 0.02 * torch.randn(1, 3, SIZE, SIZE, generator=generator)
    found = in_palettes(canvas.clamp(0, 1), plate(), [region], STAGE)[0].flatten(1).T
    red = (found - torch.tensor([0.8, 0.1, 0.1])).norm(dim=1)
    grey = found.std(1) * 3**0.5
    assert float(torch.minimum(red, grey).max()) < 0.1
