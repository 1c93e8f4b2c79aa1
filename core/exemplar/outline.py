"""Round outlines in pictures: where along rays from a middle colours change, and the ellipse through that.

Coarse to fine: around a guess each ray's strongest edges are looked up, the circle through most of them is
found by trials (RANSAC, Fischler and Bolles 1981) and fitted by reweighted least squares; then again, nearer
around it. Rays start from the shape found last, in whose radii edges are measured: there an ellipse's size,
offset and stretch are the first three Fourier terms, so that each fit is linear, and exact once it has come
to rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .opencv import cv2

Numbers = NDArray[np.float64]
Plane = NDArray[np.float32]

RAYS = 180
STEPS = 131  # along a ray
BLUR = 2.0  # steps of deviation by which colours are smoothed along a ray
SWATH = 1.25  # rays of deviation by which they are across: what is round has its edge on all of them
PEAKS = 3  # edges of a ray that compete
TRIALS = 100  # triples of edges that a circle is laid through
FAINT = 0.012  # colour step that is no edge
STRONG = 0.1  # colour step beyond which an edge counts no more
STRETCH = 0.025  # by which the lesser axis falls short of the other before an ellipse is believed

_ANGLES = np.arange(RAYS) * (2 * np.pi / RAYS)
_TURNS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], -1)


@dataclass(frozen=True, eq=False)
class Shape:
    """An ellipse: its middle (2,), x and y in pixels with pixel centres at .5, and axes (2, 2), symmetric,
    which take the unit circle to it about its middle."""

    middle: Numbers
    axes: Numbers

    @classmethod
    def circle(cls, x: float, y: float, radius: float) -> Shape:
        """The shape of a circle."""
        return cls(np.array([x, y], np.float64), np.eye(2) * radius)

    @property
    def halves(self) -> Numbers:
        """Lengths (2,) of the half axes in pixels, the longer one first."""
        return np.asarray(np.linalg.eigvalsh(self.axes)[::-1], np.float64)

    @property
    def rounded(self) -> Shape:
        """The circle of the same area."""
        return Shape(self.middle, np.eye(2) * np.sqrt(self.halves.prod()))

    def moved(self, terms: Numbers) -> Shape:
        """What is at 1 + the sum of terms (5,) times (1, cos, sin, cos 2, sin 2) of the angle, in radii."""
        grown, right, down, wide, slant = terms
        axes = self.axes @ np.array([[1 + grown + wide, slant], [slant, 1 + grown - wide]])
        turn, lengths, _ = np.linalg.svd(axes)
        return Shape(self.middle + self.axes @ np.array([right, down]), turn @ np.diag(lengths) @ turn.T)


@dataclass(frozen=True, eq=False)
class Rays:
    """How much colours change along the rays of a shape.

    at: (STEPS,) places on a ray in radii. steps: (RAYS, STEPS), as the height of the step that would change
    as much. seen: (RAYS, STEPS) bool, what is in the picture; steps are 0 elsewhere.
    """

    at: Numbers
    steps: Numbers
    seen: NDArray[np.bool_]


def cast(picture: Plane, shape: Shape, reach: float) -> Rays:
    """Rays over a picture (H, W, C), ``reach`` radii to both sides of a shape's outline."""
    height, width = picture.shape[:2]
    at = 1 + np.linspace(-reach, reach, STEPS)
    places = shape.middle + (_TURNS[:, None] * at[:, None]) @ shape.axes
    x, y = np.moveaxis(places, -1, 0)
    there = (places - 0.5).astype(np.float32)
    colors = cv2.remap(picture, there[..., 0], there[..., 1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
    pixel = STEPS / (2 * reach * shape.halves[1])  # steps
    blur = max(BLUR, 0.7 * pixel)
    around = np.pad(colors.reshape(RAYS, STEPS, -1), ((8, 8), (0, 0), (0, 0)), mode="wrap")
    smooth = cv2.GaussianBlur(around, (0, 0), blur, None, SWATH, cv2.BORDER_REPLICATE)[8:-8]
    change = np.gradient(smooth.reshape(RAYS, STEPS, -1).astype(np.float64), axis=1)
    seen = (x > 0) & (x < width) & (y > 0) & (y < height)
    return Rays(at, np.sqrt(np.square(change).sum(-1)) * blur * np.sqrt(2 * np.pi) * seen, seen)


def fitted(picture: Plane, shape: Shape, reaches: tuple[float, ...], ellipse: bool = False) -> Shape | None:
    """The circle or ellipse of a picture (H, W, C) next to a shape; None where there are too few edges.

    reaches: how far around the shape edges are looked for, in radii, one time after the other.
    """
    draws = np.random.default_rng(0)
    for reach in reaches:
        ray, radius, weight = _edges(cast(picture, shape, reach))
        if len(ray) < RAYS // 4:
            return None
        angle = _ANGLES[ray]
        model = np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], -1)
        terms = _through_most(model, radius, weight, max(0.01, reach / 5), draws)
        if ellipse:
            model = np.concatenate([model, np.stack([np.cos(2 * angle), np.sin(2 * angle)], -1)], -1)
            terms = np.pad(terms, (0, 2))
        terms = _reweighted(model, radius, weight, terms, max(0.015, reach / 4))
        shape = shape.moved(np.pad(terms, (0, 5 - len(terms))))
        if np.abs(terms).max() > reach or shape.halves[1] < 4:
            return None
    return shape


def _edges(rays: Rays) -> tuple[NDArray[np.int64], Numbers, Numbers]:
    """The strongest edges of each ray: its number, their places as differences to 1, and their weights."""
    middle = rays.steps[:, 1:-1]
    before, after = rays.steps[:, :-2], rays.steps[:, 2:]
    peaks = np.where((middle > before) & (middle >= after) & (middle > FAINT), middle, 0)
    best = np.argsort(-peaks, axis=1)[:, :PEAKS]
    ray, column = np.repeat(np.arange(RAYS), PEAKS), best.reshape(-1)
    found = peaks[ray, column] > 0
    ray, column = ray[found], column[found]
    low, here, high = (rays.steps[ray, column + move] for move in (0, 1, 2))
    shift = 0.5 * (low - high) / np.minimum(low - 2 * here + high, -1e-12)  # the top of a parabola
    places = rays.at[column + 1] + shift.clip(-0.5, 0.5) * (rays.at[1] - rays.at[0])
    return ray, places - 1, np.minimum(here, STRONG)


def _through_most(
    model: Numbers, radius: Numbers, weight: Numbers, near: float, draws: np.random.Generator
) -> Numbers:
    """The terms (3,) of the circle that runs near to most edges, of those through three."""
    triples = draws.integers(0, len(radius), (TRIALS, 3))
    apart = np.abs(np.linalg.det(model[triples])) > 0.3
    tried = np.linalg.solve(model[triples[apart]], radius[triples[apart]][..., None])[..., 0]
    tried = np.concatenate([np.zeros((1, 3)), tried])
    off = np.abs(radius - tried @ model.T)
    best: Numbers = tried[((1 - off / near).clip(0) * weight).sum(1).argmax()]
    return best


def _reweighted(model: Numbers, radius: Numbers, weight: Numbers, terms: Numbers, near: float) -> Numbers:
    """Terms by least squares of the edges nearer than ``near``, those nearest counting most (Tukey)."""
    still = np.diag([1e-9] * 3 + [0.02] * (model.shape[1] - 3))  # a stretch needs edges that say so
    for _ in range(8):
        counts = np.square((1 - np.square((radius - model @ terms) / near)).clip(0)) * weight
        sides = (model * counts[:, None]).T
        terms = np.linalg.solve(sides @ model + still * (counts.sum() + 1e-9), sides @ radius)
    return terms
