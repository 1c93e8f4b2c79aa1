"""How the right eye sees what the left one sees."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import torch
from torch import Tensor

from ..motion.clip import Link
from ..motion.visibility import RENDERED, RoundTrip, Sight, Surfaces, sight
from ..motion.warp import carried, nearest
from ..panorama.around import breadths
from ..projection import around_of
from ..protocol import RenderJob
from ..strips import by_strips
from .disparity import Line
from .eyes import Eye
from .geometry import doubts_of, is_told, line_of, shifts


@dataclass(frozen=True, eq=False)
class RightView:
    """How the right eye sees what the left one sees. link: from the right eye's pixels to the left one's.

    doubts: of a distance between the eyes that was found in the pictures, as of ``doubts``.
    """

    link: Link
    doubts: tuple[str, ...] = ()

    @cached_property
    def seen(self) -> Tensor:
        """What the left eye sees, too (1, 1, H, W), bool; and slivers, where the edge beside is read."""
        return self.link.sight.seen | self._slivers

    @cached_property
    def _slivers(self) -> Tensor:
        """What is hidden from the left eye for one row alone.

        Eyes that are level see much behind a level edge, but by parts of a row: pixels are all or nothing, so
        that the edge would be dotted.
        """
        hidden = ~self.link.sight.seen
        beside = torch.zeros_like(hidden)
        beside[:, :, 1:] |= hidden[:, :, :-1]
        beside[:, :, :-1] |= hidden[:, :, 1:]
        return hidden & ~beside

    @property
    def whole(self) -> Tensor:
        """What it sees, with all pixels around: between them anything may be read."""
        return self.link.sight.whole

    def of(self, left: Tensor) -> Tensor:
        """What the right eye sees of a picture (1, C, H, W) of the left one."""
        link = self.link

        def seen(left: Tensor, offsets: Tensor, near: Tensor, whole: Tensor) -> Tensor:
            between = carried(left, offsets, cubic=True, around=link.around)
            return torch.where(whole, between, nearest(left, near, link.around))

        return by_strips(seen, left, link.offsets, link.sight.near, self.whole | self._slivers)


def right_view(job: RenderJob, left: Eye, right: Eye, line: Line | None = None) -> RightView:
    """How a job's right eye sees what its left one sees.

    line: as of ``line_of``, instead of what the pictures show. Raises JobError ("no_stereo") where no
    disparity can be found.
    """
    around = around_of(job.projection)
    told = is_told(job)
    found = None if told or line is not None else line_of(job, left, right)
    there, here = shifts(job, left, right, None if told else line or found)
    offsets, back = (torch.cat([shift, torch.zeros_like(shift)], 1) for shift in (here, -there))
    trip = replace(RENDERED, around=around)
    link = Link(offsets, _level_sight(right.surfaces, left.surfaces, offsets, back, trip), around)
    return RightView(link, () if found is None else doubts_of(job, found, left))


def _level_sight(here: Surfaces, there: Surfaces, offsets: Tensor, back: Tensor, trip: RoundTrip) -> Sight:
    """As ``sight``, where offsets are level, so that rows can be looked at some at a time."""
    height, width = offsets.shape[-2:]
    names = [field.name for field in fields(Surfaces)]
    shared = [name for name in names if getattr(here, name) is not None and getattr(there, name) is not None]
    planes = [getattr(one, name) for one in (here, there) for name in shared]
    broad = torch.ones(()) if trip.around is None else breadths(height)
    broad = broad.expand(1, 1, height, width)

    def seen(offsets: Tensor, back: Tensor, broad: Tensor, *planes: Tensor) -> Tensor:
        one, other = (
            Surfaces(**dict(zip(shared, half, strict=True)))
            for half in (planes[: len(shared)], planes[len(shared) :])
        )
        found = sight(one, other, offsets, back, trip, None if trip.around is None else broad)
        return torch.cat([found.seen.float(), found.near, found.whole.float()], 1)

    found = by_strips(seen, offsets, back, broad, *planes)
    return Sight(found[:, :1] > 0, found[:, 1:3], found[:, 3:] > 0)
