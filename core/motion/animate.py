"""Painting an animation: key frames are painted, all else is their paint, carried along true motion.

A key frame begins from what the one before it left where its points are now; what has appeared since is
painted in, and what is there stays. Frames between two keys have the paint of the first and, where its points
were not seen, of the second. Strokes stick to what they are painted on, and nothing is blurred on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from ..canvas.fill import fill_gaps
from .clip import Frame, Link, link
from .origins import Origins, painted_in
from .visibility import visible

SPECK = 1  # pixels: what is missing is painted only where it is wider than twice as many
CHANGE = 0.12  # of a content's colours, in the mean around a pixel, that its old paint does not fit any more
AROUND = 9  # pixels of that mean

Read = Callable[[int], Frame]
Show = Callable[[int], Tensor]
"""The content (1, 3, H, W) of a frame, display-referred."""
Paint = Callable[[int, Tensor | None, Tensor | None], Tensor]
"""Paints a frame, and where there is paint (1, 3, H, W) already, only what is missing (1, 1, H, W)."""


@dataclass
class Painter:
    """Paints the frames of an interval after the other.

    read: a frame of the animation by its number. show: its content. paint: see ``Paint``.
    """

    read: Read
    show: Show
    paint: Paint
    _pictures: dict[int, Tensor] = field(default_factory=dict)
    _contents: dict[int, Tensor] = field(default_factory=dict)
    _origins: Origins | None = None

    def frames(self, numbers: Sequence[int], every: int) -> Iterator[tuple[int, Tensor]]:
        """All frames in their order, painted (1, 3, H, W). numbers: one after the other. every: between keys.

        A frame is painted when it is asked for.
        """
        keys = [*numbers[:-1:every], numbers[-1]]
        self._key(keys[0], None)
        yield keys[0], self._pictures[keys[0]]
        for first, last in pairwise(keys):
            between = [number for number in numbers if first <= number <= last]
            yield from self._interval(between)

    def _interval(self, numbers: Sequence[int]) -> Iterator[tuple[int, Tensor]]:
        """The frames after the first of these, which is a key and painted, up to the last, the next key."""
        frames = [self.read(number) for number in numbers]
        assert self._origins is not None
        forward = [self._origins]
        for earlier, frame in pairwise(frames):
            forward.append(forward[-1].seen_by(link(frame, earlier)))
        self._key(numbers[-1], forward[-1])
        backward = [self._origins]
        for later, frame in pairwise(frames[::-1]):
            backward.append(backward[-1].seen_by(_link_back(frame, later)))
        for number, ahead, behind in zip(numbers[1:-1], forward[1:-1], backward[-2:0:-1], strict=True):
            yield number, _filled(ahead.over(behind), self._pictures)
        yield numbers[-1], self._pictures[numbers[-1]]
        self._forget()

    def _key(self, number: int, carried: Origins | None) -> None:
        """Paint a key frame where it has no paint. carried: where there is any; None for the first."""
        content = self.show(number)
        size = (int(content.shape[-2]), int(content.shape[-1]))
        if carried is None:
            self._pictures[number] = self.paint(number, None, None)
            self._origins = painted_in(number, size)
        else:
            stale = _changed(content, carried.paint(self._contents)) & ~carried.missing
            missing = _opened(carried.missing | stale)
            known = Origins(torch.where(missing, -1.0, carried.frame), carried.offsets)
            there = _filled(known, self._pictures)
            if bool(missing.any()):
                there = self.paint(number, there, missing)
            self._pictures[number] = there
            # What is filled or painted here is this frame's own; all else stays where it was painted.
            self._origins = known.over(painted_in(number, size))
        self._contents[number] = content

    def _forget(self) -> None:
        """Drop what no pixel's paint comes from any more."""
        assert self._origins is not None
        used = {int(number) for number in self._origins.frame.unique().tolist()}
        for kept in (self._pictures, self._contents):
            for number in set(kept) - used:
                del kept[number]


def _link_back(frame: Frame, later: Frame) -> Link:
    """How a frame sees the one after it."""
    offsets = frame.motion.after
    return Link(offsets, visible(frame.surfaces, later.surfaces, offsets, later.motion.before))


def _filled(origins: Origins, pictures: dict[int, Tensor]) -> Tensor:
    """The paint of origins, and a smooth continuation of it where there is none."""
    known = (~origins.missing).float()
    found = origins.paint(pictures).clamp(0, 1)
    return found if bool(known.all()) else fill_gaps(found, known)


def _changed(content: Tensor, carried: Tensor) -> Tensor:
    """Where a content is no longer like the one that its paint was made for: (1, 1, H, W), bool."""
    difference = (content - carried).mean(1, keepdim=True)
    return F.avg_pool2d(difference, AROUND, 1, AROUND // 2, count_include_pad=False).abs() > CHANGE


def _opened(missing: Tensor) -> Tensor:
    """Without specks and lines: (1, 1, H, W), bool."""
    side = 2 * SPECK + 1
    eroded = -F.max_pool2d(-missing.float(), side, 1, SPECK)
    return F.max_pool2d(eroded, side, 1, SPECK) > 0
