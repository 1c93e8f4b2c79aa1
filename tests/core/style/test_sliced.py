from __future__ import annotations

import torch

from nst.core.style.sliced import SlicedWasserstein
from nst.core.terms import Seen


def seen(weight: float) -> Seen:
    features = torch.rand(1, 8, 4, 4, generator=torch.Generator().manual_seed(0))
    weights = {"relu1_1": torch.full((1, 1, 4, 4), weight), "rgb": torch.full((1, 1, 4, 4), weight)}
    return Seen(features[:, :3], {"relu1_1": features}, weights)


def observed(loss: SlicedWasserstein, view: Seen) -> float:
    loss.observe(view)
    loss.settle()
    return float(loss(view, None))


def test_where_nothing_counts_there_is_no_loss() -> None:
    rows = torch.rand(32, 8, generator=torch.Generator().manual_seed(1))
    assert observed(SlicedWasserstein({"relu1_1": rows}), seen(0.0)) == 0


def test_one_row_is_where_all_features_go() -> None:
    row = torch.full((1, 8), 0.5)
    loss = SlicedWasserstein({"relu1_1": row})
    assert observed(loss, seen(1.0)) > 0
    features = row.view(1, 8, 1, 1).expand(1, 8, 4, 4)
    there = Seen(features[:, :3], {"relu1_1": features}, seen(1.0).weights)
    assert observed(loss, there) < 1e-9
