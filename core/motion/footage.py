"""Footage: frames whose motion is estimated from what they show."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from ..panorama.around import Around
from .clip import Frame, Shown
from .estimate import Estimate
from .flow import Motion
from .visibility import ESTIMATED

MEMORY = 512 * 2**20  # bytes of flow that are held: the painter goes forward and back again
LOOKS = 4  # frames that are held, and flows at least


class Footage:
    """Frames by their numbers, with estimated motion.

    look: what a frame shows. numbers: of all frames. size: their height and width. begin: opens what
    estimates, when it is needed first. memory: bytes of flow that are held; other flow is estimated again.
    around: how the pixels of panoramas lie.
    """

    def __init__(
        self,
        look: Callable[[int], Shown],
        numbers: Container[int],
        size: tuple[int, int],
        begin: Callable[[], Estimate],
        memory: int = MEMORY,
        around: Around | None = None,
    ) -> None:
        self._numbers, self._begin = numbers, begin
        self._trip = replace(ESTIMATED, around=around)
        self._still = torch.zeros(1, 2, *size)
        self._look = lru_cache(maxsize=LOOKS)(look)
        held = max(LOOKS, memory // self._still.nbytes)
        self._way = lru_cache(maxsize=held)(self._estimated)

    def read(self, number: int) -> Frame:
        """A frame, which does not move where no other comes before or after. Raises as look and begin."""
        shown = self._look(number)
        before, after = (
            self._way(number, other) if other in self._numbers else self._still
            for other in (number - 1, number + 1)
        )
        return Frame(shown.colors, Motion(before, after, self._trip), shown.surfaces)

    @cached_property
    def _estimate(self) -> Estimate:
        return self._begin()

    def _estimated(self, number: int, other: int) -> Tensor:
        return self._estimate(self._look(number).colors, self._look(other).colors)
