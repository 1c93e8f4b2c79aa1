"""Regions of things, where each is healed for itself."""

from __future__ import annotations

import torch
from torch import Tensor

from nst.core.canvas import Stage
from nst.core.encoder import load_encoder
from nst.core.render.things import MOST, by_thing
from nst.core.solve.stage import StyledRegion
from nst.core.style.painting import Painting

STAGE = Stage(96, 1, 0.03, 1.0, ("rgb",), ("rgb",))
INDEX = torch.ones(1, 1, 8, 40)
INDEX[..., 20:] = 2
ALL = torch.ones(1, 1, 8, 40, dtype=torch.bool)


def fit(mask: Tensor, _stage: Stage) -> Tensor:
    return mask


def region(guide: Tensor | None = None) -> StyledRegion:
    style = Painting(torch.zeros(1, 3, 16, 16), load_encoder())
    return StyledRegion(style, 0.7, None if guide is None else lambda _: guide)


def guides(found: list[StyledRegion]) -> list[Tensor]:
    return [one.guide(STAGE) for one in found if one.guide is not None]


def test_each_thing_has_a_region() -> None:
    found = by_thing([region()], INDEX, ALL, fit)
    assert all(torch.equal(a, b) for a, b in zip(guides(found), [INDEX == 1, INDEX == 2], strict=True))


def test_they_share_out_the_regions_there_are() -> None:
    ramp = torch.linspace(0, 1, 40).expand(1, 1, 8, 40)
    found = by_thing([region(1 - ramp), region(ramp)], INDEX, ALL, fit)
    assert len(found) == 4
    assert torch.allclose(torch.stack(guides(found)).sum(0), torch.ones(1))


def test_what_is_whole_or_a_crumb_has_none_of_its_own() -> None:
    one = ALL & (INDEX == 1)
    assert guides(by_thing([region()], INDEX, one, fit)) == []
    index = INDEX.clone()
    index[..., 0, 0] = 7
    first, second, rest = guides(by_thing([region()], index, ALL, fit))
    assert float(rest.sum()) == 1
    assert torch.equal(first + second + rest, torch.ones_like(first))


def test_of_many_the_largest_are_told_apart() -> None:
    index = torch.arange(40.0).expand(1, 1, 8, 40)
    found = guides(by_thing([region()], index, ALL, fit))
    assert len(found) == MOST + 1
    assert torch.equal(torch.stack(found).sum(0), torch.ones(1, 1, 8, 40))


def test_where_nobody_knows_things_the_regions_stay() -> None:
    assert by_thing([region()], None, ALL, fit)[0].guide is None
