"""The shape of a surface as light and shade: what strokes can follow where a material is blank."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ..oklab import to_oklab, within_gamut
from .geometry import Floats, Geometry, SurfacePoints, tangents
from .pyramid import SurfacePyramid
from .texels import TexelMap, texel_places

RAYS = 48  # from each place, to see how open it is
PLACES = 32768  # that rays start from
CROWD = 6  # of these places around each point of the level that smooths them
REACH = 0.25  # of rays, over the object's diagonal
BUNCH = 65536  # rays cast at once
SHADE = 0.6  # Oklab lightness between open and closed places
EDGE = 0.2  # Oklab lightness between flat places and most edges
FAINT = 0.01  # least height of relief, over its scale, that counts as much as the strongest
STRONG = 0.95  # share of the surface that bends less than what gets ``EDGE``


def shape_light(
    geometry: Geometry,
    texels: TexelMap,
    pyramid: SurfacePyramid,
    area: Tensor,
    occlusion: float,
    curvature: float,
    scale: float,
) -> Tensor:
    """How much lighter (T,) than the average each texel is by its shape, in Oklab.

    pyramid: its targets are the texels. area: (T,) of the surface that each stands for, 0 for those off it.
    occlusion, curvature: in [0, 1], of ambient occlusion and of edges and creases; scale: world size of
    the smallest edges that count.
    """
    light = torch.zeros_like(area)
    if occlusion > 0:
        light += occlusion * SHADE * openness(geometry, texels, pyramid, area)
    if curvature > 0:
        light += curvature * EDGE * relief(geometry, texels, pyramid, area, scale)
    return light - (light * area).sum() / area.sum()


def shaded(colors: Tensor, light: Tensor) -> Tensor:
    """Colours (T, 3), display-referred sRGB, made lighter by ``light`` (T,) in Oklab."""
    lab = to_oklab(colors)
    lab[:, 0] += light
    return within_gamut(lab)


def openness(geometry: Geometry, texels: TexelMap, pyramid: SurfacePyramid, area: Tensor) -> Tensor:
    """Ambient occlusion (T,) in [0, 1] at texels: 1 sees the sky, 0 nothing but the object.

    Seen from some of them, and smoothed to all. area: as of ``shape_light``.
    """
    ends = np.cumsum(area.cpu().numpy(), dtype=np.float64)
    count = min(PLACES, len(ends))
    at = (np.arange(count) + 0.5) / count * ends[-1]
    chosen = np.unique(np.searchsorted(ends, at).clip(max=len(ends) - 1))
    values, known = torch.zeros(len(area), 2), torch.zeros_like(area)
    index = torch.from_numpy(chosen)
    points = geometry.points(texels.face[chosen], texels.barycentric[chosen])
    seen = open_share(geometry, points, REACH * geometry.diagonal)
    values[index, 0] = torch.from_numpy(seen).float()
    values[index, 1] = 1
    known[index] = area.max() if len(chosen) < len(area) else area
    level = _level_above(pyramid, math.sqrt(CROWD * geometry.area / len(chosen)))
    smoothed = pyramid.smooth(values.to(area.device), known, level)
    return torch.where(smoothed[:, 1] > 0, smoothed[:, 0] / smoothed[:, 1].clamp_min(1e-30), 1.0)


def open_share(geometry: Geometry, points: SurfacePoints, reach: float) -> Floats:
    """How open (P,) in [0, 1] points are: the cosine-weighted share of rays that meet nothing within reach.

    What is met farther away counts less.
    """
    rng = np.random.default_rng(0)
    normal = geometry.face_normals[points.face]  # not the smooth one: its rays would meet the face itself
    side, other = tangents(normal)
    spot = np.arange(RAYS) + 0.5
    radius, turn = np.sqrt(spot / RAYS), spot * np.pi * (3 - math.sqrt(5))
    start = points.position + normal * (1e-4 * geometry.diagonal)
    shares = []
    step = max(1, BUNCH // RAYS)
    for first in range(0, len(normal), step):
        own = slice(first, first + step)
        angle = turn + rng.random((len(normal[own]), 1)) * 2 * np.pi
        local = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)
        rise = np.sqrt(1 - radius**2)
        rays = local[..., :1] * side[own, None] + local[..., 1:] * other[own, None]
        rays = rays + rise[:, None] * normal[own, None]
        origins = np.broadcast_to(start[own, None], rays.shape)
        face, barycentric = geometry.cast(origins.reshape(-1, 3), rays.reshape(-1, 3))
        met = np.einsum("pk,pkc->pc", barycentric, geometry.corners[face])
        distance = np.linalg.norm(met - origins.reshape(-1, 3), axis=1)
        free = np.where(face >= 0, np.clip(distance / reach, 0, 1), 1.0)
        shares.append(free.reshape(-1, RAYS).mean(1))
    return np.concatenate(shares)


def relief(
    geometry: Geometry, texels: TexelMap, pyramid: SurfacePyramid, area: Tensor, scale: float
) -> Tensor:
    """Edges and creases (T,) in [-1, 1] at texels: edges positive, flat places 0.

    How far a place stands out from its neighbourhood, which grows with the mean curvature, against what
    stands out most. area, scale: as of ``shape_light``.
    """
    position = torch.from_numpy(texel_places(geometry, texels)).to(area.device)
    normal = torch.from_numpy(geometry.face_normals.astype(np.float32)[texels.face]).to(area.device)
    level = _level_above(pyramid, scale)
    height = ((position - pyramid.smooth(position, area, level)) * normal).sum(1)
    height /= pyramid.spacings[level]
    height = pyramid.smooth(height[:, None], area, min(level + 1, len(pyramid.spacings) - 1))[:, 0]
    size, order = height.abs().sort()
    share = area[order].cumsum(0)
    strong = size[torch.searchsorted(share, STRONG * share[-1]).clamp(max=len(size) - 1)]
    return torch.tanh(height / strong.clamp_min(FAINT))


def _level_above(pyramid: SurfacePyramid, scale: float) -> int:
    """The finest level whose points are at least ``scale`` apart, or the coarsest one."""
    return max(1, sum(spacing >= scale for spacing in pyramid.spacings)) - 1
