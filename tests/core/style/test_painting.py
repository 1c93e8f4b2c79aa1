import pytest
import torch

from nst.core.encoder import load_encoder
from nst.core.resize import resized
from nst.core.style import painting as module
from nst.core.style.moments import feature_moments
from nst.core.style.painting import Painting
from nst.core.style.source import palette_of


def test_tiled_statistics_are_those_of_the_whole(monkeypatch):
    monkeypatch.setattr(module, "TILE", 64)
    encoder = load_encoder()
    picture = torch.rand(1, 3, 96, 128, generator=torch.Generator().manual_seed(0))
    tiled = Painting(picture, encoder).statistics(128, ["relu1_1", "relu3_1"])
    for layer, features in encoder(picture, ["relu1_1", "relu3_1"]).items():
        whole = feature_moments(features)
        assert float(tiled[layer].weight) == pytest.approx(1.0)
        torch.testing.assert_close(tiled[layer].mean, whole.mean, rtol=1e-3, atol=1e-2)


def test_palette_is_the_mean_and_spread_of_its_colours():
    colors = torch.tensor([[0.1, 0.2, 0.3], [0.9, 0.6, 0.3]]).T.reshape(1, 3, 1, 2)
    palette = palette_of(Painting(colors.expand(-1, -1, 4, -1).contiguous(), load_encoder()))
    torch.testing.assert_close(palette.mean, torch.tensor([0.5, 0.4, 0.3]))
    torch.testing.assert_close((palette.root @ palette.root).diagonal(), torch.tensor([0.16, 0.04, 0.0]))


def test_resizing_keeps_the_shape_of_a_picture():
    assert resized(torch.rand(1, 3, 40, 80), 20).shape == (1, 3, 10, 20)
