"""Where paint comes from: each pixel's place in the frame that it was painted in, however far it has moved.

Colours that are carried from frame to frame are blurred a little each time. Places are not: they are added
up, and the paint is looked up once, where it was painted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from .clip import Link
from .warp import carried, nearest

NOWHERE = -1
"""The frame of pixels whose paint is yet to be made."""


@dataclass(frozen=True, eq=False)
class Origins:
    """frame: (1, 1, H, W), numbers of frames, or NOWHERE. offsets: (1, 2, H, W), from a pixel to its place
    in that frame, in pixels, x to the right and y down.
    """

    frame: Tensor
    offsets: Tensor

    @property
    def missing(self) -> Tensor:
        """Where paint is yet to be made: (1, 1, H, W), bool."""
        return self.frame == NOWHERE

    def seen_by(self, link: Link) -> Origins:
        """The origins of another frame's pixels, which sees this one by ``link``.

        Nothing that it does not see has one. Between paint of different frames the nearer one counts.
        """
        frame = nearest(self.frame, link.offsets)
        # Only where all pixels around come from one frame do places between theirs mean anything.
        mean, squares = (carried(numbers, link.offsets) for numbers in (self.frame, self.frame.square()))
        even = (mean == frame) & (squares == frame.square())
        places = torch.where(even, carried(self.offsets, link.offsets), nearest(self.offsets, link.offsets))
        offsets = link.offsets + places
        known = link.seen & (frame != NOWHERE)
        return Origins(
            torch.where(known, frame, torch.full_like(frame, NOWHERE)),
            torch.where(known, offsets, torch.zeros_like(offsets)),
        )

    def over(self, other: Origins) -> Origins:
        """These, and those of others where these are missing."""
        return Origins(
            torch.where(self.missing, other.frame, self.frame),
            torch.where(self.missing, other.offsets, self.offsets),
        )

    def paint(self, pictures: Mapping[int, Tensor]) -> Tensor:
        """What was painted there, of pictures (1, C, H, W) by their frames; 0 where it is missing."""
        first = next(iter(pictures.values()))
        found = torch.zeros_like(first)
        for number in self.frame[~self.missing].unique().tolist():
            here = self.frame == number
            picture = carried(pictures[int(number)], self.offsets, cubic=True)
            found = torch.where(here, picture, found)
        return found


def painted_in(frame: int, size: tuple[int, int]) -> Origins:
    """The origins of a frame of a height and width that was painted itself."""
    return Origins(torch.full((1, 1, *size), float(frame)), torch.zeros(1, 2, *size))
