from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nst.core.encoder import load_encoder
from nst.core.style.nearest import LAYERS, NearestNeighbour
from nst.core.style.painting import Painting
from nst.core.terms import Seen


def blotches(seed: int, side: int = 64) -> Tensor:
    noise = torch.rand(1, 3, side // 4, side // 4, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(noise, side, mode="bicubic").clamp(0, 1)


def seen(picture: Tensor) -> Seen:
    features = load_encoder()(picture, LAYERS)
    weights = {layer: torch.ones_like(f[:, :1]) for layer, f in features.items()}
    return Seen(picture, features, {"rgb": torch.ones_like(picture[:, :1]), **weights})


@pytest.mark.parametrize("split", [False, True])
def test_a_painting_is_nearest_to_itself(split: bool) -> None:
    rows = Painting(blotches(0), load_encoder()).samples(64, LAYERS, 9999)
    loss = NearestNeighbour(rows, split=split)
    assert float(loss(seen(blotches(0)), None)) < 1e-3 * 64 * 64
    assert float(loss(seen(blotches(1)), None)) > 0.05 * 64 * 64


def test_matches_of_each_layer_are_at_least_as_near() -> None:
    rows = Painting(blotches(0), load_encoder()).samples(64, LAYERS, 9999)
    together, apart = (float(NearestNeighbour(rows, split=s)(seen(blotches(1)), None)) for s in (False, True))
    assert apart < together


def test_a_turned_painting_needs_its_turns() -> None:
    painting = Painting(blotches(2), load_encoder())
    turned = seen(torch.rot90(blotches(2), 1, (2, 3)))
    plain, all_round = (NearestNeighbour(painting.samples(64, LAYERS, 9999, turns)) for turns in (1, 4))
    assert float(all_round(turned, None)) < 1e-3 * 64 * 64
    assert float(plain(turned, None)) > 0.03 * 64 * 64


def test_where_nothing_counts_there_is_no_loss() -> None:
    rows = Painting(blotches(0), load_encoder()).samples(64, LAYERS, 9999)
    view = seen(blotches(1))
    blind = Seen(view.view, view.features, {k: torch.zeros_like(w) for k, w in view.weights.items()})
    assert float(NearestNeighbour(rows)(blind, None)) == 0
