"""Meshes with UVs: read, checked and cleaned before anything else sees them."""

from __future__ import annotations

import logging
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import ArrayLike, NDArray

from ..protocol import JobError, Remedy

log = logging.getLogger(__name__)

# Twice a triangle's area over its longest edge squared (its height in edges), and over
# the bounding box's diagonal squared; below either, the triangle has no area to paint.
_FLAT = 1e-9
_SPECK = 1e-14


@dataclass(frozen=True, eq=False)
class SurfaceMesh:
    """Triangles with UVs, every one with an area and finite numbers.

    vertices: (V, 3) world positions. faces: (F, 3) indices into them. uvs: (F, 3, 2) for
    each corner of each face, v up, (0, 0) is the texture's lower left. notes: sentences
    for the artist about what was cleaned or will look odd.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    uvs: NDArray[np.float64]
    name: str = "mesh"
    notes: tuple[str, ...] = ()


def surface_mesh(
    vertices: ArrayLike,
    faces: ArrayLike,
    uvs: ArrayLike | None,
    name: str = "mesh",
    notes: tuple[str, ...] = (),
) -> SurfaceMesh:
    """A checked mesh. vertices (V, 3), faces (F, 3), uvs (F, 3, 2) per corner, or None for none.

    Faces without area are left out, with a note. Raises JobError: "mesh_empty",
    "mesh_nan", "mesh_no_uv", "mesh_degenerate" (no face has an area), or
    "mesh_unreadable" when the arrays do not fit each other.
    """
    points, corners = _arrays(vertices, faces, name)
    _check_finite(points[corners], f"The mesh {name!r} has vertices whose position is not a number")
    coordinates = _uv_array(uvs, len(corners), name)
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
    return SurfaceMesh(points, corners, coordinates, name, tuple(sentences))


def load_mesh(path: str | Path) -> SurfaceMesh:
    """Read a mesh: the add-on's .npz (arrays vertices, faces, uvs), or what trimesh reads with UVs.

    A scene (GLB, OBJ with objects) becomes one mesh, its transforms applied; parts without
    UVs are left out with a note as long as another part has some. Formats that index
    positions and UVs apart (OBJ) come from trimesh with vertices split along seams;
    vertices at exactly the same position are one again here, UVs stay with their corners.

    Raises JobError: "mesh_missing", "no_permission", "mesh_unreadable", and what
    ``surface_mesh`` raises.
    """
    source = Path(path)
    _check_file(source)
    try:
        if source.suffix.lower() == ".npz":
            return _load_npz(source)
        return _load_trimesh(source)
    except JobError:
        raise
    except PermissionError as error:
        raise JobError(
            "no_permission",
            f"The mesh file {source} may not be read: permission denied. "
            "Choose another file or change its rights.",
            Remedy.CHOOSE_MESH,
        ) from error
    except MemoryError:
        raise
    except Exception as error:  # readers of broken files raise whatever they stumble upon
        log.info("reading %s failed", source, exc_info=True)
        raise _unreadable(source, str(error) or type(error).__name__) from error


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


def _has_area(corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which triangles (F, 3, 3) have an area worth the name."""
    sides = np.roll(corners, -1, axis=1) - corners
    longest = np.square(sides).sum(-1).max(1)
    doubled = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    points = corners.reshape(-1, 3)
    diagonal = np.square(np.ptp(points, axis=0)).sum()
    solid: NDArray[np.bool_] = doubled > np.maximum(_FLAT * longest, _SPECK * diagonal)
    return solid


def _uv_area(uvs: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    area: NDArray[np.float64] = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2
    return area


def _uv_notes(uvs: NDArray[np.float64], name: str) -> list[str]:
    flat = _uv_area(uvs) <= _SPECK
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
            f"{_count(int(flat.sum()), 'face has', 'faces have')} no area in the UV map and cannot be "
            "painted; unwrap the mesh again to paint everything."
        )
    tiles = np.unique(np.floor(uvs.mean(1)[~flat]), axis=0)
    if len(tiles) > 1:
        notes.append(f"The UV map reaches over {len(tiles)} tiles; all of them are painted into one texture.")
    return notes


def _flat_note(count: int) -> list[str]:
    return (
        [f"{_count(count, 'face', 'faces')} without area {'was' if count == 1 else 'were'} left out."]
        if count
        else []
    )


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _check_finite(numbers: NDArray[np.float64], sentence: str) -> None:
    bad = ~np.isfinite(numbers).all(axis=(1, 2))
    if bad.any():
        raise JobError(
            "mesh_nan",
            f"{sentence} ({_count(int(bad.sum()), 'face', 'faces')}). Clean up the mesh: in Blender, "
            "Edit Mode > Mesh > Clean Up, or unwrap it again.",
            Remedy.CLEAN_MESH,
        )


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise JobError(
            "mesh_missing", f"{path} is a folder, not a mesh file. Choose a file.", Remedy.CHOOSE_MESH
        )
    if not path.exists():
        raise JobError(
            "mesh_missing", f"The mesh file {path} is not there. Choose another one.", Remedy.CHOOSE_MESH
        )


def _load_npz(path: Path) -> SurfaceMesh:
    try:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
    except (ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        log.info("reading %s failed: %s", path, error)
        raise _unreadable(path, "it is not a whole NumPy archive of plain arrays") from error
    missing = [name for name in ("vertices", "faces") if name not in arrays]
    if missing:
        raise _unreadable(path, f"it has no array named {missing[0]}")
    name = str(arrays["name"]) if "name" in arrays else path.stem
    return surface_mesh(arrays["vertices"], arrays["faces"], arrays.get("uvs"), name)


def _load_trimesh(path: Path) -> SurfaceMesh:
    extension = path.suffix.lower().lstrip(".")
    formats = trimesh.exchange.load.mesh_formats()
    if extension not in formats:
        names = ", ".join(sorted(name.upper() for name in formats if name in ("glb", "gltf", "obj", "ply")))
        raise _unreadable(path, f"the format {extension!r} is not known; {names} can be read")
    # Materials are not needed, and a missing or broken picture must not matter here.
    options: dict[str, Any] = {"skip_materials": True} if extension in ("obj", "ply") else {}
    with path.open("rb"):  # an unreadable file says so itself, before trimesh wraps it
        scene = trimesh.load(str(path), force="scene", process=False, **options)
    parts = _parts(scene)
    if not parts:
        if any(not isinstance(geometry, trimesh.Trimesh) for geometry in scene.geometry.values()):
            raise _unreadable(path, "it holds points or curves but no faces")
        raise JobError(
            "mesh_empty", f"The mesh file {path} has no faces. Choose another one.", Remedy.CHOOSE_MESH
        )
    with_uv = [part for part in parts if part[2] is not None]
    left_out = len(parts) - len(with_uv)
    notes: tuple[str, ...] = ()
    if with_uv and left_out:
        notes = (
            f"{_count(left_out, 'part', 'parts')} of {path.name} without a UV map "
            f"{'was' if left_out == 1 else 'were'} left out.",
        )
    kept = with_uv or parts
    offsets = np.cumsum([0, *(len(part[0]) for part in kept[:-1])])
    vertices = np.concatenate([part[0] for part in kept])
    faces = np.concatenate([part[1] + offset for part, offset in zip(kept, offsets, strict=True)])
    uvs = np.concatenate([part[2] for part in with_uv]) if with_uv else None
    return surface_mesh(*_welded(vertices, faces), uvs, path.stem, notes)


_Part = tuple[NDArray[np.float64], NDArray[np.int64], "NDArray[np.float64] | None"]


def _parts(scene: Any) -> list[_Part]:
    """Vertices in the world, faces and corner UVs of every mesh that the scene shows."""
    parts: list[_Part] = []
    for node in scene.graph.nodes_geometry:
        transform, key = scene.graph[node]
        geometry = scene.geometry[key]
        if not isinstance(geometry, trimesh.Trimesh) or len(geometry.faces) == 0:
            continue
        vertices = np.asarray(geometry.vertices, dtype=np.float64)
        faces = np.asarray(geometry.faces, dtype=np.int64)
        uv = getattr(geometry.visual, "uv", None)
        uvs: NDArray[np.float64] | None = None
        if uv is not None and np.shape(uv) == (len(vertices), 2):
            uvs = np.asarray(uv, dtype=np.float64)[faces]
        matrix = np.asarray(transform, dtype=np.float64)
        world = vertices @ matrix[:3, :3].T + matrix[:3, 3]
        if np.linalg.det(matrix[:3, :3]) < 0:  # a mirrored part is turned inside out: turn it back
            faces, uvs = faces[:, ::-1], None if uvs is None else uvs[:, ::-1]
        parts.append((world, faces, uvs))
    return parts


def _welded(
    vertices: NDArray[np.float64], faces: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """One vertex for each position, unused ones dropped."""
    used, corner = np.unique(faces.reshape(-1), return_inverse=True)
    points, vertex = np.unique(vertices[used], axis=0, return_inverse=True)
    return points, vertex.reshape(-1)[corner.reshape(-1)].reshape(faces.shape)


def _unfit(name: str, what: str) -> JobError:
    return JobError(
        "mesh_unreadable", f"The mesh {name!r} does not fit together: {what}.", Remedy.CHOOSE_MESH
    )


def _unreadable(path: Path, why: str) -> JobError:
    return JobError(
        "mesh_unreadable",
        f"The mesh file {path} cannot be read: {why.rstrip('.')}. Export it again, as GLB or OBJ with UVs.",
        Remedy.CHOOSE_MESH,
    )
