"""Controls do what they say, as numbers that no loss has seen.

Likeness is measured by a network that was never optimised: a VGG-16 of random weights, whose statistics tell
textures apart as those of a trained one do (Ustyuzhaninov, Brendel, Gatys and Bethge 2016).
"""

import pytest
import torch

from nst.core.api import MaskedStyle, stylize
from nst.core.canvas import Stage
from nst.core.canvas.image import ImageCanvas
from nst.core.encoder import Encoder, load_encoder
from nst.core.masks import guides
from nst.core.metrics.strokes import dominant_wavelength
from nst.core.oklab import to_oklab
from nst.core.solve.progress import SilentWatcher
from nst.core.solve.solver import paint
from nst.core.solve.stage import Settings, StyledRegion
from nst.core.style.losses import Wasserstein2Target
from nst.core.style.painting import Painting

SIDE = 160
LAYERS = ("relu1_2", "relu2_2", "relu3_1")


@pytest.fixture(scope="module")
def encoder():
    return load_encoder()


@pytest.fixture(scope="module")
def stranger():
    """A network of random weights."""
    generator = torch.Generator().manual_seed(16)
    convolutions, before = {}, 3
    for block, (count, width) in enumerate(((2, 32), (2, 64), (1, 128)), 1):
        for number in range(1, count + 1):
            weight = torch.randn(width, before, 3, 3, generator=generator) * (2 / (9 * before)) ** 0.5
            convolutions[f"relu{block}_{number}"] = (weight, torch.zeros(width))
            before = width
    return Encoder(convolutions, torch.device("cpu"), torch.float32, "random")


def distance(picture, painting, network):
    found, goal = (
        Painting(one, network).statistics(max(one.shape[-2:]), LAYERS) for one in (picture, painting)
    )
    return sum(float(Wasserstein2Target(goal[layer])(found[layer])) for layer in LAYERS) / len(LAYERS)


def stripes(wavelength, size=SIDE):
    """Slanted red and blue bands."""
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    wave = torch.sin((x + 0.4 * y) / 1.077 * 2 * torch.pi / wavelength).mul(3).sigmoid()
    red, blue = torch.tensor([0.85, 0.2, 0.15]), torch.tensor([0.1, 0.2, 0.6])
    return (wave * red.view(1, 3, 1, 1) + (1 - wave) * blue.view(1, 3, 1, 1)).float()


def blotches(size, seed, first, second):
    """Blotches of two colours, so many pixels apart."""
    noise = torch.rand(1, 1, SIDE // size, SIDE // size, generator=torch.Generator().manual_seed(seed))
    share = torch.nn.functional.interpolate(noise, SIDE, mode="bicubic").sub(0.5).mul(30).sigmoid()
    one, other = (torch.tensor(color).view(1, 3, 1, 1) for color in (first, second))
    return share * one + (1 - share) * other


def gravel():
    return blotches(5, 1, (0.85, 0.2, 0.15), (0.1, 0.2, 0.6))


def pebbles():
    return blotches(10, 2, (0.2, 0.6, 0.3), (0.95, 0.95, 0.9))


def hills(size=SIDE):
    """Soft greys."""
    noise = torch.rand(1, 1, 5, 5, generator=torch.Generator().manual_seed(3))
    soft = torch.nn.functional.interpolate(noise, size, mode="bicubic").clamp(0, 1)
    return (0.35 + 0.3 * soft).expand(1, 3, size, size)


def test_regions_have_their_own_styles_up_to_the_border(encoder, stranger):
    left, right = gravel(), pebbles()
    mask = (torch.arange(SIDE) >= SIDE // 2).float().view(1, 1, 1, SIDE).expand(1, 1, SIDE, SIDE)
    result = stylize(
        hills(), left, encoder=encoder, masks=[MaskedStyle(mask, right)], strength=0.95, quality="draft"
    )
    half, margin = SIDE // 2, 4
    for strip in (slice(0, half - margin), slice(half - 40, half - margin)):
        piece = result[..., strip]
        assert distance(piece, left, stranger) < 0.1 * distance(piece, right, stranger)
    for strip in (slice(half + margin, SIDE), slice(half + margin, half + 40)):
        piece = result[..., strip]
        assert distance(piece, right, stranger) < 0.1 * distance(piece, left, stranger)


def test_twice_the_stroke_size_is_twice_the_wavelength(encoder):
    painting = stripes(8)
    found = []
    for span in (1.0, 2.0):
        result = stylize(hills(), painting, encoder=encoder, span=span, strength=0.97, quality="draft")
        found.append(dominant_wavelength(result))
    assert found[0] == pytest.approx(dominant_wavelength(painting), rel=0.2)
    assert found[1] / found[0] == pytest.approx(2.0, rel=0.2)


def right_half(side):
    return (torch.arange(side) >= side // 2).float().view(1, 1, 1, side).expand(1, 1, side, side)


def test_a_region_has_strokes_of_its_own_size(encoder):
    """Of two halves in one style the right one has strokes twice as large, each as wide as it should be."""
    side, wavelength = 144, 5
    style = Painting(stripes(wavelength, side), encoder)
    canvas = ImageCanvas(hills(side), float(side), encoder.device)
    rest, right = guides([right_half(side)], canvas.fit)
    regions = [StyledRegion(style, 1.0, rest), StyledRegion(style, 1.0, right, stroke=2.0)]
    layers = ("rgb", "relu1_1", "relu2_1", "relu3_1")
    stages = [Stage(side // 2, 20, 0.04, 1.0, layers, ()), Stage(side, 30, 0.025, 1.0, layers, ())]
    result = paint(canvas, regions, encoder, stages, Settings(), SilentWatcher(), lambda picture: "")
    found = [dominant_wavelength(result.picture[..., place]) for place in (slice(0, 68), slice(76, side))]
    assert found[0] == pytest.approx(wavelength, rel=0.2)
    assert found[1] / found[0] == pytest.approx(2.0, rel=0.15)


def test_a_region_keeps_its_own_colours_up_to_the_border(encoder):
    """The right half has the content's hue and chroma to the pixel, the left one the painting's colours."""
    side = 96
    content = hills(side) * torch.tensor([0.8, 1.0, 0.6]).view(1, 3, 1, 1)
    kept = MaskedStyle(right_half(side), gravel(), color="keep")
    result = stylize(content, gravel(), encoder=encoder, masks=[kept], strength=0.9, quality="draft")
    away = (chroma(result) - chroma(content)).norm(dim=0)
    half = side // 2
    assert away[:, half:].max() < 0.01
    assert away[:, :half].mean(0).min() > 0.1  # in every column, the last one too
    painting, left = (one.mean((0, 2, 3)) for one in (gravel(), result[..., :half]))
    assert torch.allclose(left, painting, atol=0.05)
    assert result[..., half:].std() > 0.05  # brushwork in light and dark


def chroma(picture):
    return to_oklab(picture[0].flatten(1).T)[:, 1:].T.reshape(2, *picture.shape[-2:])


def test_strength_goes_from_content_to_style(encoder, stranger):
    """On the network that was not optimised, and for a strict and a loose painting alike."""
    for painting in (gravel(), pebbles()):
        found = [
            distance(
                stylize(hills(), painting, encoder=encoder, strength=s, quality="draft"), painting, stranger
            )
            for s in (0.1, 0.5, 0.95)
        ]
        assert found[0] > 1.5 * found[1] > 1.5 * 1.5 * found[2]
