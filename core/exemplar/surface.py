"""StyleBlit on a surface: a painted sphere laid on it in pieces, each as large as it faces alike.

What is at a place follows from where it is and how it faces, so that UV seams cannot show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..surface.geometry import Floats, SurfacePoints
from ..surface.mesh import SurfaceMesh
from ..surface.near import nearest
from .exemplar import Exemplar
from .facing import Facing
from .scattered import seed_levels
from .toned import Lookup

FADE = 2.0  # pixels of the exemplar over which pieces fade into each other
FINEST = 5.0  # pixels of the exemplar between seeds: pieces that are smaller are not told from noise
FINEST_GRAINS = 2.0  # the same in the finest detail that the texture holds
STRETCH = 2.0  # times a step along the surface: what is shortened more lies around a corner
VARIETY = 0.7  # of the tolerance: how far off pieces of flat places begin, else they would be all the same
AROUND = 6  # seeds next to one that say how much the surface bends there
NOTHING = 1e-3  # share of a colour that cannot be seen


@dataclass(frozen=True, eq=False)
class _Seeds:
    """Places with pieces, about a spacing apart: position (N, 3), steps (N, 2, 3) as of
    ``Facing.tangents``, place (N, 2) in the exemplar. tree: of positions and, in units of the spacing,
    normals: the two sides of a thin wall lie apart."""

    spacing: float
    tree: cKDTree
    position: Floats
    steps: Floats
    place: Floats


class SurfaceBlit:
    """Paints places of a mesh's surface with an exemplar whose guides are normals (3, H, W).

    stroke: radius of its ball on the surface. tolerance: how far off the place that faces alike a piece may
    be taken from, in radii of the ball. grain: size of the finest detail that is seen; both in world units.

    From coarse to fine, a place takes the piece of its nearest seed, where that still faces as the place
    does; what is left over looks up what faces alike. Pieces fade into each other where another seed is
    nearer or their tolerance ends, over a few pixels. Their tones are those of the place itself, and only
    what is painted over them comes in pieces: see ``Lookup``.
    """

    def __init__(
        self,
        exemplar: Exemplar,
        mesh: SurfaceMesh,
        facing: Facing,
        stroke: float,
        tolerance: float,
        grain: float,
        seed: int,
    ) -> None:
        self._facing, self._tolerance = facing, tolerance
        self._lookup = Lookup(exemplar, tolerance)
        self._scale = self._lookup.radius / stroke  # pixels of the exemplar in a world unit
        self._fade = max(FADE / self._scale, grain)
        self._rng = np.random.default_rng(seed)
        finest = max(FINEST / self._scale, FINEST_GRAINS * grain)
        levels = seed_levels(mesh, stroke, finest, seed) if tolerance > 0 else ()
        self._levels = [self._seeds(spacing, points) for spacing, points in levels]

    def paint(self, points: SurfacePoints) -> Floats:
        """The exemplar's channels (P, C) at points."""
        normals = self._facing.normals(points.normal)
        values = self._lookup.tones(normals)
        left = np.ones(len(normals))
        for seeds in self._levels:
            some = np.flatnonzero(left > NOTHING)
            if len(some) == 0:
                break
            detail, taken = self._pieces(seeds, points[some], normals[some])
            values[some] += left[some, None] * detail
            left[some] *= 1 - taken
        some = np.flatnonzero(left > NOTHING)
        values[some] += left[some, None] * self._lookup.detail(self._lookup.places(normals[some]))[0]
        return values.clip(0, 1)

    def _pieces(self, seeds: _Seeds, points: SurfacePoints, normals: Floats) -> tuple[Floats, Floats]:
        """What the pieces of a level have at points: weighted detail (P, C), and their weight (P,).

        normals: (P, 3) as the sphere counts them.
        """
        goal = _sited(points, seeds.spacing)
        count = min(2, len(seeds.position))
        distance, number = (found.reshape(-1, count) for found in nearest(seeds.tree, goal, count))
        ahead = (distance[:, -1] - distance[:, 0]) / (2 * self._fade) if count == 2 else np.ones(len(goal))
        first = 0.5 + 0.5 * _smooth(ahead)
        detail = np.zeros((len(goal), self._lookup.count))
        taken = np.zeros(len(goal))
        for share, near in zip((first, 1 - first), number.T, strict=False):
            own = np.flatnonzero(share > NOTHING)
            here, facing, inside = self._lookup.detail(self._places(seeds, near[own], points.position[own]))
            off = np.linalg.norm(facing - normals[own, :2], axis=1)
            fits = _smooth((self._tolerance - off) * self._lookup.radius / FADE) * inside
            weight = share[own] * fits
            taken[own] += weight
            detail[own] += weight[:, None] * here
        return detail, taken

    def _places(self, seeds: _Seeds, near: Floats, position: Floats) -> Floats:
        """Where in the exemplar (P, 2) the pieces of seeds (P,) have what belongs at positions (P, 3)."""
        away = position - seeds.position[near]
        step = np.einsum("pkc,pc->pk", seeds.steps[near], away)
        length, whole = np.linalg.norm(step, axis=1), np.linalg.norm(away, axis=1)
        stretch = np.minimum(whole / np.maximum(length, 1e-12), STRETCH)
        places: Floats = seeds.place[near] + step * (stretch * self._scale)[:, None] * [1, -1]
        return places

    def _seeds(self, spacing: float, points: SurfacePoints) -> _Seeds:
        """Seeds at points. Where the surface bends less than the ball, their pieces begin a little off."""
        normals = self._facing.normals(points.normal)
        tree = cKDTree(_sited(points, spacing))
        around = min(AROUND + 1, len(normals))
        near = nearest(tree, tree.data, around)[1].reshape(-1, around)
        turn, away = (
            np.linalg.norm(every[near] - every[:, None], axis=2) for every in (normals, points.position)
        )
        bend = (turn / np.maximum(away, 1e-12)).sum(1) / max(1, around - 1)
        flat = np.clip(1 - (bend * self._lookup.radius / self._scale) ** 2, 0, 1)
        return _Seeds(
            spacing,
            tree,
            points.position,
            self._facing.tangents(points.normal),
            self._lookup.deep_places(normals[:, :2] + flat[:, None] * self._scatter(len(normals))),
        )

    def _scatter(self, count: int) -> Floats:
        """Steps (count, 2), in radii of the ball, to anywhere within ``VARIETY``."""
        far = VARIETY * self._tolerance * np.sqrt(self._rng.random(count))
        angle = self._rng.random(count) * 2 * np.pi
        steps: Floats = far[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return steps


def _sited(points: SurfacePoints, spacing: float) -> Floats:
    """(P, 6) of which near ones are near on the surface."""
    return np.concatenate([points.position, points.normal * spacing], axis=1)


def _smooth(x: Floats) -> Floats:
    """From 0 to 1 as x does."""
    x = x.clip(0, 1)
    eased: Floats = x * x * (3 - 2 * x)
    return eased
