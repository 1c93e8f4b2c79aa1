"""What becomes of colours, strokes and scales in each region, without painting."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from nst.core.canvas.image import ImageCanvas
from nst.core.encoder import load_encoder
from nst.core.masks import guides
from nst.core.oklab import to_oklab
from nst.core.protocol import Mask
from nst.core.regions import (
    Place,
    colors_within,
    in_last_colors,
    recolored_content,
    stages_of,
    styled_regions,
)
from nst.core.solve.losses import Losses
from nst.core.solve.schedule import DEEP, EFFORTS, fitting_layers
from nst.core.solve.stage import StyledRegion, measuring, relative_scale
from nst.core.stroke import Strokes
from nst.core.style.painting import Painting
from nst.core.style.source import APART, CoarseAndFine, Mixture
from nst.core.styling import Colors

SIDE = 32
CPU = torch.device("cpu")


def noise(color, seed):
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.tensor(color).view(1, 3, 1, 1) + 0.2 * torch.rand(1, 1, SIDE, SIDE, generator=generator)
    ).clamp(0, 1)


@pytest.fixture(scope="module")
def painting():
    return Painting(noise((0.6, 0.2, 0.1), 1), load_encoder())


@pytest.fixture
def content():
    """Green on the left, violet on the right."""
    return torch.cat([noise((0.2, 0.6, 0.2), 2)[..., :16], noise((0.4, 0.2, 0.6), 3)[..., 16:]], dim=3)


def places_of(painting, content, *modes):
    """Two halves with a hard border."""
    canvas = ImageCanvas(content, float(SIDE), CPU)
    mask = (torch.arange(SIDE) >= 16).float().expand(1, 1, SIDE, SIDE)
    own = colors_within(canvas, content)
    return [
        Place(painting, Colors(mode, own(guide)), guide)
        for mode, guide in zip(modes, guides([mask], canvas.fit), strict=True)
    ]


def chroma(picture):
    return to_oklab(picture[0].flatten(1).T)[:, 1:]


def test_a_painting_is_matched_to_what_its_own_region_shows(painting, content):
    for place, half in zip(
        places_of(painting, content, "match-oklab", "match-oklab"), (slice(0, 16), slice(16, 32)), strict=True
    ):
        recolor = place.colors.of_style(painting.colors())
        matched = to_oklab(recolor(painting.colors())).mean(0)
        assert torch.allclose(matched, to_oklab(content[0, ..., half].flatten(1).T).mean(0), atol=0.02)


def test_content_takes_each_regions_colours(painting, content):
    found = recolored_content(content, places_of(painting, content, "style", "keep"))
    left, right = found[..., :16], found[..., 16:]
    assert torch.allclose(left.mean((0, 2, 3)), painting.colors().mean(0), atol=0.02)
    assert chroma(right).norm(dim=1).max() < 1e-3
    matched = recolored_content(content, places_of(painting, content, "match-linear", "style"))
    assert matched[..., :16].equal(content[..., :16])


def test_the_last_colours_are_each_regions(painting, content):
    painted = noise((0.3, 0.3, 0.2), 4)
    found = in_last_colors(painted, content, places_of(painting, content, "style", "keep"))
    assert torch.allclose(found[..., :16], painted[..., :16])
    assert torch.allclose(chroma(found[..., 16:]), chroma(content[..., 16:]), atol=1e-3)
    assert in_last_colors(painted, content, places_of(painting, content, "style", "style")) is painted


def test_larger_strokes_begin_coarser_and_smaller_ones_end_finer(painting):
    one = StyledRegion(painting, 0.7)
    plain = stages_of([one], 0.5, 1000, EFFORTS["draft"])
    large = stages_of([one, StyledRegion(painting, 0.7, stroke=2.0)], 0.5, 1000, EFFORTS["draft"])
    small = stages_of([one, StyledRegion(painting, 0.7, stroke=0.5)], 0.5, 1000, EFFORTS["draft"])
    assert relative_scale(StyledRegion(painting, 0.7, stroke=2.0), one) == 2.0
    assert [stages[-1].painting for stages in (plain, large, small)] == [64, 64, 128]
    wide = stages_of([one, StyledRegion(painting, 0.7, stroke=4.0)], 0.5, 1000, EFFORTS["draft"])
    assert wide[0].painting == 36
    assert stages_of([one], 5.0, 1000, EFFORTS["draft"])[0].painting == 64  # its own pixels end there


@pytest.mark.parametrize(
    ("asked", "size", "said"), [(0.0, 1, 0), (3.0, 1.5, 0), (20.0, 4, 1), (0.1, 0.25, 1)]
)
def test_strokes_are_as_large_as_asked_within_reason(painting, content, asked, size, said):
    masks = (Mask("m.png", "s.png", stroke=asked, strength=0.2),)
    places = places_of(painting, content, "style", "style")
    regions, notes = styled_regions(masks, 0.6, places, Strokes(2.0, 32.0), lambda style, s: Strokes(s, s))
    assert [region.stroke for region in regions] == [1.0, size]
    assert [region.strength for region in regions] == [0.6, 0.2]
    assert len(notes) == said


def test_paintings_too_far_apart_are_not_brought_to_one_size(painting, content):
    bold = Painting(noise((0.2, 0.4, 0.6), 5), load_encoder())
    bold.__dict__["wavelength"] = 50 * painting.wavelength
    halves = places_of(painting, content, "style", "style")
    places = [replace(half, style=style) for half, style in zip(halves, (bold, painting), strict=True)]
    masks = (Mask("m.png", "fine.png"),)
    regions, notes = styled_regions(masks, 0.6, places, Strokes(2.0, 32.0), lambda style, s: Strokes(s, s))
    assert relative_scale(regions[1], regions[0]) == APART
    assert relative_scale(regions[0], regions[1]) == 1 / APART
    stages = stages_of(regions, 0.5, 100, EFFORTS["draft"])[:1]
    pixels = sum(size**2 for size in (stages[0].painting, APART * stages[0].painting))
    assert measuring(regions, stages, Losses((("w2", 1.0), ("nn", 1.0)))) == 5 * pixels  # nn: four turns more
    assert [note.split(" differ")[0] for note in notes] == ["The strokes of fine.png"]
    mixed = replace(places[0], style=CoarseAndFine(painting, Mixture(((bold, 0.5), (painting, 0.5)))))
    assert len(styled_regions((), 0.6, [mixed], Strokes(2.0, 32.0), lambda style, s: Strokes(s, s))[1]) == 1


def test_few_positions_have_no_deep_statistics():
    layers = ("rgb", "relu1_1", "relu4_1")
    assert fitting_layers(layers, DEEP, DEEP) == layers
    assert fitting_layers(layers, DEEP - 1, DEEP) == ("rgb", "relu1_1")
    assert fitting_layers(layers, DEEP - 1, DEEP - 1) == layers  # the stage has them for no other region
