"""Guided patch synthesis: a picture whose patches are all an exemplar's, at places that guides ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from scipy.spatial import cKDTree
from torch import Tensor

from .exemplar import Exemplar, Target, voted
from .patchmatch import NOWHERE, Plane, Source, misfit, sweep, vote

COLORS = 3  # channels that are compared; the others follow
HOLE = 1.0  # what a pixel outside the exemplar costs in a patch: as much as black for white in a colour
SMALLEST = 4  # patches that the coarsest level is long at least
STILL = 0.01  # of pixels, whose change ends a level
JITTER = 0.02  # of the guides' spread, by which the first places vary


@dataclass(frozen=True)
class Patches:
    """How patches are fitted.

    patch: pixels of a patch's side, odd. levels: sizes at most, each half the next; more keep larger features
    whole. votes: how often at each level colours are made of patches. sweeps: of the search for patches
    before each vote. guides: weight of the guides' squared distance against that of colours in [0, 1].
    uniformity: what it costs to use a place twice as often as it would be on average, in the same unit; more
    brings more of the exemplar's variety, less follows the guides closer.
    """

    patch: int = 5
    levels: int = 6
    votes: int = 6
    sweeps: int = 3
    guides: float = 0.5
    uniformity: float = 0.0065


def synthesize(
    exemplar: Exemplar, target: Target, settings: Patches, seed: int, tick: Callable[[float], None]
) -> Tensor:
    """Places (h, w, 2) int32 in the exemplar for each pixel of a target, row and column; -1 outside it."""
    generator = torch.Generator(exemplar.guides.device).manual_seed(seed)
    levels = _levels(exemplar, target, settings)
    work = [float(level.target.inside.sum()) for level in levels]
    places: Tensor | None = None
    for number, level in enumerate(levels):
        before, share = sum(work[:number]) / sum(work), work[number] / sum(work)

        def progress(part: float, before: float = before, share: float = share) -> None:
            tick(before + share * part)

        start = _first(level, generator) if places is None else _finer(level, places)
        places = _fitted(level, start, settings, generator, progress)
    assert places is not None
    return places.to(torch.int32)


def blended(exemplar: Exemplar, places: Tensor, settings: Patches) -> Tensor:
    """The picture (C, h, w) of places (h, w, 2): the mean of what all patches over a pixel have there."""
    return voted(exemplar, places, settings.patch // 2)


@dataclass(frozen=True, eq=False)
class _Level:
    """An exemplar and a target at one size. nearest: (2, H, W), the nearest place inside to each."""

    exemplar: Exemplar
    target: Target


def _levels(exemplar: Exemplar, target: Target, settings: Patches) -> list[_Level]:
    """From coarse to fine."""
    levels = [_Level(Exemplar(exemplar.channels[:COLORS], exemplar.guides, exemplar.inside), target)]
    while len(levels) < settings.levels:
        last = levels[0]
        if min(*last.exemplar.inside.shape, *last.target.inside.shape) < 2 * SMALLEST * settings.patch:
            break
        source, inside = last.exemplar, last.exemplar.inside
        smaller = Exemplar(_halved(source.channels, inside), _halved(source.guides, inside), _any(inside))
        goal = Target(_halved(last.target.guides, last.target.inside), _any(last.target.inside))
        levels.insert(0, _Level(smaller, goal))
    return levels


def _halved(picture: Tensor, inside: Tensor) -> Tensor:
    """A picture (C, H, W) at half its size, of what is inside."""
    share = _mean(inside[None].to(picture.dtype))
    return _mean(torch.where(inside, picture, 0.0)) / share.clamp_min(1e-6)


def _any(inside: Tensor) -> Tensor:
    return _mean(inside[None].float())[0] > 0


def _mean(picture: Tensor) -> Tensor:
    height, width = picture.shape[-2:]
    return F.avg_pool2d(F.pad(picture, (0, width % 2, 0, height % 2))[None], 2)[0]


def _first(level: _Level, generator: torch.Generator) -> Tensor:
    """Places (h, w, 2) whose guides are most alike, varied a little so that plain guides give many."""
    source, goal = level.exemplar, level.target
    there = source.inside.nonzero()
    known = source.guides[:, source.inside].T
    wanted = goal.guides[:, goal.inside].T
    spread = float((known - known.mean(0)).square().sum(1).mean().sqrt())
    noise = torch.randn(wanted.shape, generator=generator, device=wanted.device)
    _, index = cKDTree(known.cpu().numpy()).query((wanted + JITTER * spread * noise).cpu().numpy())
    places = there.new_full((*goal.inside.shape, 2), -1)
    places[goal.inside] = there[torch.from_numpy(index).to(there.device)]
    return places


def _finer(level: _Level, places: Tensor) -> Tensor:
    """Places (h, w, 2) of the last level at this one."""
    inside = level.target.inside
    height, width = inside.shape
    finer = 2 * places.repeat_interleave(2, 0)[:height].repeat_interleave(2, 1)[:, :width]
    finer[1::2, :, 0] += 1
    finer[:, 1::2, 1] += 1
    high, wide = level.exemplar.inside.shape
    nearest = _nearest(level.exemplar.inside)
    rows, columns = finer[..., 0].clamp(0, high - 1), finer[..., 1].clamp(0, wide - 1)
    return torch.where(inside[..., None], nearest[:, rows, columns].movedim(0, -1), -1)


def _nearest(inside: Tensor) -> Tensor:
    """The nearest place inside (2, H, W) to each pixel."""
    found = ndimage.distance_transform_edt(~inside.cpu().numpy(), return_distances=False, return_indices=True)
    return torch.from_numpy(np.asarray(found, np.int64)).to(inside.device)


def _filled(picture: Tensor, inside: Tensor) -> Tensor:
    """A picture (C, H, W) with what is nearest inside wherever nothing is."""
    rows, columns = _nearest(inside)
    return picture[:, rows, columns]


def _fitted(
    level: _Level,
    start: Tensor,
    settings: Patches,
    generator: torch.Generator,
    progress: Callable[[float], None],
) -> Tensor:
    source, goal = level.exemplar, level.target
    weight = settings.guides**0.5
    mask = HOLE**0.5 * source.inside[None].float()
    values = torch.cat([source.channels, weight * source.guides]) * source.inside
    matter = Source(Plane.of(torch.cat([values, mask]), source.inside), COLORS, settings.patch)

    width = matter.plane.width
    wide = torch.nn.functional.pad
    flat = (start[..., 0] + 8) * width + start[..., 1] + 8
    flat = torch.where(goal.inside, flat, NOWHERE)
    places = wide(flat, (8,) * 4, value=NOWHERE).flatten()

    blank = torch.zeros(COLORS, *goal.inside.shape)
    tvalues = torch.cat([blank, weight * goal.guides, HOLE**0.5 * torch.ones_like(blank[:1])])
    plane = Plane.of(tvalues, goal.inside)
    pixels = plane.pixels
    near = F.max_pool2d(
        plane.inside.reshape(1, 1, -1, plane.width).float(), settings.patch, 1, settings.patch // 2
    )
    ring = ((near.flatten() > 0) & ~plane.inside).nonzero()[:, 0]

    def voting() -> None:
        plane.values[ring] = vote(matter, ring, places, plane.width)
        for chunk in pixels.split(2**16):
            plane.values[chunk, :COLORS] = vote(matter, chunk, places, plane.width)[:, :COLORS]

    voting()
    total = settings.votes * settings.sweeps * -(-len(pixels) // 2**15)
    done = 0

    def tick() -> None:
        nonlocal done
        progress(done / total)
        done += 1

    for v in range(settings.votes):
        for s in range(settings.sweeps):
            changed = sweep(matter, plane, pixels, places, settings.uniformity, generator, tick)
            if LOG is not None:
                e = misfit(matter, plane, pixels, places).mean()
                LOG.append((tuple(goal.inside.shape), v, s, changed, float(e), matter.table.shape[1]))
        voting()
    inner = plane.picture(places)
    rows, columns = inner // width - 8, inner % width - 8
    return torch.stack([rows, columns], -1).where(goal.inside[..., None], -1)


LOG = None
