"""Seams of panoramas: where the picture ends, at the poles, and where the faces of a cube would meet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..panorama.around import Around, solid_angles
from ..panorama.directions import directions, sampled
from ..panorama.resize import resized_around

BESIDE = 8  # pixels to each side of a line whose steps it is compared with
POLE = 10.0  # degrees around a pole in which detail is measured
TURNS = 16  # parts of a quarter circle, by which lines are turned to compare them
AROUND = Around()


@dataclass(frozen=True)
class PanoramaReport:
    """Colour steps over those beside them, as seen by one who looks there: 1 is invisible.

    wrap: across the meridian where the picture ends. pole: across the poles. edge: across the edges of the
    cube whose faces look ahead, back, left, right, up and down. pinch: steps along the parallels around the
    poles over those along the meridians there: 1 where detail is as wide as high, more where it is pinched.
    """

    wrap: float
    pole: float
    edge: float
    pinch: float


def panorama_report(picture: Tensor) -> PanoramaReport:
    """Of a picture (1, C, H, 2 H)."""
    height = picture.shape[-2]
    return PanoramaReport(
        wrap=_over_elsewhere(picture, [_meridian(height)]),
        pole=_ratio(picture, _poles(height)),
        edge=_over_elsewhere(picture, _cube(height)),
        pinch=_pinch(picture),
    )


def turn_error(painted: Tensor, turned: Tensor, before: Tensor, columns: int) -> float:
    """How far the painting of a turned panorama is from the turned painting, over what painting changes.

    painted, turned, before: (1, 3, H, W), of ``before`` itself and of ``before`` turned by so many of its
    columns to the right. Means over what one sees. 0: the same.
    """
    height = before.shape[-2]
    painted, turned = (resized_around(one, (height, 2 * height), AROUND) for one in (painted, turned))
    back = turned.roll(-columns, 3)
    weight = solid_angles(height).float().view(1, 1, -1, 1)
    far, all_of_it = ((weight * (one - painted).abs()).mean() for one in (back, before))
    return float(far / all_of_it.clamp_min(1e-9))


Line = tuple[Tensor, Tensor]
"""Points of a line on the sphere (N, 3), and the directions (N, 3) straight across it."""


def _over_elsewhere(picture: Tensor, lines: Sequence[Line]) -> float:
    """The ratio at lines over the mean of those at the same lines, turned around the upright.

    By whole columns, so that lines lie alike among the pixels: which is why they differ from 1.
    """
    width = picture.shape[-1]
    turns = [round(width * part / (4 * TURNS)) for part in range(1, TURNS)]  # a cube's quarter is none
    elsewhere = [_ratio(picture.roll(turn, 3), lines) for turn in turns]
    return _ratio(picture, lines) / (sum(elsewhere) / len(elsewhere))


def _ratio(picture: Tensor, lines: Sequence[Line]) -> float:
    """The mean step across lines over those across lines beside them."""
    pixel = math.pi / picture.shape[-2]
    points, across = (torch.cat(parts) for parts in zip(*lines, strict=True))
    at = torch.arange(-BESIDE, BESIDE + 2, dtype=torch.float64) - 0.5
    toward = points[:, None] * (at * pixel).cos()[:, None] + across[:, None] * (at * pixel).sin()[:, None]
    colors = sampled(picture, toward, AROUND)
    steps = (colors[:, 1:] - colors[:, :-1]).abs().mean((0, 2))
    beside = torch.cat([steps[: BESIDE - 1], steps[BESIDE + 2 :]]).mean()
    return float(steps[BESIDE] / beside) if beside > 0 else (math.inf if steps[BESIDE] > 0 else 1.0)


def _meridian(height: int) -> Line:
    """The meridian behind the viewer, less its ends."""
    latitude = torch.linspace(-1.4, 1.4, height, dtype=torch.float64)
    behind = torch.full_like(latitude, math.pi)
    return directions(behind, latitude), directions(behind - math.pi / 2, torch.zeros_like(latitude))


def _poles(height: int) -> list[Line]:
    """Across the poles in all directions."""
    longitude = (torch.arange(height, dtype=torch.float64) + 0.5) * math.pi / height
    level = torch.zeros_like(longitude)
    return [
        (directions(level, level + up), directions(longitude, level)) for up in (math.pi / 2, -math.pi / 2)
    ]


def _cube(height: int) -> list[Line]:
    """The twelve edges of a cube."""
    along = torch.linspace(-0.95, 0.95, height // 2, dtype=torch.float64)
    lines = []
    for axis in range(3):
        first, second = (other for other in range(3) if other != axis)
        for one in (-1.0, 1.0):
            for two in (-1.0, 1.0):
                points = torch.zeros(len(along), 3, dtype=torch.float64)
                points[:, axis], points[:, first], points[:, second] = along, one, two
                across = torch.zeros_like(points)
                across[:, first], across[:, second] = one / math.sqrt(2), -two / math.sqrt(2)
                lines.append((torch.nn.functional.normalize(points, dim=1), across))
    return lines


def _pinch(picture: Tensor) -> float:
    """Steps as long along parallels as along meridians, near the poles."""
    height = picture.shape[-2]
    pixel = math.pi / height
    rows = max(2, round(math.radians(POLE) / pixel))
    total = [0.0, 0.0]
    for sign in (1, -1):
        for row in range(1, rows):
            # In the middle of a row: between rows they would be blurred, and steps to the next one smaller.
            latitude = sign * (math.pi / 2 - (row + 0.5) * pixel)
            longitude = torch.arange(max(8, round(2 * math.pi * (row + 0.5))), dtype=torch.float64)
            longitude = longitude * 2 * math.pi / len(longitude)
            point = directions(longitude, torch.full_like(longitude, latitude))
            here = sampled(picture, point, AROUND)
            east = directions(longitude + math.pi / 2, torch.zeros_like(longitude))
            north = torch.linalg.cross(point, east)
            for number, side in enumerate((east, north)):
                there = sampled(picture, point * math.cos(pixel) + side * math.sin(pixel), AROUND)
                total[number] += float((there - here).abs().sum())
    return total[0] / total[1] if total[1] > 0 else 1.0
