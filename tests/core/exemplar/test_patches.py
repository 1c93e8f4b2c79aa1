"""Guided patch synthesis: patches of an exemplar, at places that guides ask for."""

from __future__ import annotations

import pytest
import torch

from nst.core.exemplar.ball import Ball, ball_normals
from nst.core.exemplar.exemplar import Exemplar, Target
from nst.core.exemplar.patches import Patches, blended, synthesize
from nst.core.protocol import JobCancelled

SIDE = 56


@pytest.fixture(scope="module")
def exemplar() -> Exemplar:
    normals, inside = ball_normals(Ball(SIDE / 2, SIDE / 2, SIDE / 2 - 1), SIDE, SIDE)
    noise = torch.rand(3, SIDE, SIDE, generator=torch.Generator().manual_seed(3))
    colors = (0.35 + 0.3 * normals[:1] + 0.2 * normals[1:2] + 0.2 * noise).clamp(0, 1)
    return Exemplar(colors, normals, inside)


def quiet(_fraction: float) -> None:
    return


def test_the_spheres_own_ball_looks_like_the_painting(exemplar: Exemplar) -> None:
    target = Target(exemplar.guides, exemplar.inside)
    places = synthesize(exemplar, target, Patches(), 0, quiet)
    painted = blended(exemplar, places, Patches())
    assert places.shape == (SIDE, SIDE, 2)
    away = (painted - exemplar.channels).abs().mean(0)[exemplar.inside]
    shuffled = (exemplar.channels.flip(2) - exemplar.channels).abs().mean(0)[exemplar.inside]
    assert float(away.mean()) < 0.4 * float(shuffled.mean())


def test_places_lie_in_the_painting_and_nothing_outside_the_target(exemplar: Exemplar) -> None:
    inside = exemplar.inside.clone()
    inside[:, : SIDE // 2] = False
    places = synthesize(exemplar, Target(exemplar.guides, inside), Patches(), 0, quiet)
    rows, columns = places[inside].long().unbind(-1)
    assert bool(exemplar.inside[rows, columns].all())
    assert bool((places[~inside] == -1).all())


def test_the_same_seed_gives_the_same(exemplar: Exemplar) -> None:
    flat = torch.tensor([0.0, 0.0, 1.0]).view(3, 1, 1).expand(3, SIDE, SIDE).contiguous()
    target = Target(flat, exemplar.inside)
    first, again, other = (synthesize(exemplar, target, Patches(), seed, quiet) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_it_can_be_cancelled(exemplar: Exemplar) -> None:
    told: list[float] = []

    def tick(fraction: float) -> None:
        told.append(fraction)
        if len(told) > 2:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        synthesize(exemplar, Target(exemplar.guides, exemplar.inside), Patches(), 0, tick)
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= 1
