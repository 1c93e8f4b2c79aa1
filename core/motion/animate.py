"""Painting an animation: key frames are painted, all else is their paint, carried along true motion.

A key frame begins from what the one before it left where its points are now. What has appeared since, what
has changed and what was stretched is painted anew; all else stays. Frames between two keys have the paint of
both, fading from the one to the other where they differ. Strokes stick to what they are painted on, and
nothing is blurred on its way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from ..canvas.fill import fill_gaps
from ..panorama.around import Around, beyond_ends
from .boil import Drawings, Redraw
from .clip import Frame, link, link_ahead
from .fringe import WIDTH, silhouettes, without_fringe
from .keys import Key, Keys, Shelf, keys_of
from .origins import Origins, painted_in
from .recall import recalled
from .spool import Spool

SPECK = 1  # pixels: what is missing is painted only where it is wider than twice as many
CHANGE = 0.12  # of a content's colours, in the mean around a pixel, that its old paint does not fit any more
AROUND = 9  # pixels of that mean
BEYOND = 64  # columns beyond a panorama's ends that what is missing is continued from
LACKING = 0.005  # of a frame's area that no key shows, which is worth another key
REMEMBERED = 32  # keys that are asked for what they know
SHOWN = 8  # frames whose surfaces are held, to remember what they show
KNOWN = 256  # frames whose silhouettes are held
STRETCH = 2.5  # times that paint may be longer, or shorter, than it was painted
SOFT = 1.6  # times that it may be longer in all directions: larger, and blurred

Read = Callable[[int], Frame]
Show = Callable[[int], Tensor]
"""The content (1, 3, H, W) of a frame, display-referred."""


@dataclass(frozen=True, eq=False)
class Patch:
    """What is to be painted of a frame.

    paint: (1, 3, H, W), what is there. missing: (1, 1, H, W), bool, where it does not stay. anew: of that,
    where it is no beginning either, as it is a mere continuation.
    """

    paint: Tensor
    missing: Tensor
    anew: Tensor


Paint = Callable[[int, Patch | None], Tensor]
"""Paints a frame (1, 3, H, W), or a part of it."""


class Painter:
    """Paints the frames of an animation.

    read: a frame by its number. show: its content. paint: see ``Paint``. keys: those that were painted before
    are taken from there, and new ones kept there. redraw, hold: for strokes that boil, see ``Drawings``.
    given: frames that somebody else has painted: keys as they are, which ``paint`` knows. folder: for what
    does not fit into memory; None for the system's. around: how the pixels of panoramas lie.
    """

    def __init__(
        self,
        read: Read,
        show: Show,
        paint: Paint,
        keys: Keys,
        redraw: Redraw | None = None,
        hold: int = 0,
        given: Container[int] = (),
        folder: Path | None = None,
        around: Around | None = None,
    ) -> None:
        self._read = lru_cache(maxsize=2)(read)
        self._show, self._paint, self._keys, self._given = show, paint, keys, given
        self._folder, self._around = folder, around
        self._drawings = Drawings(keys, redraw or _once, hold, self._given, around)
        self._contents = Shelf(show)
        self._surfaces = lru_cache(maxsize=SHOWN)(lambda number: self._read(number).surfaces)
        self._silhouettes = Shelf(lambda number: silhouettes(self._surfaces(number), WIDTH, around), KNOWN)

    def frames(
        self, numbers: Sequence[int], every: int, wanted: Container[int] | None = None
    ) -> Iterator[tuple[int, Tensor]]:
        """Frames in their order, painted (1, 3, H, W), each when it is asked for.

        numbers: of all frames, one after the other. every: between keys. wanted: frames that are to be made,
        all by default; keys that these do not need are not painted.
        """
        wanted = numbers if wanted is None else wanted
        left = sum(number in wanted for number in numbers)
        keys = keys_of(numbers, every, self._given)
        if not left:
            return
        last = self._keys.load(keys[0]) or self._key(keys[0])
        if keys[0] in wanted:
            left -= 1
            yield keys[0], self._drawings.of(last)
        for first, end in pairwise(keys):
            if not left:
                return
            between = [number for number in numbers if first <= number <= end]
            key = self._keys.load(end)
            if key is None:
                carried = None if end in self._given else _last(self._forward(last, between))
                key = self._key(end, carried, keys[: keys.index(end)])
            if any(number in wanted for number in between[1:-1]):
                for number, picture in self._between(last, key, between):
                    if number in wanted:
                        left -= 1
                        yield number, picture
            if end in wanted:
                left -= 1
                yield end, self._drawings.of(key)
            last = key

    def all_keys(self, numbers: Sequence[int], every: int) -> Iterator[int]:
        """Paint the keys alone, in their order."""
        keys = keys_of(numbers, every, self._given)
        for number, _ in self.frames(numbers, every, frozenset(keys)):
            yield number

    def _forward(self, key: Key, numbers: Sequence[int]) -> Iterator[Origins]:
        """The origins of frames from a key on, that is the first."""
        found = key.origins
        yield self._clean(numbers[0], found)
        for earlier, number in pairwise(numbers):
            found = found.seen_by(link(self._read(number), self._read(earlier)))
            yield self._clean(number, found)

    def _backward(self, key: Key, numbers: Sequence[int]) -> Iterator[Origins]:
        """The origins of frames before a key, that is the last: backwards."""
        found = key.origins
        yield self._clean(numbers[-1], found)
        for later, number in pairwise(numbers[::-1]):
            found = found.seen_by(link_ahead(self._read(number), self._read(later)))
            yield self._clean(number, found)

    def _clean(self, number: int, origins: Origins) -> Origins:
        return without_fringe(origins, self._surfaces(number), self._silhouettes, self._around)

    def _between(self, first: Key, last: Key, numbers: Sequence[int]) -> Iterator[tuple[int, Tensor]]:
        """The frames within an interval of two keys.

        What neither shows, because it comes into view and goes again between them, is painted in a key of
        its own: the frame that shows most of that.
        """
        if len(numbers) < 3:
            return
        forward = Spool(self._forward(first, numbers), self._folder)
        backward = Spool(self._backward(last, numbers), self._folder)
        inner = range(1, len(numbers) - 1)
        lacking = {at: self._lacking(forward[at], backward[-1 - at]) for at in inner}
        at = max(lacking, key=lacking.__getitem__)
        if lacking[at] > LACKING:
            number = numbers[at]
            key = self._keys.load(number) or self._key(number, forward[at].over(backward[-1 - at]))
            del forward, backward
            yield from self._between(first, key, numbers[: at + 1])
            yield number, self._drawings.of(key)
            yield from self._between(key, last, numbers[at:])
            return
        for at in inner:
            share, drawings = at / (len(numbers) - 1), self._drawings.at(numbers[at])
            yield numbers[at], self._faded(forward[at], backward[-1 - at], share, drawings)

    def _key(self, number: int, carried: Origins | None = None, keys: Sequence[int] = ()) -> Key:
        """Paint a key frame where it has no paint, and keep it.

        carried: where it has; None for nowhere. keys: that were painted before, which know of more.
        """
        content, around = self._show(number), self._around
        size = (int(content.shape[-2]), int(content.shape[-1]))
        if number in self._given or carried is None:
            key = Key(number, self._paint(number, None), painted_in(number, size))
        else:
            carried = self._remembered(number, carried, keys)
            changed = _changed(content, carried.paint(self._contents, around), ~carried.missing, around)
            missing = _opened(carried.missing | changed | carried.stretched(STRETCH, SOFT, around), around)
            # Stretched strokes are begun from: others that are like them show the change the least.
            begun, known = carried.without(missing & changed), carried.without(missing)
            picture = _filled(begun.paint(self._drawings.first, around), begun.missing, around)
            if bool(missing.any()):
                picture = self._paint(number, Patch(picture, missing, missing & begun.missing))
            # What is filled or painted here is this frame's own; all else stays where it was painted.
            key = Key(number, picture, known.over(painted_in(number, size)))
        self._keys.save(key)
        return self._kept(number)

    def _remembered(self, number: int, carried: Origins, keys: Sequence[int]) -> Origins:
        """The origins of a frame's pixels, and those that earlier keys know, the last of them first."""
        surfaces = self._read(number).surfaces
        for earlier in keys[: -REMEMBERED - 1 : -1]:
            if surfaces.uv is None or not bool(_opened(carried.missing, self._around).any()):
                break
            found = recalled(surfaces, self._surfaces(earlier), carried.missing, self._around)
            if bool(found.sight.seen.any()):
                known = self._clean(number, self._kept(earlier).origins.seen_by(found))
                carried = carried.over(known)
        return carried

    def _kept(self, number: int) -> Key:
        key = self._keys.load(number)
        assert key is not None, "it was painted, or paint comes from it"
        return key

    def _faded(self, ahead: Origins, behind: Origins, share: float, pictures: Mapping[int, Tensor]) -> Tensor:
        """The paint of two origins, of the second by a share where there are both."""
        first, second = (origins.paint(pictures, self._around) for origins in (ahead, behind))
        amount = torch.where(behind.missing, 0.0, torch.where(ahead.missing, 1.0, share))
        # Written so, equal paint stays what it is to the last bit.
        return _filled(first + (second - first) * amount, ahead.missing & behind.missing, self._around)

    def _lacking(self, ahead: Origins, behind: Origins) -> float:
        """The share of a frame's area that has no paint, but for specks."""
        return float(_opened(ahead.missing & behind.missing, self._around).float().mean())


def _last(origins: Iterator[Origins]) -> Origins:
    return deque(origins, maxlen=1)[0]


def _once(number: int, _there: Tensor, _own: Tensor, _which: int) -> Tensor:
    raise ValueError(f"frame {number} is drawn once")


def _filled(picture: Tensor, missing: Tensor, around: Around | None = None) -> Tensor:
    """A picture, and a smooth continuation of it where it is missing."""
    found = picture.clamp(0, 1)
    if not bool(missing.any()):
        return found
    return beyond_ends(around, BEYOND, fill_gaps, found, (~missing).float())


def _changed(content: Tensor, carried: Tensor, known: Tensor, around: Around | None = None) -> Tensor:
    """Where a content is no longer like the one that its paint was made for, as far as that is known.

    All (1, 1, H, W), bool, but for the contents.
    """

    def blurred(plane: Tensor) -> Tensor:
        return F.avg_pool2d(plane, AROUND, 1, AROUND // 2)

    difference = (content - carried).mean(1, keepdim=True) * known
    total, weight = (beyond_ends(around, AROUND, blurred, one) for one in (difference, known.float()))
    return known & (total.abs() > CHANGE * weight)


def _opened(missing: Tensor, around: Around | None = None) -> Tensor:
    """Without specks and lines: (1, 1, H, W), bool."""
    side = 2 * SPECK + 1

    def opened(plane: Tensor) -> Tensor:
        return F.max_pool2d(-F.max_pool2d(-plane, side, 1, SPECK), side, 1, SPECK)

    return beyond_ends(around, side, opened, missing.float()) > 0
