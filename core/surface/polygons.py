"""Polygons cut into triangles, where a fan from the first corner would not do.

trimesh (5.2) cuts every polygon of a file as a fan, which covers a concave one wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .geometry import Floats, Ints, plane_cross, tangents

Triangles = tuple[Floats, Ints, "Floats | None"]
"""Vertices (V, 3), triangles (F, 3), and the UVs (F, 3, 2) of their corners, if any."""

_STRAIGHT = 1e-7  # a turn over the polygon's extent squared, up to which a corner is none
_POLYGON = re.compile(r"^f((?:[ \t]+[-\d/]+){4,})[ \t]*$", re.MULTILINE)
_FACE = re.compile(r"^f[ \t]+([-\d]+)(/[-\d]+)?", re.MULTILINE)
_VERTEX = re.compile(r"^v[ \t]+(\S+)[ \t]+(\S+)[ \t]+(\S+)", re.MULTILINE)


def cut_obj(text: str) -> str:
    """The same OBJ file, its polygons that are no fan as triangles with the same references.

    Raises IndexError where a polygon names a vertex that is not there, ValueError for broken numbers.
    """
    found = list(_POLYGON.finditer(text))
    if not found:
        return text
    vertices = list(_VERTEX.finditer(text))
    points = np.array([match.groups() for match in vertices], dtype=np.float64).reshape(-1, 3)
    references = [match[1].split() for match in found]
    flat = re.sub(r"/\S*", "", " ".join(match[1] for match in found)).split()
    number = np.array(flat).astype(np.int64)
    sizes = [len(each) for each in references]
    before = np.searchsorted([match.start() for match in vertices], [match.start() for match in found])
    number = np.where(number > 0, number - 1, number + np.repeat(before, sizes))  # from the last one so far
    ends = np.cumsum(sizes)
    parts: list[str] = []
    last = 0
    for index, triangles in cut(points, np.split(number, ends[:-1])):
        names = references[index]
        parts += [text[last : found[index].start()]]
        parts += ["\n".join("f " + " ".join(names[corner] for corner in three) for three in triangles)]
        last = found[index].end()
    return "".join([*parts, text[last:]])


def bare_faces(text: str) -> tuple[int, int]:
    """How many faces of an OBJ file have no UVs, and how many it has."""
    found = [bool(uv) for _, uv in _FACE.findall(text)]
    return found.count(False), len(found)


def cut_ply(elements: dict[str, Any]) -> Triangles | None:
    """What a PLY file holds, its polygons cut. None where fans do.

    elements: as trimesh keeps them as "_ply_raw". Raises IndexError for vertices that are not there.
    """
    read = _columns(elements.get("face", {}))
    polygons = read("vertex_indices", "vertex_index")
    at = _columns(elements.get("vertex", {}))
    places = [at(name) for name in "xyz"]
    if polygons is None or any(axis is None for axis in places):
        return None
    points = _table(places)
    lists = [np.asarray(each, dtype=np.int64) for each in polygons]
    bent = dict(cut(points, lists))
    if not bent:
        return None
    starts = np.cumsum([0, *(len(each) for each in lists)])
    parts = [bent[k] if k in bent else _fan(len(each)) for k, each in enumerate(lists)]
    place = np.concatenate([part + start for part, start in zip(parts, starts[:-1], strict=True)])
    faces = np.concatenate(lists)[place]
    own = read("texcoord")
    if own is not None:
        return points, faces, np.concatenate([np.reshape(each, (-1, 2)) for each in own])[place]
    for names in (("texture_u", "texture_v"), ("u", "v"), ("s", "t")):
        pair = [at(name) for name in names]
        if pair[0] is not None and pair[1] is not None:
            return points, faces, _table(pair)[faces]
    return points, faces, None


def cut(points: Floats, polygons: Sequence[Ints]) -> list[tuple[int, Ints]]:
    """The polygons that are no fan, by their number, in order, and their triangles (K - 2, 3).

    points: (V, 3). polygons: K indices each. Triangles are indices into their polygon. Raises IndexError.
    """
    sizes = np.array([len(polygon) for polygon in polygons])
    bent: list[int] = []
    for size in np.unique(sizes[sizes > 3]):
        alike = np.flatnonzero(sizes == size)
        turns = _turns(points[np.stack([polygons[int(index)] for index in alike])])[0]
        bent += alike[(turns <= _STRAIGHT).any(1)].tolist()
    return [(index, triangulated(points[polygons[index]])) for index in sorted(bent)]


def triangulated(corners: Floats) -> Ints:
    """Triangles (K - 2, 3) of a polygon (K, 3) without holes, which may be concave, by cutting off ears.

    Meisters, Polygons Have Ears (1975). The best shaped ear goes first, and no ear has another corner within
    it or on its edge: points along an edge stay corners of triangles with an area. A polygon that crosses
    itself is cut somehow.
    """
    flat = _flattened(corners)
    left = list(range(len(flat)))
    found: list[tuple[int, int, int]] = []
    while len(left) > 3:
        ring = np.array(left)
        before, after = np.roll(ring, 1), np.roll(ring, -1)
        a, b, c = flat[before], flat[ring], flat[after]
        turn = plane_cross(b - a, c - b)
        longest = np.stack([np.square(side).sum(1) for side in (b - a, c - b, a - c)]).max(0)
        order = np.argsort(-turn / np.maximum(longest, 1e-300))
        ears = (k for k in order if turn[k] > _STRAIGHT and not _holds(flat[ring], a[k], b[k], c[k]))
        ear = int(next(ears, order[0]))
        found.append((int(before[ear]), left.pop(ear), int(after[ear])))
    return np.array([*found, tuple(left)], dtype=np.int64)


def _fan(size: int) -> Ints:
    return np.array([(0, k, k + 1) for k in range(1, size - 1)], dtype=np.int64).reshape(-1, 3)


def _turns(corners: Floats) -> tuple[Floats, Floats]:
    """How far polygons (N, K, 3) turn at corners, over their extent squared: (N, K); and their normals."""
    with np.errstate(invalid="ignore", over="ignore"):  # of positions that are refused later
        along = np.roll(corners, -1, axis=1) - corners
        cross = np.cross(np.roll(along, 1, axis=1), along)
        spokes = corners - corners[:, :1]
        normal = np.cross(spokes, np.roll(spokes, -1, axis=1)).sum(1)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
        extent = np.square(np.ptp(corners, axis=1)).sum(1)
        return np.einsum("nkc,nc->nk", cross, normal) / np.maximum(extent, 1e-300)[:, None], normal


def _flattened(corners: Floats) -> Floats:
    """A polygon (K, 3) in its plane (K, 2), counterclockwise, of about unit extent."""
    normal = _turns(corners[None])[1][0]
    extent = float(np.linalg.norm(np.ptp(corners, axis=0)))
    flat: Floats = (corners - corners[0]) @ np.stack(tangents(normal), axis=1)
    return flat / max(extent, 1e-300)


def _holds(points: Floats, a: Floats, b: Floats, c: Floats) -> bool:
    """Whether a counterclockwise triangle has any of the points (K, 2), other than its corners, on it."""
    sides = [plane_cross(end - start, points - start) for start, end in ((a, b), (b, c), (c, a))]
    on = np.min(sides, axis=0) >= -_STRAIGHT
    for corner in (a, b, c):
        on &= (points != corner).any(1)
    return bool(on.any())


def _table(columns: Sequence[Any]) -> Floats:
    return np.stack([np.ravel(column) for column in columns], axis=1).astype(np.float64)


def _columns(element: dict[str, Any]) -> Callable[..., Any]:
    """A function that gives a PLY element's values of the first of some names that it has, or None."""
    data = element.get("data")
    named = data if isinstance(data, dict) else getattr(getattr(data, "dtype", None), "names", None) or ()

    def read(*names: str) -> Any:
        name = next((name for name in names if name in named), None)
        if name is None or data is None:
            return None
        values = data[name]
        # A list of a fixed length is stored with its length before it.
        return values["f1"] if getattr(getattr(values, "dtype", None), "names", None) else values

    return read
