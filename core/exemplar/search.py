"""Which of all outlines in a picture is the ball's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .opencv import cv2
from .outline import FAINT, STRETCH, Plane, Rays, Shape, cast, fitted

COARSE, FINE = (0.3, 0.2), (0.12, 0.08, 0.05, 0.05)  # radii around a guess where its outline is looked for
FINALISTS = 5  # guesses that are followed to the end
AROUND = 0.28  # radii to both sides of an outline within which it must stand out
EXACT = 0.004  # radii within which a fine edge is
NEAR = 0.015  # radii within which an edge is on the outline
ROUND = 0.6  # part of the outline that must stand out for a ball
SEEN = 0.4  # part of it that must be in the picture
CLEAR = 2.0  # mean changes along its ray that an edge must be more than
LEAST = 0.12  # radius over the picture's shorter side below which nothing is taken for the ball
FLATTEST = 0.85  # shorter over longer axis of a ball that is seen from the side
SAME = 0.08  # radii between guesses that lead to the same outline
SQUARE = 0.02  # by which the sides of a picture may differ that its ball fills
HOUGH_SIDE = 200  # pixels of the longer side at which guesses are made


def find_round(picture: Plane) -> Shape | None:
    """The ball's outline in a picture (H, W, C) in [0, 1], or None where nothing round stands out."""
    found = _best(picture)
    height, width = picture.shape[:2]
    if min(height, width) < max(height, width) * (1 - SQUARE):
        return found
    return _inscribed(picture, Shape.circle(width / 2, height / 2, (width + height) / 4), found)


def _best(picture: Plane) -> Shape | None:
    least = LEAST * min(picture.shape[:2])
    tried = [fitted(picture, guess, COARSE, ellipse=True) for guess in _distinct(_guesses(picture))]
    coarse = [shape for shape in tried if shape is not None and shape.halves[1] >= least]
    coarse.sort(key=lambda shape: -_rank(picture, shape, 2 * NEAR))
    found = [_finest(picture, shape) for shape in coarse[:FINALISTS]]
    believed = [one for one in found if one is not None and _stands_out(picture, one) >= ROUND]
    return max(believed, key=lambda shape: _rank(picture, shape, NEAR), default=None)


def _finest(picture: Plane, shape: Shape) -> Shape | None:
    """The circle next to a shape, or the ellipse where that is clearly nearer."""
    circle = fitted(picture, shape.rounded, FINE)
    ellipse = fitted(picture, shape, FINE, ellipse=True)
    if ellipse is None or not FLATTEST <= ellipse.halves[1] / ellipse.halves[0] < 1 - STRETCH:
        return circle
    if circle is None or _stands_out(picture, ellipse) > _stands_out(picture, circle) + 0.05:
        return ellipse
    return circle


def _inscribed(picture: Plane, whole: Shape, found: Shape | None) -> Shape | None:
    """The ball that fills a square picture, if it does; else what was found.

    Such a ball often has a soft rim, as its shading ends there, and outlines within; outside, colours may
    go on as at its rim. So it is enough that nothing outside is as strong.
    """
    if _share(cast(picture, whole, AROUND), NEAR, outside=True) < ROUND:
        return found
    if found is None or _sharp(picture, whole):
        return whole
    off = max(np.abs(found.middle - whole.middle).max(), np.abs(found.halves - whole.halves).max())
    return found if off < 2 * NEAR * whole.halves[0] and _sharp(picture, found) else whole


def _sharp(picture: Plane, shape: Shape) -> bool:
    """Whether a fine edge is right on an outline, and none as strong outside."""
    rays = cast(picture, shape, 0.05)
    tops = np.pad(rays.steps[:, 1:-1] >= np.maximum(rays.steps[:, :-2], rays.steps[:, 2:]), ((0, 0), (1, 1)))
    return _share(replace(rays, steps=np.where(tops, rays.steps, 0)), EXACT, outside=True) >= ROUND


def _rank(picture: Plane, shape: Shape, near: float) -> float:
    """How good an outline is among others: large ones are better, and those that the frame does not cut."""
    rays = cast(picture, shape, AROUND)
    return float(_share(rays, near) * _visible(rays).mean() ** 0.5 * shape.halves[1] ** 0.25)


def _stands_out(picture: Plane, shape: Shape) -> float:
    """The part of an outline that does; 0 where too little is in the picture."""
    rays = cast(picture, shape, AROUND)
    return _share(rays, NEAR) if _visible(rays).mean() >= SEEN else 0.0


def _share(rays: Rays, near: float, outside: bool = False) -> float:
    """The part of the visible rays whose strongest edge is on the outline. outside: but for those within."""
    on = np.abs(rays.at - 1) <= near
    visible = _visible(rays)
    others = rays.steps[:, on | (rays.at > 1)] if outside else rays.steps
    best = rays.steps[:, on].max(1)
    seen = rays.seen.sum(1).clip(1)
    clear: NDArray[np.bool_] = (
        (best > FAINT) & (best > CLEAR * rays.steps.sum(1) / seen) & (best >= others.max(1))
    )
    return float((clear & visible).sum() / max(1, visible.sum()))


def _visible(rays: Rays) -> NDArray[np.bool_]:
    """Rays that have the outline and a little of both sides in the picture."""
    return np.asarray(rays.seen[:, np.abs(rays.at - 1) <= 0.04].all(1))


def _distinct(guesses: Iterable[Shape]) -> list[Shape]:
    """Guesses without those that an earlier one is near to."""
    kept: list[Shape] = []
    for guess in guesses:
        place = np.array([*guess.middle, guess.halves[0]])
        if all(np.abs(place - [*other.middle, other.halves[0]]).max() > SAME * place[2] for other in kept):
            kept.append(guess)
    return kept


def _guesses(picture: Plane) -> Iterator[Shape]:
    """Circles to begin with: in the picture's middle, and where edges agree on one (Hough)."""
    height, width = picture.shape[:2]
    shorter = min(height, width)
    for part in (0.5, 0.42, 0.34):
        yield Shape.circle(width / 2, height / 2, part * shorter)
    scale = min(1.0, HOUGH_SIDE / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1)
    for plane in (small.mean(-1), np.ptp(small, -1)):
        low, high = np.percentile(plane, [0.5, 99.5])
        if high - low < FAINT:
            continue
        levels = (255 * ((plane - low) / (high - low)).clip(0, 1)).astype(np.uint8)
        for blur in (1.2, 3.0):
            soft = cv2.GaussianBlur(levels, (0, 0), blur)
            side = min(size)
            found = cv2.HoughCircles(
                soft, cv2.HOUGH_GRADIENT, 1.5, side / 10, param1=60, param2=18,
                minRadius=round(LEAST * side), maxRadius=round(0.75 * side),
            )  # fmt: skip
            for x, y, radius in [] if found is None else found.reshape(-1, 3)[:8]:
                yield Shape.circle((x + 0.5) * width / size[0], (y + 0.5) * height / size[1], radius / scale)
