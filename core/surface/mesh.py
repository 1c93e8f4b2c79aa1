"""Meshes with UVs, checked and cleaned before anything else sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..protocol import JobError, Remedy

_FLAT = 1e-9  # a triangle's height over its longest edge, up to which it has no area to paint
_NO_UV_AREA = 1e-14
_SIZES = (1e-9, 1e9)  # longest sides of meshes: fourth powers of these fit into a 32-bit float

Attributes = Mapping[str, NDArray[np.float64]]
NO_ATTRIBUTES: Attributes = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class SurfaceMesh:
    """Triangles with UVs, every one with an area and finite numbers.

    vertices: (V, 3) world positions. faces: (F, 3) indices into them. uvs: (F, 3, 2) for
    each corner of each face, v up, (0, 0) is the texture's lower left. notes: sentences
    for the artist about what was cleaned or will look odd. attributes: further numbers by name, one entry
    for each face (F, ...): a mask has (F, 3), a value for each corner. parts: names of what the file was put
    together from; the attribute "part" (F,) says which of them a face is of.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    uvs: NDArray[np.float64]
    name: str = "mesh"
    notes: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)
    parts: tuple[str, ...] = ()


def surface_mesh(
    vertices: ArrayLike,
    faces: ArrayLike,
    uvs: ArrayLike | None,
    name: str = "mesh",
    notes: tuple[str, ...] = (),
    attributes: Mapping[str, ArrayLike] = NO_ATTRIBUTES,
    parts: tuple[str, ...] = (),
) -> SurfaceMesh:
    """A checked mesh. vertices (V, 3), faces (F, 3), uvs (F, 3, 2) per corner, or None for none.

    attributes, parts: see ``SurfaceMesh``.

    Faces without area are left out, with a note. Raises JobError: "mesh_empty",
    "mesh_nan", "mesh_no_uv", "mesh_degenerate" (no face has an area), "mesh_size" (beyond ``_SIZES``), or
    "mesh_unreadable" when the arrays do not fit each other.
    """
    points, corners = _arrays(vertices, faces, name)
    _check_finite(points[corners], f"The mesh {name!r} has vertices whose position is not a number")
    coordinates = _uv_array(uvs, len(corners), name)
    own = {key: _attribute(values, key, len(corners), name) for key, values in attributes.items()}
    _check_size(points[corners], name)
    solid = _has_area(points[corners])
    if not solid.any():
        raise JobError(
            "mesh_degenerate",
            f"No face of the mesh {name!r} has an area, so there is nothing to paint. Check that it was not "
            "scaled to zero, and merge or delete its collapsed faces.",
            Remedy.CLEAN_MESH,
        )
    corners, coordinates = corners[solid], coordinates[solid]
    _check_finite(coordinates, f"The UV map of {name!r} has coordinates that are not numbers")
    sentences = [*notes, *_flat_note(int((~solid).sum())), *_uv_notes(coordinates, name)]
    kept = {key: values[solid] for key, values in own.items()}
    return SurfaceMesh(points, corners, coordinates, name, tuple(sentences), kept, parts)


def _arrays(
    vertices: ArrayLike, faces: ArrayLike, name: str
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    points = np.array(vertices, dtype=np.float64)
    corners = np.array(faces)
    if corners.size == 0 or points.size == 0:
        raise JobError(
            "mesh_empty",
            f"The mesh {name!r} has no faces, so there is nothing to paint. Choose a mesh with faces.",
            Remedy.CHOOSE_MESH,
        )
    if points.ndim != 2 or points.shape[1] != 3:
        raise _unfit(name, f"vertices have shape {points.shape}, not (V, 3)")
    if corners.ndim != 2 or corners.shape[1] != 3 or not np.issubdtype(corners.dtype, np.integer):
        raise _unfit(
            name, f"faces are {corners.dtype} of shape {corners.shape}, not integers of shape (F, 3)"
        )
    if corners.min() < 0 or corners.max() >= len(points):
        raise _unfit(name, "a face names a vertex that is not there")
    return points, corners.astype(np.int64)


def _uv_array(uvs: ArrayLike | None, faces: int, name: str) -> NDArray[np.float64]:
    if uvs is None or np.size(uvs) == 0:
        raise JobError(
            "mesh_no_uv",
            f"The mesh {name!r} has no UV map, so a texture has no place on it. Unwrap it first.",
            Remedy.UNWRAP,
        )
    coordinates = np.array(uvs, dtype=np.float64)
    if coordinates.shape != (faces, 3, 2):
        raise _unfit(name, f"UVs have shape {coordinates.shape}, not ({faces}, 3, 2)")
    return coordinates


def _attribute(values: ArrayLike, key: str, faces: int, name: str) -> NDArray[np.float64]:
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise _unfit(name, f"the attribute {key!r} does not consist of numbers") from error
    if numbers.ndim == 0 or len(numbers) != faces:
        raise _unfit(name, f"the attribute {key!r} has shape {numbers.shape}, not ({faces}, ...)")
    if not np.isfinite(numbers).all():
        raise _unfit(name, f"the attribute {key!r} has values that are not numbers")
    return numbers


def _has_area(corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which triangles (F, 3, 3) have an area worth the name."""
    sides = np.roll(corners, -1, axis=1) - corners
    longest = np.square(sides).sum(-1).max(1)
    doubled = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    solid: NDArray[np.bool_] = doubled > _FLAT * longest
    return solid


def _uv_area(uvs: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    area: NDArray[np.float64] = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2
    return area


def _uv_notes(uvs: NDArray[np.float64], name: str) -> list[str]:
    flat = _uv_area(uvs) <= _NO_UV_AREA
    if flat.all():
        raise JobError(
            "mesh_no_uv",
            f"The UV map of {name!r} is collapsed: all its faces lie on a point or a line, so a texture "
            "has no place on it. Unwrap it again.",
            Remedy.UNWRAP,
        )
    notes = []
    if flat.any():
        notes.append(
            f"{counted(int(flat.sum()), 'face has', 'faces have')} no area in the UV map and cannot be "
            "painted; unwrap the mesh again to paint everything."
        )
    return notes


def _flat_note(count: int) -> list[str]:
    return (
        [f"{counted(count, 'face', 'faces')} without area {'was' if count == 1 else 'were'} left out."]
        if count
        else []
    )


def counted(count: int, one: str, many: str) -> str:
    """The number with its noun: "1 face", "3 faces"."""
    return f"{count} {one if count == 1 else many}"


def _check_finite(numbers: NDArray[np.float64], sentence: str) -> None:
    bad = ~np.isfinite(numbers).all(axis=(1, 2))
    if bad.any():
        raise JobError(
            "mesh_nan",
            f"{sentence} ({counted(int(bad.sum()), 'face', 'faces')}). Clean up the mesh: in Blender, "
            "Edit Mode > Mesh > Clean Up, or unwrap it again.",
            Remedy.CLEAN_MESH,
        )


def _check_size(corners: NDArray[np.float64], name: str) -> None:
    size = float(np.ptp(corners.reshape(-1, 3), axis=0).max())
    if size > 0 and not _SIZES[0] <= size <= _SIZES[1]:
        raise JobError(
            "mesh_size",
            f"The mesh {name!r} is {size:.1g} units long, too {'small' if size < 1 else 'large'} to be "
            f"painted. From {_SIZES[0]:g} to {_SIZES[1]:g} will do: scale it, and apply the scale (in "
            "Blender, Object > Apply > Scale).",
            Remedy.CLEAN_MESH,
        )


def _unfit(name: str, what: str) -> JobError:
    return JobError(
        "mesh_unreadable", f"The mesh {name!r} does not fit together: {what}.", Remedy.CHOOSE_MESH
    )
