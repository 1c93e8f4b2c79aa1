"""Colours that a painting has, and what becomes of others."""

import pytest
import torch

from nst.core.style.gamut import Gamut, WithinGamut
from nst.core.terms import Seen

RED, WHITE, GREEN = (0.8, 0.1, 0.1), (0.95, 0.95, 0.95), (0.1, 0.5, 0.1)


def painting(*colors, count=4000, spread=0.02):
    noise = torch.randn(len(colors) * count, 3, generator=torch.Generator().manual_seed(0)) * spread
    return (torch.tensor(colors).repeat(count, 1) + noise).clamp(0, 1)


def moved(gamut, *colors):
    at = torch.tensor(colors)
    return at + gamut.moves(at)


def test_a_paintings_own_colours_stay():
    own = painting(RED, WHITE, GREEN)
    moves = Gamut(own).moves(own).norm(dim=1)
    assert float((moves < 0.03).float().mean()) > 0.9
    assert float(moves.max()) < 0.12


@pytest.mark.parametrize(
    ("strange", "goal"),
    [((0.9, 0.45, 0.5), RED), ((0.3, 0.9, 0.3), GREEN), ((0.85, 0.8, 1.0), WHITE)],
)
def test_others_become_the_nearest_of_them(strange, goal):
    found = moved(Gamut(painting(RED, WHITE, GREEN)), strange)[0]
    assert float((found - torch.tensor(goal)).norm()) < 0.15


def test_what_is_beyond_the_table_is_moved_as_at_its_edge():
    assert float(moved(Gamut(painting(RED, WHITE, GREEN)), (2.0, 2.0, 2.0)).max()) < 2


def test_a_hue_counts_more_than_a_lightness():
    """Grey as light as the red is farther from it than a darker red is."""
    gamut = Gamut(painting((0.5, 0.5, 0.5), (0.9, 0.2, 0.2)))
    assert moved(gamut, (0.55, 0.1, 0.1))[0, 0] - moved(gamut, (0.55, 0.1, 0.1))[0, 1] > 0.4


def test_a_small_accent_is_kept_and_blends_are_not():
    sea = torch.tensor([(0.1, 0.2, 0.6)]).repeat(40000, 1)
    accent = torch.tensor([(0.9, 0.5, 0.1)]).repeat(200, 1)
    blends = torch.lerp(torch.tensor((0.1, 0.2, 0.6)), torch.tensor((0.9, 0.5, 0.1)), torch.tensor([[0.5]]))
    gamut = Gamut(torch.cat([sea, accent, blends]))
    assert float(gamut.moves(accent[:1]).norm()) < 0.03
    assert float(gamut.moves(blends).norm()) > 0.2


def test_a_painting_of_every_colour_leaves_all_nearly_alone():
    colors = torch.rand(20000, 3, generator=torch.Generator().manual_seed(1))
    assert float(Gamut(colors).moves(colors).norm(dim=1).quantile(0.9)) < 0.05


def test_a_painting_of_one_colour_has_one_colour():
    found = moved(Gamut(torch.full((10, 3), 0.25)), (0.0, 0.0, 0.0), (1.0, 0.0, 1.0), (0.25, 0.25, 0.25))
    assert float((found - 0.25).abs().max()) < 0.08


def test_moves_are_continuous():
    at = torch.linspace(0, 1, 2000)[:, None] * torch.tensor([[1.0, 0.7, 0.4]])
    goal = at + Gamut(painting((0.5, 0.4, 0.2), spread=0.05)).moves(at)
    assert float(goal.diff(dim=0).norm(dim=1).max()) < 0.02


def test_the_loss_is_the_squared_distance_and_pulls_that_way():
    gamut = Gamut(painting(RED, WHITE, GREEN))
    view = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(2)).requires_grad_()
    weight = torch.rand(2, 1, 4, 4, generator=torch.Generator().manual_seed(3))
    loss = WithinGamut(gamut, 5.0)(Seen(view, {}, {"rgb": weight}), None)
    moves = (
        gamut.moves(view.detach().permute(0, 2, 3, 1).reshape(-1, 3)).reshape(2, 4, 4, 3).permute(0, 3, 1, 2)
    )
    torch.testing.assert_close(loss, 5 * (weight * moves.square()).sum())
    (gradient,) = torch.autograd.grad(loss, view)
    torch.testing.assert_close(gradient, -10 * weight * moves)
