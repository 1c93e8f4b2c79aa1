"""Guided patch synthesis: what it gives back exactly, where places lie, and what its settings do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from nst.core.exemplar.exemplar import Exemplar, Target
from nst.core.exemplar.patches import Patches, blended, synthesize

SETTINGS = Patches(votes=4)


def quiet(_: float) -> None:
    """Nobody watches."""


def ball(size: int) -> tuple[Tensor, Tensor]:
    """Normals (3, size, size) of a ball that fills its frame, and where it is."""
    axis = (torch.arange(size) + 0.5) / size * 2 - 1
    x, y = axis.expand(size, size), -axis[:, None].expand(size, size)
    square = x * x + y * y
    return torch.stack([x, y, (1 - square).clamp_min(0).sqrt()]), square < 1


def painted(size: int = 64) -> Exemplar:
    """A ball in speckled paint, with a height that is its red; nothing may be copied from around it."""
    normals, inside = ball(size)
    speckles = torch.rand(3, size, size, generator=torch.Generator().manual_seed(1))
    colors = 0.5 * (normals * 0.5 + 0.5) + 0.5 * speckles
    channels = torch.where(inside, torch.cat([colors, colors[:1]]), 9.0)
    return Exemplar(channels, torch.where(inside, normals, torch.nan), inside)


def squashed(height: int = 50, width: int = 83) -> Target:
    """A flatter ball beside empty space, in a frame of odd sides that cuts it."""
    normals, inside = ball(96)
    return Target(normals[:, 20 : 20 + height, 5 : 5 + width], inside[20 : 20 + height, 5 : 5 + width])


def plain(size: int = 48) -> Target:
    """A wall that faces the viewer."""
    normals = torch.tensor([0.0, 0.0, 1.0])[:, None, None].expand(3, size, size)
    return Target(normals, torch.ones(size, size, dtype=torch.bool))


def most_used(places: Tensor) -> int:
    rows, columns = places[places[..., 0] >= 0].long().unbind(-1)
    return int(torch.bincount(rows * 1000 + columns).max())


def test_the_exemplars_own_guides_give_back_the_exemplar() -> None:
    exemplar = painted()
    places = synthesize(exemplar, Target(exemplar.guides, exemplar.inside), SETTINGS, 0, quiet)
    own = torch.stack(torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij"), -1)
    assert (places == own).all(-1)[exemplar.inside].float().mean() > 0.99
    picture = blended(exemplar, places, SETTINGS)
    error = (picture - exemplar.channels).abs()[:, exemplar.inside]
    assert error.mean() < 0.002
    assert error.flatten().quantile(0.98) < 1e-5


@pytest.mark.parametrize("target", [squashed(), plain(21)], ids=["squashed", "plain"])
def test_every_place_is_inside_the_exemplar_and_outside_there_is_none(target: Target) -> None:
    exemplar = painted()
    places = synthesize(exemplar, target, SETTINGS, 0, quiet)
    assert places.dtype == torch.int32
    assert places.shape == (*target.inside.shape, 2)
    assert (places[~target.inside] == -1).all()
    rows, columns = places[target.inside].long().unbind(-1)
    assert exemplar.inside[rows, columns].all()
    picture = blended(exemplar, places, SETTINGS)
    assert picture.isfinite().all()
    assert torch.equal(picture[0], picture[3])  # what follows the colours goes where they go


def test_shading_follows_the_guides() -> None:
    exemplar, target = painted(), squashed()
    places = synthesize(exemplar, target, SETTINGS, 0, quiet)[target.inside].long()
    found = exemplar.guides[:, places[:, 0], places[:, 1]]
    for axis in range(2):
        pair = torch.stack([found[axis], target.guides[axis][target.inside]])
        assert torch.corrcoef(pair)[0, 1] > 0.9


def test_patches_lie_wholly_inside_where_the_target_goes_on() -> None:
    """Patches that reach over the exemplar's border would cost much in the midst of a wall."""
    exemplar, target = painted(), plain()
    places = synthesize(exemplar, target, SETTINGS, 0, quiet)[4:-4, 4:-4].reshape(-1, 2).long()
    for down in (-2, 2):
        for across in (-2, 2):
            assert exemplar.inside[places[:, 0] + down, places[:, 1] + across].all()


def test_the_same_seed_gives_the_same_places_and_another_others() -> None:
    exemplar, target = painted(), squashed()
    first = synthesize(exemplar, target, SETTINGS, 3, quiet)
    assert torch.equal(first, synthesize(exemplar, target, SETTINGS, 3, quiet))
    assert not torch.equal(first, synthesize(exemplar, target, SETTINGS, 4, quiet))


def test_uniformity_spreads_the_use_of_places() -> None:
    exemplar, target = painted(), plain(64)
    greedy = synthesize(exemplar, target, replace(SETTINGS, uniformity=0.0), 0, quiet)
    even = synthesize(exemplar, target, replace(SETTINGS, uniformity=0.05), 0, quiet)
    assert most_used(even) < most_used(greedy) / 4


def test_an_outline_stays_an_outline() -> None:
    """A black border is drawn along a target's border, though nothing there faces as far aside."""
    normals, inside = ball(64)
    exemplar = Exemplar(torch.where(normals[2] < 0.4, 0.0, 1.0).expand(3, -1, -1), normals, inside)
    lid = normals[:2].square().sum(0) < 0.8**2
    border = lid & (normals[:2].square().sum(0) > 0.75**2)
    plain, drawn = (
        blended(exemplar, synthesize(exemplar, Target(normals, lid), setting, 0, quiet), setting)[0]
        for setting in (replace(SETTINGS, outline=0.01), SETTINGS)
    )
    assert plain[border].mean() > 0.9
    assert drawn[border].mean() < 0.3
    assert drawn[24:40, 24:40].mean() > 0.95


def test_ink_follows_a_form_that_coarse_patches_cannot_show() -> None:
    """A dent, as deep as a ball is high, is lit from the other side."""
    normals, inside = ball(128)
    lit = normals[0] + 0.7 * normals[1] < 0.2
    exemplar = Exemplar(torch.where(lit, 1.0, 0.0).expand(3, -1, -1), normals, inside)
    dent, dented = ball(24)
    guides = normals.clone()
    middle = guides[:, 52:76, 52:76]
    middle[:, dented] = dent[:, dented] * torch.tensor([-1.0, -1.0, 1.0])[:, None]
    places = synthesize(exemplar, Target(guides, inside), SETTINGS, 0, quiet)
    drawn = blended(exemplar, places, SETTINGS)[0, 52:76, 52:76]
    wanted = (middle[0] + 0.7 * middle[1] < 0.2).float()
    assert (drawn - wanted)[dented].abs().mean() < 0.15


def test_progress_rises_to_the_end_and_may_cancel() -> None:
    told: list[float] = []
    synthesize(painted(), squashed(), SETTINGS, 0, told.append)
    assert told == sorted(told)
    assert told[0] == 0
    assert 0.5 < told[-1] < 1

    class Enough(Exception):
        pass

    def stop(fraction: float) -> None:
        if fraction > 0.3:
            raise Enough

    with pytest.raises(Enough):
        synthesize(painted(), squashed(), SETTINGS, 0, stop)


def test_an_exemplar_of_one_color_and_guides_of_one_value_still_give_places() -> None:
    whole = torch.ones(40, 31, dtype=torch.bool)
    exemplar = Exemplar(torch.full((3, 40, 31), 0.5), torch.zeros(2, 40, 31), whole)
    target = Target(torch.zeros(2, 30, 45), torch.ones(30, 45, dtype=torch.bool))
    places = synthesize(exemplar, target, SETTINGS, 0, quiet)
    assert (blended(exemplar, places, SETTINGS) - 0.5).abs().max() < 1e-6


def test_nothing_to_paint_and_nothing_to_copy() -> None:
    exemplar, target = painted(), squashed()
    nothing = Target(target.guides, torch.zeros_like(target.inside))
    assert (synthesize(exemplar, nothing, SETTINGS, 0, quiet) == -1).all()
    empty = Exemplar(exemplar.channels, exemplar.guides, torch.zeros_like(exemplar.inside))
    with pytest.raises(ValueError, match="may be copied"):
        synthesize(empty, target, SETTINGS, 0, quiet)


@pytest.mark.parametrize("wrong", [{"patch": 4}, {"patch": 11}, {"levels": 0}, {"votes": 0}, {"sweeps": 0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    make: Callable[..., Patches] = Patches
    with pytest.raises(ValueError, match="must be"):
        make(**wrong)
