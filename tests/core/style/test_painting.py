import pytest
import torch

from nst.core.encoder import load_encoder
from nst.core.protocol import JobError
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


def spot(side, size):
    """A painting of which only a small square can be seen."""
    picture = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    alpha = torch.zeros(1, 1, side, side)
    alpha[..., 20 : 20 + size, 20 : 20 + size] = 1
    return Painting(picture, load_encoder(), alpha)


def test_of_scraps_the_most_visible_places_count():
    rows = spot(96, 3).samples(48, ["relu1_1", "relu3_1"], 100)
    assert 1 <= len(rows["relu3_1"]) <= 4
    assert all(bool(torch.isfinite(part).all()) for part in rows.values())


def test_of_nothing_there_are_no_statistics():
    hidden = spot(96, 0)
    for measure in (lambda: hidden.samples(48, ["relu3_1"], 100), lambda: hidden.statistics(48, ["relu3_1"])):
        with pytest.raises(JobError, match="transparent"):
            measure()
