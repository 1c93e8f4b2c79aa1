"""Parts of a surface that lie at one place: paint lives on points of space, so they show the same."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .geometry import Floats, Geometry, SurfacePoints

SAMPLES = 4096  # of each part
NEAR = 1.5  # times the samples' spacing to the nearest of another part that lies there, too
FACING = 0.5  # cosine of the normals of places that share their paint
SHARE = 0.5  # of one of two parts that lies at the other's place


def coincident(geometry: Geometry, part: NDArray[np.integer], gap: float) -> list[tuple[int, int]]:
    """Pairs of parts, the lower number first, half of one of which lies on the other, facing the same way.

    part: (F,) of faces. gap: world distance up to which places are one.
    """
    rng = np.random.default_rng(0)
    samples: dict[int, _Sampled] = {}
    numbers = np.unique(part)
    for number in numbers.tolist() if len(numbers) > 1 else []:
        own = geometry.only(geometry.own & (part == number))
        if own.area > 0:
            points = own.sample(SAMPLES, rng)
            samples[number] = _Sampled(points, cKDTree(points.position), float(np.sqrt(own.area / SAMPLES)))
    return [
        (first, second)
        for first, second in combinations(samples, 2)
        if max(_share(samples[a], samples[b], gap) for a, b in ((first, second), (second, first))) > SHARE
    ]


@dataclass(frozen=True)
class _Sampled:
    """Samples of a part, a tree that finds them, and how far apart they are."""

    points: SurfacePoints
    tree: cKDTree
    spacing: float


def _share(one: _Sampled, other: _Sampled, gap: float) -> float:
    """Which share of a part lies on another."""
    on = other.points
    reach = max(gap, other.spacing / 10)  # between samples, a surface bends
    near: Floats = one.points.position
    inside = ((near >= other.tree.mins - reach) & (near <= other.tree.maxes + reach)).all(1)
    if inside.mean() <= SHARE:
        return 0.0
    distance, nearest = other.tree.query(near)
    normal = on.normal[nearest]
    height = np.abs(((near - on.position[nearest]) * normal).sum(1))
    facing = (one.points.normal * normal).sum(1)
    return float(((distance <= NEAR * other.spacing + reach) & (height <= reach) & (facing > FACING)).mean())
