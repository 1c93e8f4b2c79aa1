"""Motion in panoramas: the shorter way around, and vectors of pixels that a renderer has mixed at the ends.

Cycles' Vector pass is right for its equirectangular camera, but for two things: what leaves at one end and
comes in at the other has gone a whole width, and where samples of one pixel do and others do not, their mean
leads anywhere. So does that of a pixel at the very end, whose filter reaches beyond.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..panorama.around import Around
from .clip import Frame
from .flow import Motion
from .warp import places, shorter, turn

ENDS = 2  # columns from an end within which pixels may be mixed
BESIDE = 4  # pixels to either side that tell what a mixed one would be: more than are mixed side by side
OFF = 0.25  # pixels that it differs from these by, at least
ALIKE = 1.0  # pixels within which most of these have to be alike


def surrounding(frame: Frame, around: Around | None) -> Frame:
    """A frame of a renderer as one of a panorama; of a flat picture as it is."""
    if around is None:
        return frame
    motion, trip = frame.motion, replace(frame.motion.trip, around=around)
    before, after = (_mended(offsets, around) for offsets in (motion.before, motion.after))
    return replace(frame, motion=Motion(before, after, trip))


def _mended(offsets: Tensor, around: Around) -> Tensor:
    """Offsets (1, 2, H, W), the shorter way, and as those beside where they are mixed."""
    if not around.closed:
        return offsets
    offsets = shorter(offsets, around)
    across = offsets[:, :1]
    first = across.roll(BESIDE, 3)
    beside = torch.cat([turn(across.roll(by, 3) - first) for by in range(-BESIDE, BESIDE + 1)], 1)
    middle = beside.median(1, keepdim=True).values
    most = ((beside - middle).abs() < ALIKE).sum(1, keepdim=True) > BESIDE
    usual = turn(first + middle)
    mixed = most & (turn(across - usual).abs() > OFF)
    mixed &= _at_ends(torch.zeros_like(offsets)) | _at_ends(torch.cat([usual, offsets[:, 1:]], 1))
    return torch.cat([torch.where(mixed, usual, across), offsets[:, 1:]], 1)


def _at_ends(offsets: Tensor) -> Tensor:
    """Where offsets (1, 2, H, W) end near an end of the picture: (1, 1, H, W), bool."""
    width = offsets.shape[-1]
    column = (places(offsets)[1] + 0.5) % width
    return ((column < ENDS) | (column > width - ENDS))[None, None]
