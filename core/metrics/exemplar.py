"""How well a picture has taken on the look of a painted sphere."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..exemplar.ball import Ball, ball_normals
from ..images import Picture
from ..oklab import to_oklab

SIDES = (5, 9)  # pixels of patches
SAMPLES = 500  # patches of a picture whose nearest is looked for
PAIRS = 2e8  # of patches that are compared at most, before there are fewer samples
FEWEST = 100  # samples, however large the exemplar is
CHUNK = 16384  # patches of the exemplar at a time
DIRECTIONS = 64
SPREAD = 16384  # patches whose distribution is compared, at most
SOFT = 0.1  # radii of the ball over which lightness is averaged
ROUNDING = 1e-5  # of Oklab colours: what one colour differs by from pixel to pixel
COVERED = 0.5  # alpha from which a pixel counts


@dataclass(frozen=True)
class SphereReport:
    """How like an exemplar a result is.

    nearest: for each side of patches, how far the result's are from the exemplar's nearest, over how far
    the exemplar's own are from their nearest without overlap: 0 is a copy, 1 as unlike as its own are.
    sliced: squared sliced 2-Wasserstein distance of the distributions of patches, over the exemplar's
    variance; 0 is the same, 1 about as far as its mean colour. As a thing shows other parts of the sphere
    than the sphere itself, it need not be 0. shading: correlation of lightness in the large with what the
    exemplar has where it faces the same way, 1 is the same; None without guides.
    """

    nearest: dict[int, float]
    sliced: float
    shading: float | None = None


def sphere_report(
    exemplar: Picture, result: Picture, ball: Ball | None = None, normals: Tensor | None = None
) -> SphereReport:
    """How like an exemplar a result is, both of any size; what is transparent in them does not count.

    ball: the exemplar's, without which there is no shading; of an exemplar that is opaque all over, the paper
    around it does not count. normals: the result's guides (3, H, W), as of ``view_normals``, of its size; for
    shading. Raises ValueError where there are no patches: see ``enough``.
    """
    own, other = (_lab(exemplar), _painted(exemplar, ball)), (_lab(result), _inside(result))
    nearest = {side: _nearest_ratio(own, other, side) for side in SIDES}
    shading = None
    if ball is not None and normals is not None:
        shading = _shading(own, other, ball, normals)
    return SphereReport(nearest, _sliced(own, other, SIDES[0]), shading)


def enough(picture: Picture, ball: Ball | None = None) -> bool:
    """Whether a picture shows patches of all sides; an exemplar, whose ball is known, on that."""
    return len(_places(_painted(picture, ball), max(SIDES))) > 0


Seen = tuple[Tensor, Tensor]
"""A picture's Oklab colours (3, H, W), and where it shows anything (H, W)."""


def _lab(picture: Picture) -> Tensor:
    return to_oklab(picture.rgb[0].permute(1, 2, 0)).permute(2, 0, 1).contiguous()


def _inside(picture: Picture) -> Tensor:
    if picture.alpha is None:
        return torch.ones(picture.rgb.shape[-2:], dtype=torch.bool)
    return picture.alpha[0, 0] > COVERED


def _painted(picture: Picture, ball: Ball | None) -> Tensor:
    """Where an exemplar is painted (H, W): where it is not transparent; if it nowhere is, on its ball."""
    inside = _inside(picture)
    if ball is None or not bool(inside.all()):
        return inside
    return ball_normals(ball, *inside.shape)[1]


def _places(inside: Tensor, side: int) -> Tensor:
    """Rows and columns (P, 2) of the upper left corners of all patches that lie inside."""
    if min(inside.shape) < side:
        return torch.zeros(0, 2, dtype=torch.long)
    return torch.nonzero(F.max_pool2d((~inside).float()[None], side, 1)[0] == 0)


def _patches(colors: Tensor, places: Tensor, side: int) -> Tensor:
    """Patches (P, 3 side^2) of colours (3, H, W) at places (P, 2)."""
    reach = torch.arange(side)
    rows = places[:, :1, None] + reach[:, None]
    columns = places[:, 1:, None] + reach
    return colors[:, rows, columns].permute(1, 0, 2, 3).flatten(1)


def _spaced(places: Tensor, count: int) -> Tensor:
    """So many places all over, or all."""
    chosen = torch.linspace(0, len(places) - 1, min(count, len(places)), dtype=torch.float64)
    return places[chosen.round().long()]


def _nearest_ratio(exemplar: Seen, result: Seen, side: int) -> float:
    places = _places(exemplar[1], side)
    count = int(max(FEWEST, min(SAMPLES, PAIRS / max(1, len(places)))))
    asked, own = (_spaced(one, count) for one in (_places(result[1], side), places))
    if not len(asked) or not len(own):
        raise ValueError(f"there are no patches of {side} x {side} pixels")
    distance = _nearest(exemplar[0], places, _patches(result[0], asked, side), side)
    among = _nearest(exemplar[0], places, _patches(exemplar[0], own, side), side, own)
    return _over(float(distance.mean()), float(among[among.isfinite()].mean()))


def _nearest(colors: Tensor, places: Tensor, asked: Tensor, side: int, apart: Tensor | None = None) -> Tensor:
    """Root mean squares (A,) by which patches asked for (A, D) differ from the nearest at places of colours.

    apart: places (A, 2) of the patches themselves, if what overlaps them shall not count; infinite where
    everything does.
    """
    best = torch.full((len(asked),), math.inf)
    which = torch.zeros(len(asked), dtype=torch.long)
    for start in range(0, len(places), CHUNK):
        there = places[start : start + CHUNK]
        patches = _patches(colors, there, side)
        squares = patches.square().sum(1) - 2 * asked @ patches.T
        if apart is not None:
            first, last = int(there[0, 0]), int(there[-1, 0])
            near = torch.nonzero((apart[:, 0] > first - side) & (apart[:, 0] < last + side))[:, 0]
            overlap = ((apart[near, None] - there).abs() < side).all(-1)
            squares[near] = squares[near].masked_fill(overlap, math.inf)
        least, index = squares.min(1)
        which = torch.where(least < best, index + start, which)
        best = torch.minimum(best, least)
    # The differences themselves, as squares of sums lose small ones.
    exact = (asked - _patches(colors, places[which], side)).square().mean(1).sqrt()
    return torch.where(best.isfinite(), exact, math.inf)


def _sliced(exemplar: Seen, result: Seen, side: int) -> float:
    places = [_places(inside, side) for _, inside in (exemplar, result)]
    count = min(SPREAD, *map(len, places))
    drawn = torch.randn(3 * side * side, DIRECTIONS, generator=torch.Generator().manual_seed(0))
    directions = drawn / drawn.norm(dim=0)
    own, other = (
        (_patches(colors, _spaced(at, count), side) @ directions).sort(0).values
        for (colors, _), at in zip((exemplar, result), places, strict=True)
    )
    return _over(float((own - other).square().mean()), float(own.var(0, correction=0).mean()), ROUNDING**2)


def _shading(exemplar: Seen, result: Seen, ball: Ball, normals: Tensor) -> float:
    """The correlation of the result's lightness with the exemplar's by its normals, both in the large."""
    deviation = SOFT * ball.radius
    light = _soft(exemplar[0][0], exemplar[1], deviation)
    height, width = light.shape
    middle = torch.from_numpy(ball.shape.middle).float()
    axes = torch.from_numpy(ball.shape.axes).float()
    places = middle + (normals[:2].permute(1, 2, 0) * torch.tensor([1.0, -1.0])) @ axes
    grid = places / torch.tensor([width, height]) * 2 - 1
    found = F.grid_sample(light[None, None], grid[None], padding_mode="border", align_corners=False)[0, 0]
    seen = result[1] & (normals[2] > 0)
    pair = torch.stack([_soft(one, seen, deviation)[seen] for one in (found, result[0][0])])
    if pair.shape[1] < 2 or float(pair.std(1).min()) < 1e-4:
        return 0.0
    return float(torch.corrcoef(pair)[0, 1])


def _soft(plane: Tensor, inside: Tensor, deviation: float) -> Tensor:
    """A plane (H, W) averaged over its neighbourhood inside; 0 where there is none."""
    both = torch.stack([plane * inside, inside.float()])[:, None]
    reach = math.ceil(3 * deviation)
    offset = torch.arange(-reach, reach + 1, dtype=plane.dtype)
    kernel = torch.exp(-0.5 * (offset / max(deviation, 1e-3)).square())
    both = F.conv2d(both, kernel.view(1, 1, -1, 1), padding=(reach, 0))
    both = F.conv2d(both, kernel.view(1, 1, 1, -1), padding=(0, reach))[:, 0]
    return both[0] / both[1].clamp_min(1e-6)


def _over(distance: float, own: float, least: float = ROUNDING) -> float:
    if own > least:
        return distance / own
    return math.inf if distance > least else 0.0
