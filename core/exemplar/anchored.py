"""StyleBlit that moves: pieces that stick to the surface that they were laid on.

Seeds lie not in the picture but in a space that sticks to surfaces (``following``), and so do pieces once
they are laid. A piece keeps its place in the exemplar as long as that fits how its surface faces; then it
fades into what fits better, laid anew. So strokes move with things, and change where light does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from ..motion.warp import read_at
from .exemplar import Exemplar, Target
from .following import Anchors
from .lookup import Lookup
from .seeds import Seeds
from .styleblit import SPACINGS, Pieces

STEADY, SHY = (
    1.6,
    0.7,
)  # times the tolerance: for a pixel that stays in its piece, and that leaves it for a larger
KEPT = 0.8  # of the tolerance, within which a piece stays
STRETCH = 1.6  # times that a piece may be longer than it was painted in any direction, or shorter in all
FLAT = 0.75  # part of a piece's length that it is laid with at least, where its surface is seen from aside
FADE = 12  # frames that a piece fades into another
MIDDLE = 1.5  # pixels around a seed that say where it is, and how its surface faces
AROUND = 1 / 6  # of the distance between seeds, the same of how its surface lies


@dataclass(frozen=True, eq=False)
class Shown:
    """What pieces show. places: (N, 2), rows and columns in the exemplar at their seeds. laid: (N, 2, D), how
    far from there, for steps from their seeds in the space that sticks to surfaces.
    """

    places: Tensor
    laid: Tensor

    def at(self, own: Tensor, steps: Tensor) -> Tensor:
        """Places (M, 2) in the exemplar. own: (M,), pieces; steps: (M, D) from their seeds."""
        return self.places[own] + (self.laid[own] @ steps[..., None])[..., 0]

    def where(self, condition: Tensor, other: Shown) -> Shown:
        """These where a condition (N,) is met, and others elsewhere."""
        return Shown(
            torch.where(condition[:, None], self.places, other.places),
            torch.where(condition[:, None, None], self.laid, other.laid),
        )

    def of(self, at: Tensor) -> Shown:
        """Those of some pieces (M,), by number."""
        return Shown(self.places[at], self.laid[at])


@dataclass(frozen=True, eq=False)
class Laid:
    """Pieces of one spacing, in the order of their names: (N,) int64.

    now: what they show; before: from which they fade; age: (N,), frames since.
    """

    names: Tensor
    now: Shown
    before: Shown
    age: Tensor


@dataclass
class Strokes:
    """Paints the frames of an animation by one exemplar, each after the one before it."""

    exemplar: Exemplar
    lookup: Lookup
    tolerance: float
    seed: int
    _laid: dict[int, Laid] = field(default_factory=dict)
    _levels: Tensor | None = None

    @cached_property
    def _pieces(self) -> Pieces:
        return Pieces(self.exemplar, self.tolerance)

    def frame(self, target: Target, anchors: Anchors) -> Tensor:
        """The next frame (C, h, w)."""
        height, width = target.inside.shape
        guides = target.guides.flatten(1).T.contiguous()
        steep = _steepness(anchors.places / anchors.unit, anchors.groups, height, width)
        levels = torch.full((height * width,), len(SPACINGS))
        last = levels
        if self._levels is not None:
            last = torch.where(anchors.came >= 0, self._levels[anchors.came.clamp_min(0)], -1)
        now = torch.full((height * width, 2), -1.0)
        before, share = now.clone(), torch.ones(height * width)
        left = target.inside.flatten().nonzero()[:, 0]
        for level, spacing in enumerate(SPACINGS):
            if not len(left):
                break
            seeds = Seeds(spacing, self.seed, guides.device, anchors.places.shape[1])
            places = anchors.places[left] / anchors.unit
            cells = seeds.nearest(places)
            names, own = _names(anchors.groups[left], cells).unique(return_inverse=True)
            group = _Group(own, len(names), (seeds.places(cells) - places).square().sum(1))
            middle = group.means(torch.cat([guides[left], places], 1), MIDDLE)
            around = group.means(steep[left], max(MIDDLE, AROUND * spacing))
            steps = places - middle[own, guides.shape[1] :]
            steepness = around.view(len(names), 2, -1).transpose(1, 2)
            fresh = Shown(
                self.lookup.places(middle[:, : guides.shape[1]]).float(),
                _laid_on(steepness),
            )
            known = middle[:, : guides.shape[1]], steepness
            laid = self._laid_now(self._laid.get(spacing), names, *known, fresh)
            self._laid[spacing] = laid
            found = laid.now.at(own, steps)
            ease = torch.where(last[left] == level, STEADY, torch.where(last[left] > level, SHY, 1.0))
            fits = self._pieces.fit(guides[left], found.round().int(), ease)
            levels[left[fits]] = level
            done, of = left[fits], own[fits]
            now[done], before[done] = found[fits], laid.before.at(of, steps[fits])
            share[done] = (laid.age[of] / FADE).clamp(0, 1)
            left = left[~fits]
        self._levels = levels
        now[left] = self.lookup.places(guides[left]).float()
        before[left] = now[left]
        painted = self._read(now, before, share)
        return (painted * target.inside.flatten()).view(-1, height, width)

    def _laid_now(
        self, old: Laid | None, names: Tensor, guides: Tensor, steepness: Tensor, fresh: Shown
    ) -> Laid:
        """The pieces that a frame shows. guides: (N, G), at their seeds; steepness:
        (N, D, 2), how places change with pixels there."""
        if old is None or not len(old.names):
            return Laid(names, fresh, fresh, torch.full((len(names),), FADE))
        at = torch.searchsorted(old.names, names).clamp_max(len(old.names) - 1)
        known = old.names[at] == names
        last, age = old.now.of(at), old.age[at]
        # What still fades stays until it has faded: it would jump otherwise.
        fits = self._pieces.fit(guides, last.places.round().int(), KEPT)
        sizes = torch.linalg.svdvals(last.laid @ steepness)
        whole = (sizes[:, 1] > 1 / STRETCH) & (sizes[:, 1] < STRETCH)
        stays = known & whole & (fits | (age < FADE))
        fades = known & ~stays
        return Laid(
            names,
            last.where(stays, fresh),
            old.before.of(at).where(stays, last.where(fades, fresh)),
            torch.where(stays, (age + 1).clamp_max(FADE), torch.where(fades, 1, FADE)),
        )

    def _read(self, now: Tensor, before: Tensor, share: Tensor) -> Tensor:
        """Channels (C, N) of the exemplar at places, and of those before as far as these still count."""
        channels = self.exemplar.channels[None]
        painted = read_at(channels, now[:, 0], now[:, 1], cubic=True)[0]
        fading = share < 1
        other = read_at(channels, before[fading, 0], before[fading, 1], cubic=True)[0]
        painted[:, fading] = torch.lerp(other, painted[:, fading], share[fading])
        return painted.clamp(0, 1)


@dataclass(frozen=True, eq=False)
class _Group:
    """Pixels of pieces. own: (M,), each one's, of ``count``; distances: (M,), squared, from its seed."""

    own: Tensor
    count: int
    distances: Tensor

    def means(self, values: Tensor, reach: float) -> Tensor:
        """Means (count, K) of pixels' values (M, K), around those nearest to seeds, by a reach in pixels."""
        least = torch.full((self.count,), torch.inf).scatter_reduce_(0, self.own, self.distances, "amin")
        weights = torch.exp((least[self.own] - self.distances) / (2 * reach**2))
        both = torch.cat([values * weights[:, None], weights[:, None]], 1)
        total = torch.zeros(self.count, both.shape[1]).index_add_(0, self.own, both)
        return total[:, :-1] / total[:, -1:]


def _steepness(places: Tensor, groups: Tensor, height: int, width: int) -> Tensor:
    """How places (h * w, D) change down and across at each pixel: (h * w, 2 * D), rows first.

    To the next pixel or from the last one, whichever changes less: across an edge neither is meant. Pixels of
    another thing do not count; 0 where there is none beside.
    """
    planes, things = places.view(height, width, -1), groups.view(height, width)
    found = []
    for axis in (0, 1):
        step = planes.diff(dim=axis)
        step = torch.where((things.diff(dim=axis) == 0)[..., None], step, torch.inf)
        edge = torch.full_like(planes.narrow(axis, 0, 1), torch.inf)
        ahead, behind = torch.cat([step, edge], axis), torch.cat([edge, step], axis)
        less = ahead.square().sum(-1, keepdim=True) < behind.square().sum(-1, keepdim=True)
        found.append(torch.where(less, ahead, behind).nan_to_num(posinf=0.0))
    return torch.cat(found, -1).flatten(0, 1)


def _laid_on(steepness: Tensor) -> Tensor:
    """How far pixels of a piece go (N, 2, D) with places on its surface, of how these change with pixels.

    What is seen from aside is not laid as it is seen, but nearly as long as it is: it would be drawn out when
    it comes to the front.
    """
    left, sizes, right = torch.linalg.svd(torch.linalg.pinv(steepness, rtol=0.02), full_matrices=False)
    sizes = torch.maximum(sizes, FLAT * sizes[:, :1])
    laid: Tensor = (left * sizes[:, None]) @ right
    return laid


def _names(groups: Tensor, cells: Tensor) -> Tensor:
    """One number (N,) for each seed: of its thing, and of its cell."""
    bits = 42 // cells.shape[1]
    found = groups
    for axis in cells.long().unbind(1):
        found = (found << bits) | ((axis + 2 ** (bits - 1)) & (2**bits - 1))
    return found
