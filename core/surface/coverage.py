"""How much of a surface has been looked at, and where little has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .geometry import Geometry, SurfacePoints
from .near import nearest
from .views import Windows

PLACES = 16384  # on the surface, whose looks are counted
GRID = 32  # pixels across a window that are counted, about
CANDIDATES = 24  # places from which the one that was seen least is taken


class Coverage:
    """Counts what windows see at places spread over a surface.

    Texels would do as well, but then it would depend on how the surface is unwrapped where its windows lie.
    """

    def __init__(self, geometry: Geometry, rng: np.random.Generator) -> None:
        """rng: draws the places, and those that ``least_seen`` chooses from."""
        self._geometry, self._rng = geometry, rng
        self._tree = cKDTree(geometry.sample(PLACES, rng).position)
        self.seen = np.zeros(PLACES)

    def add(self, windows: Windows) -> None:
        """Count a look through windows, by their weights and the area that they show."""
        size = windows.weight.shape[1]
        every = slice(size // GRID // 2, None, max(1, size // GRID))
        weight = windows.weight[:, every, every]
        shown = weight > 0
        face, barycentric = windows.face[:, every, every][shown], windows.barycentric[:, every, every][shown]
        _, place = nearest(self._tree, self._geometry.points(face, barycentric).position)
        self.seen += np.bincount(place, weight[shown], PLACES)

    def forget(self) -> None:
        """Begin to count anew."""
        self.seen[:] = 0

    def least_seen(self, count: int) -> SurfacePoints:
        """So many places on the surface, each the least seen among some random ones."""
        candidates = self._geometry.sample(count * CANDIDATES, self._rng)
        seen = self.seen[nearest(self._tree, candidates.position)[1]]
        seen += self._rng.random(len(seen)) * 1e-3
        order = self._rng.permutation(len(seen)).reshape(count, CANDIDATES)
        chosen: NDArray[np.int64] = order[np.arange(count), seen[order].argmin(1)]
        return candidates[chosen]
