"""StyleBlit: pieces of an exemplar, copied as they are."""

import pytest
import torch
from torch import Tensor

from nst.core.exemplar.ball import Ball, ball_normals
from nst.core.exemplar.exemplar import Exemplar, Target, copied, voted
from nst.core.exemplar.lookup import Lookup
from nst.core.exemplar.seeds import Seeds
from nst.core.exemplar.styleblit import styleblit

SIDE = 96


def ball(side: int = SIDE, margin: float = 2.0) -> tuple[Tensor, Tensor]:
    return ball_normals(Ball(side / 2, side / 2, side / 2 - margin), side, side)


@pytest.fixture(scope="module")
def exemplar() -> Exemplar:
    normals, inside = ball()
    colors = torch.rand(3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    return Exemplar(colors, normals, inside)


@pytest.fixture(scope="module")
def lookup(exemplar: Exemplar) -> Lookup:
    return Lookup(exemplar, normals=True)


def own_places() -> Tensor:
    return torch.stack(torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij"), -1)


def test_the_spheres_own_ball_gives_back_the_painting(exemplar: Exemplar, lookup: Lookup) -> None:
    places = styleblit(exemplar, Target(exemplar.guides, exemplar.inside), lookup, 0.2, 0)
    assert bool((places == own_places())[exemplar.inside].all())
    for painted in (copied(exemplar, places), voted(exemplar, places)):
        assert torch.allclose(painted[:, exemplar.inside], exemplar.channels[:, exemplar.inside], atol=1e-6)


def test_nothing_is_painted_outside(exemplar: Exemplar, lookup: Lookup) -> None:
    places = styleblit(exemplar, Target(exemplar.guides, exemplar.inside), lookup, 0.2, 0)
    assert bool((places[~exemplar.inside] == -1).all())
    assert float(copied(exemplar, places)[:, ~exemplar.inside].abs().max()) == 0
    assert float(voted(exemplar, places)[:, ~exemplar.inside].abs().max()) == 0


def test_guides_are_kept_within_the_tolerance(exemplar: Exemplar, lookup: Lookup) -> None:
    waves = torch.linspace(0, 9, 80)
    slope = 0.5 * torch.sin(waves)[:, None] * torch.cos(waves)[None]
    normals = torch.nn.functional.normalize(torch.stack([slope, slope.T, torch.ones(80, 80)]), dim=0)
    places = styleblit(exemplar, Target(normals, torch.ones(80, 80, dtype=torch.bool)), lookup, 0.15, 3)
    rows, columns = places.long().unbind(-1)
    assert bool(exemplar.inside[rows, columns].all())
    assert float((exemplar.guides[:, rows, columns] - normals).norm(dim=0).max()) <= 0.15 + 1e-5


def test_a_flat_surface_is_made_of_whole_pieces(exemplar: Exemplar, lookup: Lookup) -> None:
    """Plain look-up would give one colour; pieces keep the texture of the paint."""
    normals = torch.tensor([0.0, 0.0, 1.0]).view(3, 1, 1).expand(3, 64, 64).contiguous()
    places = styleblit(exemplar, Target(normals, torch.ones(64, 64, dtype=torch.bool)), lookup, 0.3, 0)
    steps = places.diff(dim=1) == torch.tensor([0, 1])
    assert float(steps.all(-1).float().mean()) > 0.8  # of pixels have their neighbour of the painting beside
    painted = copied(exemplar, places)
    assert float(painted.std()) > 0.8 * float(exemplar.channels[:, exemplar.inside].std())


def test_seeds_are_the_same_however_they_are_asked_for() -> None:
    seeds = Seeds(8, 5, torch.device("cpu"))
    height, width = 37, 50
    pixels = torch.stack(torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij"), -1)
    pixels = pixels.view(-1, 2).int()
    number = seeds.of_pixels(height, width)
    where = seeds.around(height, width)
    distance = (where[None] - pixels[:, None].float()).norm(dim=2)
    assert torch.allclose(distance.min(1).values, distance[torch.arange(len(pixels)), number.long()])
    assert torch.equal(number, seeds.of(pixels, width))
    assert torch.allclose(seeds.places(seeds.nearest(pixels.float())), where[number.long()])


def test_another_seed_lays_other_pieces(exemplar: Exemplar, lookup: Lookup) -> None:
    normals = torch.tensor([0.0, 0.0, 1.0]).view(3, 1, 1).expand(3, 64, 64).contiguous()
    target = Target(normals, torch.ones(64, 64, dtype=torch.bool))
    first, again, other = (styleblit(exemplar, target, lookup, 0.3, seed) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_guides_of_any_kind_are_looked_up_exactly() -> None:
    generator = torch.Generator().manual_seed(2)
    guides = torch.rand(5, 20, 30, generator=generator)
    inside = torch.rand(20, 30, generator=generator) > 0.3
    found = Lookup(Exemplar(guides[:3], guides, inside), normals=False).places(guides.flatten(1).T)
    flat = guides.flatten(1).T.double()
    distance = torch.cdist(flat, flat[inside.flatten()])
    chosen = guides[:, found[:, 0], found[:, 1]].T
    assert torch.allclose((chosen - flat).norm(dim=1), distance.min(1).values, atol=1e-5)
    assert bool(inside[found[:, 0], found[:, 1]].all())
