"""From settings to losses."""

from __future__ import annotations

import torch

from nst.core.canvas import Stage
from nst.core.encoder import load_encoder
from nst.core.solve.losses import Losses, region_losses
from nst.core.style.painting import Painting

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
