"""A painted sphere that is asked: where it faces some way, and what is there."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from scipy.spatial import cKDTree
from torch import Tensor

from ..surface.geometry import Floats
from ..surface.near import nearest
from .exemplar import Exemplar

FLAT = 1e-4  # variance of normals up to which they are all the same
TABLE = 257  # tones across all ways to face
SMOOTH = 4.0  # pixels of a blur's deviation from which on the table shows all that is left
ENOUGH = 0.999  # of the four pixels that are read must be inside


class Lookup:
    """An exemplar whose guides (3, H, W) are normals, of which those parts count that lie in the picture.

    Places are (P, 2), pixels right and down from the middle of the upper left one. Its channels are a tone,
    which follows from the normal alone, and the detail that is painted over it. radius: pixels of the ball.
    """

    def __init__(self, exemplar: Exemplar, reach: float) -> None:
        """reach: deviation of the blur that is the tone, and twice how deep ``deep_places`` lie; radii."""
        inside = exemplar.inside.cpu().numpy()
        rows, columns = np.nonzero(inside)
        self._places = np.stack([columns, rows], axis=1).astype(np.float64)
        normals = exemplar.guides[:2].cpu().numpy()[:, rows, columns].T.astype(np.float64)
        self.radius = ball_radius(exemplar)
        self.count = len(exemplar.channels)
        self._tree = cKDTree(normals)
        depth = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1][rows, columns]
        deep = depth >= min(reach * self.radius / 2, depth.max() / 2)
        self._deep, self._deep_tree = self._places[deep], cKDTree(normals[deep])
        channels, guides = (planes.cpu().numpy() for planes in (exemplar.channels, exemplar.guides[:2]))
        tones = _blurred(channels, inside, reach * self.radius)
        beside = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
        planes = np.concatenate([channels - tones, guides])[:, beside[0], beside[1]]
        self._planes = torch.from_numpy(np.concatenate([planes, inside[None]]).astype(np.float32))[None]
        self._tones = self._table(tones[:, rows, columns])

    def places(self, normals: Floats) -> Floats:
        """Where the sphere faces most like normals (P, 2 or 3)."""
        found: Floats = self._places[nearest(self._tree, normals[:, :2])[1]]
        return found

    def deep_places(self, normals: Floats) -> Floats:
        """As ``places``, but so far from where the sphere ends that there is something all around."""
        found: Floats = self._deep[nearest(self._deep_tree, normals[:, :2])[1]]
        return found

    def detail(self, places: Floats) -> tuple[Floats, Floats, Floats]:
        """What is painted at places: detail (P, C), the normals' parts right and up (P, 2), and what of it
        counts (P,) in {0, 1}."""
        height, width = self._planes.shape[-2:]
        grid = torch.from_numpy((places + 0.5) / [width, height] * 2 - 1).float()
        found = F.grid_sample(self._planes, grid[None, None], align_corners=False)[0, :, 0].T.double().numpy()
        return found[:, :-3], found[:, -3:-1], (found[:, -1] > ENOUGH).astype(np.float64)

    def tones(self, normals: Floats) -> Floats:
        """The tone (P, C) of normals (P, 3)."""
        grid = torch.from_numpy(normals[:, :2] * [1, -1]).float()[None, None]
        found: Floats = F.grid_sample(self._tones, grid, align_corners=True)[0, :, 0].T.double().numpy()
        return found

    def _table(self, tones: Floats) -> Tensor:
        """Tones (C, N) of all pixels inside, by normals in a square (1, C, TABLE, TABLE)."""
        up, right = np.mgrid[1 : -1 : TABLE * 1j, -1 : 1 : TABLE * 1j]
        beyond = np.maximum(np.hypot(right, up), 1)
        at = nearest(self._tree, np.stack([right / beyond, up / beyond], axis=-1).reshape(-1, 2))[1]
        return torch.from_numpy(tones[:, at].reshape(1, -1, TABLE, TABLE)).float()


def shrunk(exemplar: Exemplar, factor: float) -> Exemplar:
    """The exemplar in so many times fewer pixels across and down, each the mean of what counts in it."""
    size = [max(1, round(length / factor)) for length in exemplar.inside.shape]
    weight = exemplar.inside[None].to(exemplar.channels)
    planes = torch.cat([exemplar.channels * weight, exemplar.guides * weight, weight])[None]
    small = F.interpolate(planes, size=size, mode="area")[0]
    means = small[:-1] / small[-1:].clamp_min(1e-6)
    count = len(exemplar.channels)
    return Exemplar(means[:count], means[count:], small[-1] > 0.5)


def ball_radius(exemplar: Exemplar) -> float:
    """The radius in pixels of the ball that has an exemplar's normals (3, H, W) where it is inside.

    Half of the picture where all face the same way: that is no ball.
    """
    inside = exemplar.inside
    places, normals = inside.nonzero().double(), exemplar.guides[:2, inside].double()
    turn, way = float(normals.var(1, correction=0).sum()), float(places.var(0, correction=0).sum())
    return math.sqrt(way / turn) if turn > FLAT and way > 0 else max(inside.shape) / 2


def _blurred(planes: Floats, inside: Floats, deviation: float) -> Floats:
    """Planes (C, H, W) blurred over what is inside (H, W), nothing if that would blur next to nothing."""
    if deviation < SMOOTH:
        return np.zeros_like(planes)
    weight = inside.astype(np.float32)
    whole = np.maximum(ndimage.gaussian_filter(weight, deviation, mode="constant"), 1e-6)
    blurred = [ndimage.gaussian_filter(plane * weight, deviation, mode="constant") for plane in planes]
    means: Floats = np.stack(blurred) / whole
    return means
