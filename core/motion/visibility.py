"""Which points of a frame another frame shows, too: what paint can be carried from there."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .warp import carried, inside

ROUND_TRIP = 0.5  # pixels by which a point may miss itself, there and back
TURN = 0.7  # cosine of how far a surface may turn from frame to frame, below that of a cube's faces
EVEN = 0.97  # length of the mean of normals of one smooth surface
DEPTH = 0.05  # by which a point's distance may change, as a part of it, beside what its object's does


@dataclass(frozen=True, eq=False)
class Surfaces:
    """What a frame's pixels show, each (1, C, H, W); None for what was not rendered.

    index: C = 1, a number for each object. depth: C = 1, the distance from the camera. normal: C = 3. uv:
    C = 2, where on its UV map a point lies.
    """

    index: Tensor | None = None
    depth: Tensor | None = None
    normal: Tensor | None = None
    uv: Tensor | None = None


def visible(here: Surfaces, there: Surfaces, offsets: Tensor, back: Tensor) -> Tensor:
    """Where this frame's points are seen in another frame: (1, 1, H, W), bool.

    offsets: (1, 2, H, W), where they are there; back: where that frame's points are here. A point is seen
    there if the frame shows, around that place, the same object, turned the same way, no nearer or farther
    than the object itself has come, and if the way back leads to the point again.
    """
    seen = inside(offsets)
    returned = offsets + carried(back, offsets)
    seen &= returned.square().sum(1, keepdim=True) <= ROUND_TRIP**2
    if here.index is not None and there.index is not None:
        # Between pixels of two objects the mean of their numbers is neither's.
        seen &= (carried(there.index, offsets) - here.index).abs() < 1e-3
    if here.normal is not None and there.normal is not None:
        facing = carried(there.normal, offsets)
        length = facing.norm(dim=1, keepdim=True)  # of the mean of unlike normals, it is short
        nothing = (length == 0) & (here.normal.norm(dim=1, keepdim=True) == 0)
        alike = (facing * here.normal).sum(1, keepdim=True) > TURN * length
        seen &= nothing | (alike & (length > EVEN))
    if here.depth is not None and there.depth is not None:
        change = carried(there.depth, offsets) / here.depth.clamp_min(1e-6) - 1
        seen &= (change - _of_objects(change, here.index, seen)).abs() < DEPTH
    return seen


def _of_objects(change: Tensor, index: Tensor | None, seen: Tensor) -> Tensor:
    """The median change of each pixel's object, among what is seen of it."""
    if index is None:
        index = torch.zeros_like(change)
    found = torch.zeros_like(change)
    for number in index[seen].unique():
        own = index == number
        found[own] = change[own & seen].median()
    return found
