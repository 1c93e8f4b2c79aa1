"""Boiling strokes: each key frame is drawn several times, and the drawings take turns.

As in animation that is drawn by hand on twos or threes: a drawing is held for some frames, then another one
of the same thing is shown. Where paint comes from is the same for all drawings, so that they stick to things
as one does.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import partial

import torch
from torch import Tensor

from ..panorama.around import Around
from .keys import Key, Keys, Shelf

DRAWINGS = 3  # of each key, the fewest that do not look like two that alternate

Redraw = Callable[[int, Tensor, Tensor, int], Tensor]
"""Draws a key again for the which-th time, where (1, 1, H, W) it was painted, of its picture (1, 3, H, W)."""


class Drawings:
    """The drawings of keys.

    hold: frames that each is shown for; 0 for one alone, which is the picture. given: keys that somebody else
    has painted, which are not drawn again. around: how the pixels of panoramas lie.
    """

    def __init__(
        self,
        keys: Keys,
        redraw: Redraw,
        hold: int,
        given: Container[int] = (),
        around: Around | None = None,
    ) -> None:
        self._keys, self._redraw, self._hold, self._given = keys, redraw, hold, given
        self._around = around
        self._shelves = [Shelf(partial(self._drawn, which)) for which in range(DRAWINGS)]

    def at(self, frame: int) -> Shelf:
        """The drawings of all keys that a frame is made of."""
        return self._shelves[frame // self._hold % DRAWINGS if self._hold else 0]

    @property
    def first(self) -> Shelf:
        """The pictures that were painted first, which other keys are painted from."""
        return self._shelves[0]

    def of(self, key: Key) -> Tensor:
        """What a key frame itself shows (1, 3, H, W)."""
        shelf = self.at(key.number)
        return key.picture if shelf is self._shelves[0] else key.origins.paint(shelf, self._around)

    def _drawn(self, which: int, number: int) -> Tensor:
        key = self._keys.load(number)
        if key is None:
            raise KeyError(f"paint comes from frame {number}, which was not painted")
        if which == 0 or number in self._given:
            return key.picture
        found = self._keys.drawing(number, which)
        if found is not None:
            return found
        own = key.origins.frame == number
        others = key.origins.without(own)
        there = torch.where(own, key.picture, others.paint(self._shelves[which], self._around).clamp(0, 1))
        self._keys.keep_drawing(number, which, self._redraw(number, there, own, which))
        kept = self._keys.drawing(number, which)
        assert kept is not None
        return kept
