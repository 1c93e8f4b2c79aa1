"""Statistics of a painting, mixed with those of paint around."""

from __future__ import annotations

import torch

from nst.core.style.among import Among
from nst.core.style.moments import Moments, Statistics, feature_moments


class Known:
    """A style with statistics of its own."""

    long_side, wavelength = 100, 5.0

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics

    def colors(self) -> torch.Tensor:
        return torch.zeros(4, 3)

    def pixels(self, long_side: float) -> float:
        return long_side

    def statistics(self, long_side: float, layers: object, lifts: object = None) -> Statistics:
        return self._statistics

    def samples(self, *_: object, **__: object) -> dict[str, torch.Tensor]:
        return {}


def features(mean: float, positions: int = 100) -> torch.Tensor:
    return torch.randn(1, 4, 1, positions, generator=torch.Generator().manual_seed(1)) + mean


def one(mean: float, positions: int = 100) -> Moments:
    moments = feature_moments(features(mean, positions))
    return moments.scaled(float(1 / moments.weight))


def test_statistics_are_those_of_both_side_by_side() -> None:
    around = feature_moments(features(3.0, 500))
    style = Known({"relu1_1": one(1.0), "relu2_1": one(2.0)})
    found = Among(style, {"relu1_1": around}, 0.25).statistics(64, ())
    expected = one(1.0).scaled(0.75) + around.scaled(0.25 / 500)
    for name in ("weight", "total", "outer"):
        torch.testing.assert_close(getattr(found["relu1_1"], name), getattr(expected, name))
    assert found["relu2_1"] is style.statistics(64, ())["relu2_1"]


def test_a_few_positions_say_nothing() -> None:
    style = Known({"relu1_1": one(1.0)})
    found = Among(style, {"relu1_1": feature_moments(features(3.0, 63))}, 0.7).statistics(64, ())
    torch.testing.assert_close(found["relu1_1"].total, one(1.0).total)
