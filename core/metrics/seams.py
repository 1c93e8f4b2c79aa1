"""Can the UV seams be seen? Colour steps across them, against steps beside them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from ..surface.mesh import SurfaceMesh
from ..surface.seams import SeamEdges, seam_edges
from ..surface.sheets import sheet_count
from .atlas import Atlas, atlas, texel_uv
from .position import SpaceNoise, default_stroke

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_PAIRS = 12_000
# Texels inwards from the seam on its two sides: the first that meet both islands count.
_INSETS = ((0.5, 0.5), (0.5, 1.0), (1.0, 0.5), (1.0, 1.0), (1.0, 1.5), (1.5, 1.0), (1.5, 1.5), (2.0, 2.0))
_FLOOR_TEXTURES = 6
_REACH = 5  # texels between the two of an inside pair, at most, in x and in y
_DEPTH = (1.5, 6.0)  # texels inwards from the seam to an inside pair
_TRIES = 2  # inside pairs for each side of a seam pair
_CHOICE = 500  # inside pairs, at least, to draw stand-ins from
_TOLERANCE = 0.15  # relative difference between the distances of an inside pair and its seam pair


@dataclass(frozen=True)
class SeamReport:
    """ratio: seam_step / inside_step, 1.0 is invisible.

    seam_step, inside_step: mean Euclidean distance of sRGB colours in [0, 1], weighted by the
    seams' length in the world. pairs: how many texel pairs lie across seams; 0 means that there is
    no seam that the texture resolves, and a ratio of 1.
    """

    ratio: float
    seam_step: float
    inside_step: float
    pairs: int


def seam_ratio(mesh: SurfaceMesh, texture: torch.Tensor, seed: int = 0) -> SeamReport:
    """Mean colour step across UV seams over the mean step inside islands at the same world distance.

    texture: (1, 3, H, W) sRGB in [0, 1], top row first; those of several sheets stacked.

    Every seam is walked a texel at a time. At each point the outermost texels whose centres lie
    within the two islands make a *seam pair*; its distance is that of the two centres in the
    world. Only texels inside islands are read, never the gutter.

    Each seam pair is compared with *inside pairs*: two texels of one island, neither of
    them at its border, 1.5 to 6 texels in from the same point of the seam, at the seam pair's world
    distance within 15 %, in much the same direction in the world. They are taken beside the seam
    rather than anywhere, since a painting is busier in some places than in others; in the same
    direction, since strokes have one; and a little inwards, so that a spoilt rim does not count
    as normal. Where an island is too narrow for that, or its texels too large, the
    inside pairs of other places with a similar distance stand in.
    """
    if texture.ndim != 4 or texture.shape[:2] != (1, 3):
        raise ValueError(f"expected a texture of shape (1, 3, H, W), got {tuple(texture.shape)}")
    height, width = texture.shape[-2:]
    colors = texture.detach().cpu().double().permute(2, 3, 0, 1).flatten(0, 1).numpy()
    return _measure(atlas(mesh, height, width), lambda texel: colors[texel], seed)


def position_floor(mesh: SurfaceMesh, size: int, seed: int = 0, stroke: float | None = None) -> SeamReport:
    """What ``seam_ratio`` gives for a texture without seams: one computed from world position alone.

    It is not exactly 1: texels are of finite size, and differ in size and angle between
    islands. The steps are means over several such textures, so that the floor is a matter
    of the mesh and not of one texture's luck. stroke: as in ``position_texture``.
    """
    at = atlas(mesh, size * sheet_count(mesh), size)
    fields = [SpaceNoise(seed + k, stroke or default_stroke(at)) for k in range(_FLOOR_TEXTURES)]
    position = at.position.reshape(-1, 3)
    return _measure(at, lambda texel: np.stack([f(position[texel]) for f in fields], axis=1), seed)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """P pairs of texels as flat indices, their world distance, and a weight each."""

    first: Ints
    second: Ints
    distance: Floats
    weight: Floats


def _measure(at: Atlas, colors: Callable[[Ints], Floats], seed: int) -> SeamReport:
    """The report of textures whose colours (P, N, 3) at texels (P,) are asked for; N > 1: mean steps."""
    seams = seam_edges(at.mesh)
    rng = np.random.default_rng(seed)
    across, inwards = _seam_pairs(at, seams, rng)
    if len(across.first) == 0:
        return SeamReport(1.0, 0.0, 0.0, 0)
    seam_step = _mean_step(colors, across)
    inside = _inside_pairs(at, across, inwards, rng)
    if len(inside.first) == 0:
        # Islands of a few texels: nothing to compare with, so any step is a seam.
        return SeamReport(math.inf if seam_step > 0 else 1.0, seam_step, 0.0, len(across.first))
    inside_step = _mean_step(colors, inside)
    if inside_step == 0.0:
        return SeamReport(math.inf if seam_step > 0 else 1.0, seam_step, 0.0, len(across.first))
    return SeamReport(seam_step / inside_step, seam_step, inside_step, len(across.first))


def _mean_step(colors: Callable[[Ints], Floats], pairs: _Pairs) -> float:
    """Mean step over the pairs, by their weights."""
    steps = np.linalg.norm(colors(pairs.first) - colors(pairs.second), axis=2).mean(1)
    return float(np.average(steps, weights=pairs.weight))


def _seam_pairs(at: Atlas, seams: SeamEdges, rng: np.random.Generator) -> tuple[_Pairs, Floats]:
    """Texel pairs across the seams, and (P, 2, 2, 2) for each side: point on the seam, inward normal."""
    shape = at.face.shape
    sides = [texel_uv(uv, *shape) for uv in (seams.uv_a, seams.uv_b)]
    texels = np.maximum(*(np.linalg.norm(side[:, 1] - side[:, 0], axis=1) for side in sides))
    # A seam as long as the whole world gets no more points than it can use.
    count = np.ceil(texels).clip(1, MOST_PAIRS).astype(np.int64)
    edge = np.repeat(np.arange(len(seams)), count)
    along = (np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[edge]
    weight = (seams.length / count)[edge]
    if len(edge) > MOST_PAIRS:
        chosen = np.sort(rng.choice(len(edge), MOST_PAIRS, replace=False))
        edge, along, weight = edge[chosen], along[chosen], weight[chosen]

    rays, own = [], []
    for side, face in zip(sides, (seams.face_a, seams.face_b), strict=True):
        normal = _inward(side, texel_uv(at.mesh.uvs[face], *shape).mean(1))
        point = side[edge, 0] + (side[edge, 1] - side[edge, 0]) * along[:, None]
        rays.append(np.stack([point, normal[edge]], axis=1))
        own.append(at.face_island[face[edge]])
    smallest = np.minimum(*(_texel_length(at, face)[edge] for face in (seams.face_a, seams.face_b)))
    first, second, distance = _closest(at, rays, own, smallest)
    kept = first >= 0
    pairs = _Pairs(first[kept], second[kept], distance[kept], weight[kept])
    return pairs, np.stack(rays, axis=1)[kept]


def _closest(at: Atlas, rays: list[Floats], own: list[Ints], smallest: Floats) -> tuple[Ints, Ints, Floats]:
    """For rays inwards (P, 2, 2) from both sides, the outermost texels that are a texel apart or more.

    Closer ones (two centres that nearly touch the seam) have no like inside an island.
    Returns flat indices, -1 for none, and the distances.
    """
    island, position = at.island.reshape(-1), at.position.reshape(-1, 3)
    first, second = (np.full(len(smallest), -1, dtype=np.int64) for _ in range(2))
    distance = np.zeros(len(smallest))
    for insets in _INSETS:
        a, b = (
            _flat(np.floor(ray[:, 0] + ray[:, 1] * inset).astype(np.int64), at.face.shape)
            for ray, inset in zip(rays, insets, strict=True)
        )
        apart = np.linalg.norm(position[a] - position[b], axis=1)
        new = (
            (first < 0)
            & (island[a] == own[0])
            & (island[b] == own[1])
            & (a != b)
            & (apart >= 0.95 * smallest)
        )
        first[new], second[new], distance[new] = a[new], b[new], apart[new]
    return first, second, distance


def _texel_length(at: Atlas, face: Ints) -> Floats:
    """Side in the world of a square with the area of a face's texel."""
    world = at.mesh.vertices[at.mesh.faces[face]]
    uv = texel_uv(at.mesh.uvs[face], *at.face.shape)
    area = np.linalg.norm(np.cross(world[:, 1] - world[:, 0], world[:, 2] - world[:, 0]), axis=1)
    a, b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    texels = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    length: Floats = np.sqrt(area / np.maximum(texels, 1e-12))
    return length


def _inward(edges: Floats, centres: Floats) -> Floats:
    """(S, 2) unit normals of edges (S, 2, 2) that point to the faces' centres (S, 2)."""
    direction = edges[:, 1] - edges[:, 0]
    normal = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
    normal *= np.sign(np.einsum("sc,sc->s", centres - edges[:, 0], normal))[:, None]
    unit: Floats = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    return unit


def _flat(texel: Ints, shape: tuple[int, ...]) -> Ints:
    """Flat indices of texels (..., 2) as (x, y), wrapped around the texture's borders."""
    index: Ints = (texel[..., 1] % shape[0]) * shape[1] + texel[..., 0] % shape[1]
    return index


def _inside_pairs(at: Atlas, across: _Pairs, rays: Floats, rng: np.random.Generator) -> _Pairs:
    """For every seam pair, inside pairs from both of its sides, sharing its weight."""
    deep = _away_from_borders(at.island)
    offsets = np.stack(np.meshgrid(*[np.arange(-_REACH, _REACH + 1)] * 2), axis=-1).reshape(-1, 2)
    offsets = offsets[np.abs(offsets).any(1)]
    parts, owners = [], []
    for start in range(0, len(across.first), 4096):
        part = np.arange(start, min(start + 4096, len(across.first)))
        for side in (0, 1):
            for _ in range(_TRIES):
                depth = rng.uniform(*_DEPTH, len(part))
                point = rays[part, side, 0] + rays[part, side, 1] * depth[:, None]
                texel = np.floor(point).astype(np.int64)
                owner, pairs = _matches(at, deep, texel, offsets, across, part, rng)
                owners.append(owner)
                parts.append(pairs)
    matched = _Pairs(
        np.concatenate([pairs.first for pairs in parts]),
        np.concatenate([pairs.second for pairs in parts]),
        np.concatenate([pairs.distance for pairs in parts]),
        np.concatenate([pairs.weight for pairs in parts]),
    )
    owner = np.concatenate(owners)
    return _with_stand_ins(matched, owner, across, rng)


def _away_from_borders(island: Ints) -> NDArray[np.bool_]:
    """(H, W) texels whose eight neighbours are of the same island."""
    low = ndimage.minimum_filter(island, size=3, mode="wrap")
    high = ndimage.maximum_filter(island, size=3, mode="wrap")
    deep: NDArray[np.bool_] = (island >= 0) & (low == high)
    return deep


def _matches(
    at: Atlas,
    deep: NDArray[np.bool_],
    start: Ints,
    offsets: Ints,
    across: _Pairs,
    part: Ints,
    rng: np.random.Generator,
) -> tuple[Ints, _Pairs]:
    """One inside pair for each start texel (P, 2) that has one at its seam pair's distance."""
    shape = at.face.shape
    island, position = at.island.reshape(-1), at.position.reshape(-1, 3)
    first = _flat(start, shape)
    usable = np.flatnonzero(deep.reshape(-1)[first])
    first, part = first[usable], part[usable]
    second = _flat(start[usable][:, None] + offsets, shape)
    shift = position[second] - position[first][:, None]
    distance = np.linalg.norm(shift, axis=2)
    wanted = across.distance[part][:, None]
    mismatch = np.abs(distance - wanted) / wanted
    fits = deep.reshape(-1)[second] & (island[second] == island[first][:, None]) & (mismatch <= _TOLERANCE)
    # The one that points most like the seam pair, or nearly so: lots are drawn for variety.
    seam = position[across.second[part]] - position[across.first[part]]
    likeness = np.abs(np.einsum("poc,pc->po", shift, seam)) / np.maximum(distance * wanted, 1e-300)
    score = np.where(fits, likeness - 2 * mismatch + 0.2 * rng.random(fits.shape), -np.inf)
    row = np.flatnonzero(fits.any(1))
    best = score.argmax(1)[row]
    return part[row], _Pairs(first[row], second[row, best], distance[row, best], np.ones(len(row)))


def _with_stand_ins(matched: _Pairs, owner: Ints, across: _Pairs, rng: np.random.Generator) -> _Pairs:
    """Spread each seam pair's weight over its own inside pairs, or over those nearest in distance."""
    if len(owner) == 0:
        return matched
    count = np.bincount(owner, minlength=len(across.first))
    weight = (across.weight / np.maximum(count, 1))[owner]
    alone = np.flatnonzero(count == 0)
    order = np.argsort(matched.distance)
    ordered, wanted = matched.distance[order], across.distance[alone]
    low = np.searchsorted(ordered, wanted * (1 - _TOLERANCE))
    high = np.searchsorted(ordered, wanted * (1 + _TOLERANCE))
    # At least so many to choose from, or a few pairs would decide everything.
    missing = np.maximum(_CHOICE - (high - low), 0) // 2
    low, high = (low - missing).clip(0, len(order) - 1), (high + missing).clip(1, len(order))
    for _ in range(2 * _TRIES):
        taken = order[(low + (rng.random(len(low)) * (high - low)).astype(np.int64))]
        np.add.at(weight, taken, across.weight[alone] / (2 * _TRIES))
    return _Pairs(matched.first, matched.second, matched.distance, weight)
