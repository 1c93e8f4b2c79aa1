"""Guided patch synthesis: a picture of an exemplar's patches, at places that guides ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from .exemplar import Exemplar, Target, voted
from .laid import laid, laid_anew
from .levels import Level, levels_of
from .patchmatch import LARGEST, MARGIN, NOWHERE, PORTION, Plane, Source, sweep, vote

COLORS = 3  # channels that are compared; the others follow
SMALLEST = 4  # patches that lie side by side at the coarsest level
DECAY = 0.8  # of the guides' weight from a level to the next
CONTRAST = 0.15  # variance of three colours that weights are made for: that of soft paint
STILL = 0.01  # of pixels, below whose change a level is done


@dataclass(frozen=True)
class Patches:
    """How patches are fitted.

    patch: pixels of a patch's side, odd, 3 to 9. levels: sizes at most, each half the next; more keep larger
    features whole. votes: how often at each level patches are searched and colours made of them. sweeps: of
    the search before each vote; more than one follows the guides closer and blurs more. guides: weight of the
    guides' squared distance against that of colours in [0, 1]; at the coarsest level, where large shapes are
    laid, and less from level to level, so that fine ones stay as they were painted. uniformity: what it
    costs, in the same unit, to use a place twice as often as on average; more brings more of the exemplar's
    variety. outline: what a pixel of a patch costs that lies outside on one side alone; more draws what is
    painted along the exemplar's border to the target's. blend: pixels from which patches vote on the result;
    0 copies single pixels, more is smoother.
    """

    patch: int = 5
    levels: int = 6
    votes: int = 8
    sweeps: int = 1
    guides: float = 0.8
    uniformity: float = 0.02
    outline: float = 4.0
    blend: int = 1

    def __post_init__(self) -> None:
        if self.patch % 2 == 0 or not 3 <= self.patch <= LARGEST:
            raise ValueError(f"patch is {self.patch}; it must be odd, from 3 to {LARGEST}")
        if min(self.levels, self.votes, self.sweeps) < 1:
            raise ValueError("levels, votes and sweeps must be 1 at least")


def synthesize(
    exemplar: Exemplar, target: Target, settings: Patches, seed: int, tick: Callable[[float], None]
) -> Tensor:
    """Places (h, w, 2) int32 in the exemplar for each pixel of a target, row and column; -1 outside it.

    (Wexler et al. 2007, "Space-Time Completion of Video"; Jamriška et al. 2019, "Stylizing Video by Example",
    whose EbSynth is in the public domain.) From a coarse level to a fine one, patches of the exemplar are
    searched that are like the target's in guides and colours, which are then made of them. Each level starts
    from the coarser one, but where that has lost what guides ask for. Nothing is known
    of the target's colours, nor of anything around it, but what its patches say. Using places too
    often costs (Kaspar et al. 2015, "Self Tuning Texture Optimization"), so that nothing is smeared. There
    are no error budgets and no guidance by light paths as StyLit's, which are patented.

    The first three channels are compared. tick: is told the share that is done, [0, 1), and may raise to
    cancel. Raises ValueError if nothing of the exemplar may be copied.
    """
    if not exemplar.inside.any():
        raise ValueError("nothing of the exemplar may be copied")
    if not target.inside.any():
        return target.guides.new_full((*target.inside.shape, 2), -1, dtype=torch.int32)
    generator = torch.Generator(exemplar.guides.device).manual_seed(seed)
    compared = replace(exemplar, channels=_softened(exemplar))
    levels = levels_of(compared, target, settings.levels, SMALLEST * settings.patch)
    progress = _Progress(tick, sum(_portions(level, settings) for level in levels))
    places = laid(levels[0], generator)
    for number, level in enumerate(levels):
        if number:
            places = laid_anew(level, level.enlarged(places), settings.patch, generator)
        weighted = replace(settings, guides=settings.guides * DECAY**number)
        fitting = _Fitting(level, places, weighted)
        _fit(fitting, settings, generator, progress)
        places = fitting.picture()
        progress.reach(sum(_portions(done, settings) for done in levels[: number + 1]))
    return places.to(torch.int32)


def blended(exemplar: Exemplar, places: Tensor, settings: Patches) -> Tensor:
    """The picture (C, h, w) of places (h, w, 2): the mean of what the patches around a pixel have there."""
    return voted(exemplar, places, settings.blend)


class _Progress:
    """Tells how much of a number of portions is done."""

    def __init__(self, tick: Callable[[float], None], total: int) -> None:
        self._tick, self._total, self._done = tick, total, 0

    def __call__(self) -> None:
        self._tick(self._done / self._total)
        self._done += 1

    def reach(self, done: int) -> None:
        """Count what needed not be done as done."""
        self._done = done


def _portions(level: Level, settings: Patches) -> int:
    return settings.votes * settings.sweeps * -(-int(level.target.inside.sum()) // PORTION)


def _softened(exemplar: Exemplar) -> Tensor:
    """The colours (3, H, W), of less contrast if they have more than what weights are made for.

    Else those of ink would outweigh all guides.
    """
    colors = exemplar.channels[:COLORS]
    variance = colors[:, exemplar.inside].var(1, correction=0).sum()
    return colors * (CONTRAST / variance.clamp_min(CONTRAST)).sqrt()


class _Fitting:
    """A level whose places and colours are being fitted to each other.

    places: (h, w, 2) to start with. Inside the target guides are given, and colours are what its patches have
    there. Around it, and on its contours, is the same emptiness as around the exemplar, which brings an
    outline to an outline. But beyond the picture's frame things may go on: there all is what patches have
    there, so that it costs nothing.
    """

    def __init__(self, level: Level, places: Tensor, settings: Patches) -> None:
        source, goal = level.exemplar, level.target
        blank = goal.guides.new_zeros(COLORS, *goal.inside.shape)
        known = torch.cat([source.channels, source.guides])
        middle = known[:, source.inside].mean(1)[:, None, None]  # what is empty counts as
        painted = _compared(known - middle, source.inside, settings)
        wanted = _compared(torch.cat([blank, goal.guides]) - middle, goal.plain, settings)
        self.source = Source(Plane.of(painted, source.inside), COLORS, settings.patch)
        self.target = Plane.of(wanted, goal.inside)
        self.pixels = self.target.pixels
        self._plain = F.pad(goal.plain, (MARGIN,) * 4).flatten().nonzero()[:, 0]
        self._beyond = _beyond(goal.inside, settings.patch)
        rows, columns = places.unbind(-1)
        numbers = (rows + MARGIN) * self.source.plane.width + columns + MARGIN
        numbers = torch.where(goal.inside, numbers, NOWHERE)
        self.places = F.pad(numbers, (MARGIN,) * 4, value=NOWHERE).flatten()
        self.vote()

    def vote(self) -> None:
        """Make colours, and all beyond the frame, of what the patches have there."""
        values, width = self.target.values, self.target.width
        for chunk in self._plain.split(PORTION):
            values[chunk, :COLORS] = vote(self.source, chunk, self.places, width)[:, :COLORS]
        for chunk in self._beyond.split(PORTION):
            values[chunk] = vote(self.source, chunk, self.places, width)

    def picture(self) -> Tensor:
        """The places (h, w, 2)."""
        numbers, width = self.target.picture(self.places), self.source.plane.width
        inside = self.target.picture(self.target.inside)[..., None]
        return torch.where(inside, torch.stack([numbers // width - MARGIN, numbers % width - MARGIN], -1), -1)


def _fit(
    fitting: _Fitting, settings: Patches, generator: torch.Generator, progress: Callable[[], None]
) -> None:
    """Search and vote in turns until little changes."""
    for _ in range(settings.votes):
        for _ in range(settings.sweeps):
            changed = sweep(
                fitting.source,
                fitting.target,
                fitting.pixels,
                fitting.places,
                settings.uniformity,
                generator,
                progress,
            )
        fitting.vote()
        if changed < STILL:
            return


def _compared(known: Tensor, inside: Tensor, settings: Patches) -> Tensor:
    """What is compared of pixels (3 + G + 1, H, W): colours, weighted guides, and whether they are inside."""
    colors, guides = known[:COLORS], settings.guides**0.5 * known[COLORS:]
    mask = torch.full_like(colors[:1], settings.outline**0.5)
    return torch.where(inside, torch.cat([colors, guides, mask]), 0.0)


def _beyond(inside: Tensor, patch: int) -> Tensor:
    """Numbers (R,) of pixels beyond the frame, in a plane, over which patches around pixels inside reach."""
    whole = F.pad(inside, (MARGIN,) * 4)
    covered = F.max_pool2d(whole[None].float(), patch, 1, patch // 2)[0] > 0
    framed = F.pad(torch.ones_like(inside), (MARGIN,) * 4)
    return (covered & ~framed).flatten().nonzero()[:, 0]
