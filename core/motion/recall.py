"""Long-term memory: what comes into view again is found in frames that showed it, by its UVs."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion
from scipy.spatial import cKDTree
from torch import Tensor

from ..panorama.around import Around
from .clip import Link, link_of
from .origins import JUMP
from .visibility import Surfaces
from .warp import shorter

REACH = 1.5  # pixels of this frame, on the surface, from a point to the nearest one that the other shows

CRUMB = 4  # pixels: what is found is not believed where it is narrower than twice as many

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]
Pixels = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows and columns."""


def recalled(here: Surfaces, there: Surfaces, wanted: Tensor, around: Around | None = None) -> Link:
    """How a frame sees another one, however far apart they are, at the points (1, 1, H, W) that are wanted.

    By Object Index and UV: what has none, or has one UV map for several places, is not seen, or seen at one
    of these. around: of panoramas.
    """
    size = (int(wanted.shape[-2]), int(wanted.shape[-1]))
    offsets, seen = np.zeros((2, *size), np.float32), np.zeros(size, bool)
    asked = binary_dilation(wanted[0, 0].numpy(), iterations=2 * CRUMB)
    if here.uv is not None and there.uv is not None:
        mine, theirs = (one.uv[0].numpy() for one in (here, there) if one.uv is not None)
        own, other = _index(here, size), _index(there, size)
        for number in np.unique(own[asked]):
            chosen, shown = _pixels(asked & (own == number)), _pixels(other == number)
            if len(shown[0]):
                places, found = _places(mine, own == number, chosen, theirs, other == number, shown)
                seen[chosen] = found
                offsets[:, chosen[0], chosen[1]] = places - np.stack([chosen[1], chosen[0]])
    offsets *= seen
    seen = _together(offsets, seen) & wanted[0, 0].numpy()
    ways = shorter(torch.from_numpy(offsets * seen)[None], around)
    return link_of(ways, torch.from_numpy(seen)[None, None], around)


def _together(offsets: Floats, seen: Mask) -> Mask:
    """Of what is seen (H, W), what lies in one piece here and there, and not in crumbs.

    Where a UV map is cut, or as small as a pixel, pixels hold a mean of UVs that are those of another place.
    """
    whole = seen.copy()
    for axis in (0, 1):
        near = (np.abs(np.diff(offsets, axis=axis + 1)) < JUMP).all(0)
        ends = [(0, 0), (0, 0)]
        ends[axis] = (0, 1)
        whole &= np.pad(near, ends, constant_values=True)
    inner = binary_erosion(whole, iterations=CRUMB, border_value=1)
    found: Mask = binary_dilation(inner, iterations=CRUMB) & seen
    return found


def _places(
    mine: Floats, own: Mask, chosen: Pixels, theirs: Floats, other: Mask, shown: Pixels
) -> tuple[Floats, Mask]:
    """Where points of one object are in the other frame (2, M), x and y, and which are there (M,)."""
    asked = _at(mine, chosen)
    distance, nearest = cKDTree(_at(theirs, shown).T).query(asked.T)
    pixel = np.sqrt(np.maximum(*(np.square(step).sum(0) for step in _steps(mine, own))))[chosen]
    found = (pixel > 0) & (distance <= REACH * pixel)
    at = shown[0][nearest], shown[1][nearest]
    # Between pixels: as far from the nearest as its UVs lack, by how they change there.
    (a, c), (b, d) = (_at(step, at) for step in _steps(theirs, other))
    area = a * d - b * c
    lacking = asked - _at(theirs, at)
    x, y = d * lacking[0] - b * lacking[1], a * lacking[1] - c * lacking[0]
    beside = np.stack([x, y]) / np.where(np.abs(area) < 1e-12, np.inf, area)
    return np.stack([at[1], at[0]]) + beside.clip(-1, 1), found


def _steps(uv: Floats, own: Mask) -> tuple[Floats, Floats]:
    """How UVs (2, H, W) change from pixel to pixel, across and down: to the next, or from the last.

    0 where neither is the object's own.
    """
    found = []
    for axis in (1, 0):
        step = np.diff(uv, axis=axis + 1)
        step *= np.take(own, range(1, own.shape[axis]), axis) & np.take(own, range(own.shape[axis] - 1), axis)
        ahead, behind = ([(0, 0)] * 3 for _ in range(2))
        ahead[axis + 1], behind[axis + 1] = (0, 1), (1, 0)
        following, before = np.pad(step, ahead), np.pad(step, behind)
        found.append(np.where((following != 0).any(0), following, before))
    return found[0], found[1]


def _index(surfaces: Surfaces, size: tuple[int, int]) -> Floats:
    return np.zeros(size) if surfaces.index is None else surfaces.index[0, 0].numpy()


def _pixels(mask: Mask) -> Pixels:
    rows, columns = np.nonzero(mask)
    return rows, columns


def _at(values: Floats, pixels: Pixels) -> Floats:
    """Of (C, H, W), what is at M pixels: (C, M)."""
    return values[:, pixels[0], pixels[1]]
