"""PatchMatch: distances, the search, and votes."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from nst.core.exemplar.patchmatch import Plane, Source, Usage, sweep, vote


def planes(source_size: int = 40, target_size: int = 32) -> tuple[Source, Plane]:
    """Smooth noise to take patches from, all of it inside; and other noise to match."""
    generator = torch.Generator().manual_seed(0)

    def noise(size: int) -> Plane:
        picture = F.avg_pool2d(torch.rand(1, 4, size + 2, size + 2, generator=generator), 3, 1)[0]
        return Plane.of(picture, torch.ones(size, size, dtype=torch.bool))

    return Source(noise(source_size), 3, 5), noise(target_size)


def scattered(source: Source, target: Plane) -> Tensor:
    """Any places for the pixels of a target."""
    pixels = source.plane.pixels
    chosen = torch.randint(len(pixels), target.inside.shape, generator=torch.Generator().manual_seed(1))
    return torch.where(target.inside, pixels[chosen], -(2**40))


def misfit(source: Source, target: Plane, places: Tensor) -> Tensor:
    """Squared distances (P,) of patches to those at their places, as the search sees them."""
    wanted = source.described(target, target.pixels)
    return (source.table[places[target.pixels]].float() - wanted).square().sum(1)


def test_descriptions_keep_the_distances_of_patches_but_for_what_all_places_share() -> None:
    source, target = planes()
    pixels, goal = source.plane.pixels, target.pixels[:1]
    patches = source.plane.patches(pixels, 5)
    exact = (patches - target.patches(goal, 5)).square().sum(1) / 25
    found = (source.described(source.plane, pixels) - source.described(target, goal)).square().sum(1)
    apart = exact - found
    assert apart.std() < 0.1 * exact.std()
    assert torch.corrcoef(torch.stack([exact, found]))[0, 1] > 0.99


def test_no_patch_gets_worse_from_sweep_to_sweep() -> None:
    source, target = planes()
    places = scattered(source, target)
    generator = torch.Generator().manual_seed(2)
    before, first = misfit(source, target, places), misfit(source, target, places).mean()
    for _ in range(4):
        sweep(source, target, target.pixels, places, 0.0, generator, lambda: None)
        after = misfit(source, target, places)
        assert (after <= before + 1e-6).all()
        before = after
    assert before.mean() < 0.5 * first


def test_the_search_finds_most_of_what_an_exhaustive_one_would() -> None:
    source, target = planes()
    places = scattered(source, target)
    generator = torch.Generator().manual_seed(2)
    for _ in range(6):
        sweep(source, target, target.pixels, places, 0.0, generator, lambda: None)
    table = source.table[source.plane.pixels].float()
    best = torch.cdist(source.described(target, target.pixels), table).square().min(1).values
    assert misfit(source, target, places).mean() < 1.25 * best.mean()


def test_votes_of_a_piece_that_is_copied_whole_are_one() -> None:
    source, _ = planes()
    plane = source.plane
    places = torch.where(plane.inside, torch.arange(len(plane.inside)), -(2**40))
    found = vote(source, plane.pixels, places, plane.width)
    assert (found - plane.values[plane.pixels]).abs().max() < 1e-6


def excess(source: Source, places: Tensor) -> Tensor:
    return Usage(source, places).excess


def test_use_is_counted_over_what_is_fair() -> None:
    """A piece copied once costs nothing; all of a target from one place costs the more the larger it is."""
    source, _ = planes()
    pixels = source.plane.pixels
    assert excess(source, pixels).max() < 1e-5
    assert excess(source, pixels.repeat(3)).max() < 1e-5
    crowded = excess(source, pixels[len(pixels) // 2].repeat(100))
    assert crowded.argmax() == pixels[len(pixels) // 2]
    assert abs(float(crowded.max()) - (100 / 25 - 1)) < 1e-4


def test_use_is_kept_while_places_change() -> None:
    source, _ = planes()
    old, new = source.plane.pixels[:50].repeat(6), source.plane.pixels[700:750].repeat(6)
    usage = Usage(source, old)
    usage.move(old, new)
    assert (usage.excess - excess(source, new)).abs().max() < 1e-5


def test_uniformity_never_raises_what_is_minimised_by_much() -> None:
    """All move at once, so that the use of places may get a little worse; the sum still falls."""
    source, target = planes(24, 40)
    places, generator = scattered(source, target), torch.Generator().manual_seed(2)

    def total() -> float:
        uses = excess(source, places[target.pixels])
        return float((misfit(source, target, places) + 0.02 * uses[places[target.pixels]]).mean())

    energies = [total()]
    for _ in range(5):
        sweep(source, target, target.pixels, places, 0.02, generator, lambda: None)
        energies.append(total())
    assert all(after < before * 1.01 for before, after in pairwise(energies))
    assert energies[-1] < 0.5 * energies[0]
