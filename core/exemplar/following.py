"""Follows surfaces from frame to frame: where each pixel's surface lies in a space that sticks to it.

With a pass Position that space is the scene as it was when a surface came into view: what is seen later of a
thing is laid out beside what was, turned as the thing has turned. Without, it is the picture's plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from ..motion.clip import Frame, Link, frame_of, link
from ..motion.warp import carried, inside, nearest, places
from ..render.layers import POSITION, Layers

ENOUGH = 16  # pixels that tell how a thing has turned
RIGID = 0.5  # pixels that what moves as one piece may seem to bend by, in the median


@dataclass(frozen=True, eq=False)
class Anchors:
    """Where pixels' surfaces lie: places (h * w, D), which stay the same as surfaces move; groups: (h * w,)
    int64, of things, whose places do not tell them apart. came: (h * w,) int64, the pixel of the frame before
    that showed a pixel's surface, by number; -1 for none. unit: of places, for each pixel of a surface that
    faces the viewer.
    """

    places: Tensor
    groups: Tensor
    came: Tensor
    unit: float


def still_anchors(height: int, width: int) -> Anchors:
    """Of what stays where it is in the picture."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    at = torch.stack([rows.flatten(), columns.flatten()], 1).float()
    zero = torch.zeros(len(at), dtype=torch.int64)
    return Anchors(at, zero, torch.arange(len(at)), 1.0)


class Follower:
    """Follows the surfaces of frames, which are given in their order."""

    def __init__(self) -> None:
        self._previous: Frame | None = None
        self._rest, self._unit = torch.zeros(0), 1.0

    def anchors(self, layers: Layers) -> Anchors:
        """Where the pixels' surfaces of the next frame lie. Raises JobError as ``frame_of``."""
        frame = frame_of(layers)
        height, width = layers.size
        objects = _objects(frame)
        if layers.has(POSITION):
            position = torch.from_numpy(layers.find(POSITION, "XYZ"))[None]
        else:
            position = torch.stack(places(torch.zeros(1, 2, height, width)))[None]
        came = torch.full((height * width,), -1)
        if self._previous is None:
            self._rest, self._unit = position, _unit(position)
        else:
            seen = link(frame, self._previous)
            self._rest = _carried(self._rest, seen, position, objects, self._unit)
            came = _came(seen)
        self._previous = frame
        groups = torch.from_numpy(np.unique(objects, return_inverse=True)[1].reshape(-1)).long()
        return Anchors(self._rest[0].flatten(1).T.contiguous(), groups, came, self._unit)


def _came(seen: Link) -> Tensor:
    """The pixel of the other frame (h * w,), by number, that shows a pixel's surface; -1 for none."""
    height, width = seen.offsets.shape[-2:]
    rows, columns = places(seen.sight.near)
    flat = rows.round().long().clamp(0, height - 1) * width + columns.round().long().clamp(0, width - 1)
    return torch.where((seen.sight.seen & inside(seen.offsets))[0, 0], flat, -1).flatten()


def _objects(frame: Frame) -> NDArray[Any]:
    """A number (h, w) for each object; one for all where these are not known."""
    index = frame.surfaces.index
    return np.zeros(frame.colors.shape[-2:]) if index is None else index[0, 0].numpy()


def _unit(position: Tensor) -> float:
    """From pixel to pixel of what faces the viewer: the shorter steps of both axes, in the median."""
    steps = [
        position.diff(dim=axis)[..., :-1, :] if axis == 3 else position.diff(dim=axis)[..., :-1]
        for axis in (2, 3)
    ]
    lengths = torch.minimum(*(step.norm(dim=1) for step in steps))
    lengths = lengths[lengths > 0]
    return float(lengths.median()) if len(lengths) else 1.0


def _carried(rest: Tensor, seen: Link, position: Tensor, objects: NDArray[Any], unit: float) -> Tensor:
    """Places (1, D, h, w) of a frame, from those of the one before it.

    What has moved as one piece is laid out as one, so that nothing adds up; what bends is carried pixel by
    pixel, and what comes into view goes on from what is nearest.
    """
    sight = seen.sight
    found = torch.where(sight.whole, carried(rest, seen.offsets), nearest(rest, sight.near))
    known = (sight.seen & inside(seen.offsets))[0, 0].numpy()
    there, here = found[0].flatten(1).clone(), position[0].flatten(1)
    for number in np.unique(objects):
        own = objects == number
        pixels, sure = torch.from_numpy(np.flatnonzero(own)), own & known
        if not sure.any():
            there[:, pixels] = here[:, pixels]
            continue
        at = torch.from_numpy(np.flatnonzero(sure))
        turn, shift, miss = _moved(here[:, at], there[:, at])
        if miss < RIGID * unit:
            there[:, pixels] = turn @ here[:, pixels] + shift
            continue
        wanted = torch.from_numpy(np.flatnonzero(own & ~known))
        beside = torch.from_numpy(_nearest_pixels(sure)[wanted.numpy()])
        there[:, wanted] = there[:, beside] + turn @ (here[:, wanted] - here[:, beside])
    return there.view_as(found)


def _nearest_pixels(known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Of each pixel (h * w,), the nearest known one, by number."""
    row, column = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    found: NDArray[np.int64] = (row.astype(np.int64) * known.shape[1] + column).reshape(-1)
    return found


def _moved(here: Tensor, there: Tensor) -> tuple[Tensor, Tensor, float]:
    """The rotation (D, D) and shift (D, 1) that take places (D, N) here to those there (Kabsch).

    And by how much they miss these, in the median. What is far off, as what is mixed at edges, is left out.
    """
    size, keep = len(here), torch.ones(here.shape[1], dtype=torch.bool)
    turn, shift, away = torch.eye(size), torch.zeros(size, 1), torch.zeros(here.shape[1])
    for _ in range(3):
        middles = [places[:, keep].mean(1, keepdim=True) for places in (here, there)]
        if size == 3 and int(keep.sum()) >= ENOUGH:
            turn = _turn(here[:, keep] - middles[0], there[:, keep] - middles[1])
        shift = middles[1] - turn @ middles[0]
        away = (turn @ here + shift - there).square().sum(0).sqrt()
        keep = away <= max(3 * float(away.median()), 1e-9)
    return turn, shift, float(away.median())


def _turn(here: Tensor, there: Tensor) -> Tensor:
    """The rotation (3, 3) that takes places (3, N) around the middle to others."""
    left, _, right = torch.linalg.svd((there @ here.T).double())
    sign = torch.ones(3, dtype=torch.float64)
    sign[-1] = torch.det(left @ right).sign()
    turn: Tensor = (left * sign) @ right
    return turn.float()
