"""Meshes read from files: what the add-on writes, and what trimesh reads with UVs."""

from __future__ import annotations

import io
import logging
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from ..protocol import JobError, Remedy
from .gltf import keep_uvs
from .mesh import SurfaceMesh, counted, surface_mesh
from .polygons import Triangles, bare_faces, cut_obj, cut_ply

log = logging.getLogger(__name__)

_KNOWN = ("vertices", "faces", "uvs", "name")  # arrays of an .npz; others are attributes


def load_mesh(path: str | Path) -> SurfaceMesh:
    """Read a mesh: the add-on's .npz (vertices, faces, uvs, attributes), or what trimesh reads with UVs.

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
        raise _unreadable(source, _broken(error)) from error


def up_axis(path: str | Path) -> tuple[float, float, float]:
    """Blender's own meshes stand on z; mesh files stand on y, as glTF says and OBJ does."""
    return (0.0, 0.0, 1.0) if str(path).endswith(".npz") else (0.0, 1.0, 0.0)


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise JobError(
            "mesh_missing", f"{path} is a folder, not a mesh file. Choose a file.", Remedy.CHOOSE_MESH
        )
    if not path.exists():
        raise JobError(
            "mesh_missing", f"The mesh file {path} is not there. Choose another one.", Remedy.CHOOSE_MESH
        )
    if path.stat().st_size == 0:
        raise _unreadable(path, "it is empty (0 bytes)")


def _broken(error: Exception) -> str:
    """What a reader's exception means to an artist."""
    if isinstance(error, IndexError):
        return "its faces name points, or places in the UV map, that it does not have"
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"{Path(error.filename).name}, which belongs to it, is not there"
    return "it is damaged, or not of the kind that its name says"


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
    more = {key: values for key, values in arrays.items() if key not in _KNOWN}
    return surface_mesh(arrays["vertices"], arrays["faces"], arrays.get("uvs"), name, attributes=more)


def _load_trimesh(path: Path) -> SurfaceMesh:
    extension = path.suffix.lower().lstrip(".")
    formats = trimesh.exchange.load.mesh_formats()
    if extension not in formats:
        names = ", ".join(sorted(name.upper() for name in formats if name in ("glb", "gltf", "obj", "ply")))
        raise _unreadable(path, f"the format {extension!r} is not known; {names} can be read")
    scene = _scene(path, extension)
    parts = _parts(scene)
    if not parts:
        if any(not isinstance(geometry, trimesh.Trimesh) for geometry in scene.geometry.values()):
            raise _unreadable(path, "it holds points or curves but no faces")
        raise JobError(
            "mesh_empty", f"The mesh file {path} has no faces. Choose another one.", Remedy.CHOOSE_MESH
        )
    with_uv = [part for part in parts if part[2] is not None]
    if not with_uv and extension == "obj":
        _check_bare(path)
    left_out = len(parts) - len(with_uv)
    notes: tuple[str, ...] = ()
    if with_uv and left_out:
        notes = (
            f"{counted(left_out, 'part', 'parts')} of {path.name} without a UV map "
            f"{'was' if left_out == 1 else 'were'} left out.",
        )
    kept = with_uv or parts
    offsets = np.cumsum([0, *(len(part[0]) for part in kept[:-1])])
    vertices = np.concatenate([part[0] for part in kept])
    faces = np.concatenate([part[1] + offset for part, offset in zip(kept, offsets, strict=True)])
    uvs = np.concatenate([part[2] for part in with_uv]) if with_uv else None
    keys = list(dict.fromkeys(part[3] for part in kept))
    of_part = np.repeat([keys.index(part[3]) for part in kept], [len(part[1]) for part in kept])
    return surface_mesh(*_welded(vertices, faces), uvs, path.stem, notes, {"part": of_part}, tuple(keys))


def _scene(path: Path, extension: str) -> Any:
    if extension in ("glb", "gltf"):
        data = io.BytesIO(keep_uvs(path.read_bytes()))
        resolver = trimesh.resolvers.FilePathResolver(str(path))
        return trimesh.load(data, file_type=extension, resolver=resolver, force="scene", process=False)
    # Materials are not needed, and a missing or broken picture must not matter here.
    options: dict[str, Any] = {"skip_materials": True} if extension in ("obj", "ply") else {}
    with path.open("rb"):  # an unreadable file says so itself, before trimesh wraps it
        if extension != "obj":
            return trimesh.load(str(path), force="scene", process=False, **options)
    text = io.BytesIO(cut_obj(_obj_text(path)).encode())
    resolver = trimesh.resolvers.FilePathResolver(str(path))
    return trimesh.load(text, file_type="obj", resolver=resolver, force="scene", process=False, **options)


def _obj_text(path: Path) -> str:
    """An OBJ file's text, each face in one line. What is not UTF-8 are names, of whatever encoding."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\\\n", " ")


def _check_bare(path: Path) -> None:
    """Raise JobError ("mesh_no_uv") for an OBJ file of which some faces have UVs and others none."""
    bare, faces = bare_faces(_obj_text(path))
    if 0 < bare < faces:
        raise JobError(
            "mesh_no_uv",
            f"{bare} of the {counted(faces, 'face', 'faces')} of the mesh {path.stem!r} "
            f"{'has' if bare == 1 else 'have'} no place in its UV map. Unwrap all of its faces.",
            Remedy.UNWRAP,
        )


_Part = tuple[NDArray[np.float64], NDArray[np.int64], "NDArray[np.float64] | None", str]


def _parts(scene: Any) -> list[_Part]:
    """Vertices in the world, faces, corner UVs and name of every mesh that the scene shows.

    Instances of one mesh have one name.
    """
    parts: list[_Part] = []
    for node in scene.graph.nodes_geometry:
        transform, key = scene.graph[node]
        geometry = scene.geometry[key]
        if not isinstance(geometry, trimesh.Trimesh) or len(geometry.faces) == 0:
            continue
        vertices, faces, uvs = cut_ply(geometry.metadata.get("_ply_raw", {})) or _arrays(geometry)
        matrix = np.asarray(transform, dtype=np.float64)
        with np.errstate(invalid="ignore"):  # of infinite positions, which are refused later
            world = vertices @ matrix[:3, :3].T + matrix[:3, 3]
        if np.linalg.det(matrix[:3, :3]) < 0:  # a mirrored part is turned inside out: turn it back
            faces, uvs = faces[:, ::-1], None if uvs is None else uvs[:, ::-1]
        parts.append((world, faces, uvs, str(key)))
    return parts


def _arrays(geometry: Any) -> Triangles:
    vertices = np.asarray(geometry.vertices, dtype=np.float64)
    faces = np.asarray(geometry.faces, dtype=np.int64)
    uv = getattr(geometry.visual, "uv", None)
    if uv is None or np.shape(uv) != (len(vertices), 2):
        return vertices, faces, None
    return vertices, faces, np.asarray(uv, dtype=np.float64)[faces]


def _welded(
    vertices: NDArray[np.float64], faces: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """One vertex for each position, unused ones dropped."""
    used, corner = np.unique(faces.reshape(-1), return_inverse=True)
    points, vertex = np.unique(vertices[used], axis=0, return_inverse=True)
    return points, vertex.reshape(-1)[corner.reshape(-1)].reshape(faces.shape)


def _unreadable(path: Path, why: str) -> JobError:
    return JobError(
        "mesh_unreadable",
        f"The mesh file {path} cannot be read: {why.rstrip('.')}. Export it again, as GLB or OBJ with UVs.",
        Remedy.CHOOSE_MESH,
    )
