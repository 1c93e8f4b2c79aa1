"""Contours: where they are, and that what is painted along the exemplar's border is drawn along them."""

from __future__ import annotations

import torch
from torch import Tensor

from nst.core.exemplar.contours import contours_of
from nst.core.exemplar.exemplar import Exemplar, Target
from nst.core.exemplar.patches import Patches, blended, synthesize

from .test_patches import ball, quiet


def overlapping() -> tuple[Tensor, Tensor, Tensor]:
    """Normals (3, 96, 128) of a ball before another, where they are, and pixels from the rim of the first."""
    normals, inside = ball(80)
    both, there = torch.zeros(3, 96, 128), torch.zeros(96, 128, dtype=torch.bool)
    for left in (4, 44):
        window = slice(8, 88), slice(left, left + 80)
        both[:, window[0], window[1]] = torch.where(inside, normals, both[:, window[0], window[1]])
        there[window] |= inside
    y, x = torch.meshgrid(torch.arange(96) + 0.5, torch.arange(128) + 0.5, indexing="ij")
    return both, there, 40 - ((x - 84) ** 2 + (y - 48) ** 2).sqrt()


def test_they_are_where_a_thing_ends_before_another() -> None:
    normals, inside, depth = overlapping()
    contours = contours_of(normals, inside)
    assert (depth[contours].abs() < 3).all()
    rows = contours.any(1).nonzero()[:, 0]
    assert len(rows) > 40
    assert (rows.diff() == 1).all()  # one line, without gaps


def test_a_ball_alone_and_what_is_flat_have_none() -> None:
    normals, inside = ball(80)
    assert not contours_of(normals, inside).any()
    nothing = torch.zeros(20, 20, dtype=torch.bool)
    assert not contours_of(torch.zeros(3, 20, 20), nothing).any()
    assert not contours_of(torch.zeros(3, 20, 20), ~nothing).any()


def test_outlines_are_drawn_along_them() -> None:
    normals, inside = ball(80)
    exemplar = Exemplar(torch.where(normals[2] < 0.4, 0.0, 1.0).expand(3, -1, -1), normals, inside)
    goal, there, depth = overlapping()
    target = Target(goal, there, contours_of(goal, there))
    drawn = blended(exemplar, synthesize(exemplar, target, Patches(votes=4), 0, quiet), Patches())[0]
    beside = contours_of(goal, there).any(1)[:, None] & (torch.arange(128) < 84)
    assert drawn[beside & (depth > 0.5) & (depth < 2.5)].mean() < 0.3
    assert drawn[depth > 15].mean() > 0.95
