"""Which points of a frame another frame shows, too: what paint can be carried from there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..panorama.around import Around, breadths
from .warp import idle, inside, nearest, pixels_around, shorter

TURN = 0.7  # cosine of how far a surface may turn from frame to frame, below that of a cube's faces
DEPTH = 0.05  # by which a point's distance may change, as a part of it, beside what its object's does


@dataclass(frozen=True)
class RoundTrip:
    """How far motion is believed, which leads a point to another frame and back again.

    The point may miss itself by a distance whose square is at most least + growth * (|there|^2 + |back|^2),
    in pixels, as in Sundaram, Brox and Keutzer 2010. tear: pixels by which motion may change from a pixel to
    the next; beyond, it is of two things, and neither's is sure. around: how the pixels of a panorama lie,
    whose pixels are those of its horizon.
    """

    least: float
    growth: float = 0.0
    tear: float = math.inf
    around: Around | None = None


RENDERED = RoundTrip(0.75**2)
ESTIMATED = RoundTrip(0.5, 0.01, 1.0)
"""Sundaram's bound. Where motion changes by more than a pixel from one to the next, paint would fold."""


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


@dataclass(frozen=True, eq=False)
class Sight:
    """How a frame's points are seen in another frame, each (1, C, H, W).

    seen: bool, whether a pixel around a point's place shows its surface. near: C = 2, the offset to the
    nearest pixel that does. whole: bool, whether all pixels around do: between them anything may be read.
    """

    seen: Tensor
    near: Tensor
    whole: Tensor


def sight(
    here: Surfaces,
    there: Surfaces,
    offsets: Tensor,
    back: Tensor,
    trip: RoundTrip = RENDERED,
    breadth: Tensor | None = None,
) -> Sight:
    """How this frame's points are seen in another frame.

    offsets: (1, 2, H, W), where they are there; back: where that frame's points are here. A pixel there shows
    a point's surface if it is the same object, turned the same way, no nearer or farther than the object
    itself has come, and if the way back leads to the point again, as near as ``trip`` asks for. breadth:
    (1, 1, H, W), of pixels of a panorama of which these are some rows, over that of those at its horizon.
    """
    around = trip.around
    if breadth is None and around is not None:
        breadth = breadths(offsets.shape[-2], offsets.device)
    change = _change(here, there, offsets, around)
    whole = inside(offsets, around)
    sure = whole & ~_torn(offsets, trip.tear)
    seen, near, best = (
        torch.zeros_like(whole),
        torch.zeros_like(offsets),
        torch.full_like(offsets[:, :1], torch.inf),
    )
    for pixel in pixels_around(offsets, around):
        alike = sure & _same(here, there, pixel, change, around)
        # What the pixel's own point went, and as far as the place is from that pixel.
        way = nearest(back, pixel, around)
        most = trip.least + trip.growth * (_squared(offsets) + _squared(way))
        alike &= _squared(_missed(way + offsets, around, breadth)) <= most
        distance = (pixel - offsets).square().sum(1, keepdim=True)
        nearer = alike & (distance < best)
        near, best = torch.where(nearer, pixel, near), torch.where(nearer, distance, best)
        unused = idle(offsets, pixel)
        seen, whole = seen | (alike & ~unused), whole & (alike | unused)
    return Sight(seen, near, whole)


def _missed(offsets: Tensor, around: Around | None, breadth: Tensor | None) -> Tensor:
    """By how much a point misses itself; in a panorama the shorter way, in pixels of its horizon."""
    offsets = shorter(offsets, around)
    return offsets if breadth is None else torch.cat([offsets[:, :1] * breadth, offsets[:, 1:]], 1)


def _squared(offsets: Tensor) -> Tensor:
    """Squares of lengths: (1, 1, H, W)."""
    return offsets.square().sum(1, keepdim=True)


def _torn(offsets: Tensor, most: float) -> Tensor:
    """Where motion differs by more than so many pixels from that of a pixel beside: (1, 1, H, W), bool."""
    torn = torch.zeros_like(offsets[:, :1], dtype=torch.bool)
    for axis in (2, 3):
        step = _squared(offsets.diff(dim=axis)) > most**2
        length = step.shape[axis]
        torn.narrow(axis, 0, length).logical_or_(step)
        torn.narrow(axis, 1, length).logical_or_(step)
    return torn


def _same(
    here: Surfaces, there: Surfaces, pixel: Tensor, change: Tensor | None, around: Around | None
) -> Tensor:
    """Whether a pixel of the other frame shows the same surface: (1, 1, H, W), bool."""
    same = torch.ones_like(pixel[:, :1], dtype=torch.bool)
    if here.index is not None and there.index is not None:
        same &= nearest(there.index, pixel, around) == here.index
    if here.normal is not None and there.normal is not None:
        facing = nearest(there.normal, pixel, around)
        nothing = (facing == 0).all(1, keepdim=True) & (here.normal == 0).all(1, keepdim=True)
        lengths = (_squared(facing) * _squared(here.normal)).sqrt()
        same &= nothing | ((facing * here.normal).sum(1, keepdim=True) > TURN * lengths)
    if here.depth is not None and there.depth is not None and change is not None:
        ratio = nearest(there.depth, pixel, around) / here.depth.clamp_min(1e-6) - 1
        same &= (ratio - change).abs() < DEPTH
    return same


def _change(here: Surfaces, there: Surfaces, offsets: Tensor, around: Around | None) -> Tensor | None:
    """By which part the distance of each pixel's object has changed; None without Depth."""
    if here.depth is None or there.depth is None:
        return None
    change = nearest(there.depth, offsets, around) / here.depth.clamp_min(1e-6) - 1
    seen = inside(offsets, around)
    if here.index is not None and there.index is not None:
        seen &= nearest(there.index, offsets, around) == here.index
    return _of_objects(change, here.index, seen)


def _of_objects(change: Tensor, index: Tensor | None, seen: Tensor) -> Tensor:
    """The median change of each pixel's object, among what is seen of it; 0 where nothing is."""
    values = change[seen]
    if len(values) == 0:
        return torch.zeros_like(change)
    if index is None:
        return values.median().expand_as(change)
    _, objects = index.flatten().unique(return_inverse=True)
    objects_seen = objects[seen.flatten()]
    by_value = values.argsort()
    order = by_value[objects_seen[by_value].argsort(stable=True)]  # by object, and by value within each
    there, counts = objects_seen.unique(return_counts=True)
    medians = change.new_zeros(int(objects.max()) + 1)
    medians[there] = values[order[counts.cumsum(0) - counts + (counts - 1) // 2]]
    return medians[objects].reshape(change.shape)
