"""From settings to losses."""

from __future__ import annotations

import pytest
import torch

from nst.core.canvas import Stage
from nst.core.encoder import load_encoder
from nst.core.solve.losses import Losses, region_losses
from nst.core.solve.schedule import EFFORTS, schedule
from nst.core.style.painting import Painting
from nst.core.terms import Seen

LAYERS = ("rgb", "relu1_1")


def test_only_the_proportions_of_style_losses_count() -> None:
    pictures = [torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1)]
    style, other = (Painting(picture, load_encoder()) for picture in pictures)
    stage = Stage(32, 1, 0.1, 1.0, LAYERS, LAYERS)
    seen = other.statistics(32, LAYERS)

    def value(*weights: tuple[str, float]) -> list[float]:
        losses = region_losses(style, stage, Losses(weights), 0.7, None, 0).style
        return [float(losses[layer](seen[layer])) for layer in LAYERS]

    assert value(("w2", 1e-6)) == value(("w2", 1.0))
    assert value(("w2", 2.0), ("gram", 6.0)) == value(("w2", 0.25), ("gram", 0.75))
    assert value(("w2", 1.0), ("gram", 1.0)) != value(("w2", 1.0))


def pull(layer: str, strength: float, finest: bool = False) -> float:
    """How strongly a layer's features are held to the content's, at one place where they differ by 1."""
    layers = ("rgb", "relu3_1")
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    stage = Stage(64, 1, 0.1, 1.0, layers, layers, finest)
    region = region_losses(Painting(picture, load_encoder()), stage, Losses(), strength, None, 0)
    (term,) = region.keeps
    zero = {name: torch.zeros(1, 1, 16, 16) for name in layers}
    weights = {name: torch.ones(1, 1, 16, 16) for name in layers}
    one = zero | {layer: torch.ones(1, 1, 16, 16)}
    content = Seen(zero["rgb"], zero, weights)
    return float(term(Seen(one["rgb"], one, weights), content))


@pytest.mark.parametrize("layer", ["rgb", "relu3_1"])
def test_strength_weighs_content_by_the_square_of_its_ratio(layer: str) -> None:
    half = pull(layer, 0.5)
    for strength in (0.25, 0.7, 0.9):
        assert pull(layer, strength) / half == pytest.approx(((1 - strength) / strength) ** 2, rel=1e-4)
    assert pull(layer, 0.0) == pytest.approx(64 * half, rel=1e-4)
    assert pull(layer, 0.0) > pull(layer, 0.2) > pull(layer, 0.3)


def test_the_finest_scale_is_the_last_of_several() -> None:
    assert [stage.finest for stage in schedule(64, 90, EFFORTS["draft"])] == [False]  # without relu4_1
    assert [stage.finest for stage in schedule(64, 400, EFFORTS["draft"])][-2:] == [False, True]


def test_at_the_finest_scale_style_goes_before_features() -> None:
    """Not before the colour of areas, and not where content goes before style."""
    for strength in (0.0, 0.3, 0.5):
        assert pull("relu3_1", strength, finest=True) == pytest.approx(pull("relu3_1", strength), rel=1e-4)
    fewer = (0.3 / 0.7) ** 2
    assert pull("relu3_1", 0.7, finest=True) == pytest.approx(fewer * pull("relu3_1", 0.7), rel=1e-4)
    assert pull("rgb", 0.7, finest=True) == pytest.approx(pull("rgb", 0.7), rel=1e-4)
