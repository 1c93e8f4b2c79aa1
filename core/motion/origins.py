"""Where paint comes from: each pixel's place in the frame that it was painted in, however far it has moved.

Colours that are carried from frame to frame are blurred a little each time. Places are not: they are added
up, and the paint is looked up once, where it was painted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ..panorama.around import Around, breadths
from .clip import Link
from .warp import carried, cut, idle, inside, nearest, pixels_around, places, read_at, shorter

NOWHERE = -(2**23)
"""The frame of pixels whose paint is yet to be made."""
JUMP = 8.0  # pixels between the places of two neighbours that are not of one surface


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

        Nothing that it does not see has one. Between paint of different frames, and of different surfaces,
        the nearest pixel that shows the point's surface counts.
        """
        near, around = link.sight.near, link.around
        frame = nearest(self.frame, near, around)
        # Only where all pixels around show one surface, with paint of one frame, do places between theirs
        # mean anything.
        even = link.sight.whole & ~cut(self.offsets, link.offsets, around)
        for pixel in pixels_around(link.offsets, around):
            even = even & ((nearest(self.frame, pixel, around) == frame) | idle(link.offsets, pixel))
        between = carried(self.offsets, link.offsets, around=around)
        beyond = torch.where(even, between, nearest(self.offsets, near, around))
        offsets = shorter(link.offsets + beyond, around)
        for pixel in pixels_around(link.offsets, around):
            # Nearest pixels take the edge of paint a little too far, each time anew: until it is beyond the
            # border of its frame, where nothing was painted. Then paint beside it counts.
            other = nearest(self.frame, pixel, around)
            place = shorter(link.offsets + nearest(self.offsets, pixel, around), around)
            better = link.sight.whole & ~inside(offsets, around) & (other != NOWHERE) & inside(place, around)
            frame, offsets = torch.where(better, other, frame), torch.where(better, place, offsets)
        known = link.sight.seen & (frame != NOWHERE) & inside(offsets, around)
        return Origins(
            torch.where(known, frame, torch.full_like(frame, NOWHERE)),
            torch.where(known, offsets, torch.zeros_like(offsets)),
        )

    def without(self, gone: Tensor) -> Origins:
        """These, but for pixels (1, 1, H, W) whose paint is gone."""
        return Origins(torch.where(gone, float(NOWHERE), self.frame), self.offsets)

    def over(self, other: Origins) -> Origins:
        """These, and those of others where these are missing."""
        return Origins(
            torch.where(self.missing, other.frame, self.frame),
            torch.where(self.missing, other.offsets, self.offsets),
        )

    def paint(self, pictures: Mapping[int, Tensor], around: Around | None = None) -> Tensor:
        """What was painted there, of pictures (1, 3, H, W) by their frames; 0 where it is missing.

        around: how the pixels of a panorama lie.
        """
        found = torch.zeros(1, 3, *self.frame.shape[-2:])
        lines, columns = places(self.offsets)
        for number in self.frame[~self.missing].unique().tolist():
            here = self.frame[0, 0] == number
            found[..., here] = read_at(pictures[int(number)], lines[here], columns[here], True, around)
        return found

    def stretched(self, most: float, soft: float, around: Around | None = None) -> Tensor:
        """Where paint is more than so many times longer or shorter than it was painted, in any direction.

        soft: the same of how much longer it is in all directions, which blurs it. (1, 1, H, W), bool: by the
        singular values of how its places change from pixel to pixel. Where paint
        of two frames meets, or of two places, none is. around: of a panorama, lengths are angles.
        """
        across = _change(self.offsets, 3) + torch.tensor([1.0, 0.0]).view(1, 2, 1, 1)
        down = _change(self.offsets, 2) + torch.tensor([0.0, 1.0]).view(1, 2, 1, 1)
        if around is not None:
            across, down = _in_angles(across, down, self.offsets)
        whole = (_change(self.frame, 3) == 0) & (_change(self.frame, 2) == 0)
        area = (across[:, :1] * down[:, 1:] - across[:, 1:] * down[:, :1]).abs()
        squares = across.square().sum(1, keepdim=True) + down.square().sum(1, keepdim=True)
        root = (squares.square() - 4 * area.square()).clamp_min(0).sqrt()
        longest, shortest = ((squares + root) / 2).sqrt(), ((squares - root) / 2).clamp_min(0).sqrt()
        together = longest < JUMP
        away = (longest > most) | (shortest < 1 / most) | (longest < 1 / soft)
        return whole & together & ~self.missing & away


def _change(values: Tensor, axis: int) -> Tensor:
    """From each pixel to the next along an axis, of the last but one to it again."""
    steps = values.diff(dim=axis)
    return torch.cat([steps, steps.narrow(axis, steps.shape[axis] - 1, 1)], axis)


def _in_angles(across: Tensor, down: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor]:
    """How places change (1, 2, H, W) from pixel to pixel of a panorama, in pixels of its horizon, for each
    such pixel."""
    height = offsets.shape[-2]
    rows = places(offsets)[0]
    here = breadths(height)
    there = (math.pi * (0.5 - (rows + 0.5) / height)).cos().clamp_min(float(here.min()))
    level = torch.stack([there, torch.ones_like(there)])[None]
    return across * level / here, down * level


def painted_in(frame: int, size: tuple[int, int]) -> Origins:
    """The origins of a frame of a height and width that was painted itself."""
    return Origins(torch.full((1, 1, *size), float(frame)), torch.zeros(1, 2, *size))
