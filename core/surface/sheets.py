"""Sheets: the textures of one mesh, stacked top to bottom in one picture.

Which sheet a face is painted into is the mesh's attribute "sheet"; without it all faces are in sheet 0. A
picture of S sheets of (size, size) texels is (S * size, size). UVs wrap around within their own sheet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..protocol import PART, UDIM, JobError, Remedy, Sheet
from ..protocol.controls import bad_job
from .mesh import SurfaceMesh, counted

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]

SHEET = "sheet"
TILES_ACROSS, TILES_UP = 10, 100  # UDIM counts 1001 + u + 10 v, up to 2000


def sheet_of(mesh: SurfaceMesh) -> Ints:
    """(F,) the sheet of every face. Raises JobError ("mesh_unreadable") for numbers that are none."""
    own = mesh.attributes.get(SHEET)
    if own is None:
        return np.zeros(len(mesh.faces), dtype=np.int64)
    if own.ndim != 1 or (own < 0).any() or (own != np.round(own)).any():
        raise JobError(
            "mesh_unreadable",
            f"The mesh {mesh.name!r} does not fit together: its sheets are not whole numbers from 0.",
            Remedy.CHOOSE_MESH,
        )
    return own.astype(np.int64)


def sheet_count(mesh: SurfaceMesh) -> int:
    """How many sheets the faces lie in: one more than the last."""
    return int(sheet_of(mesh).max()) + 1


def texture_grid(uv: Floats) -> NDArray[np.float32]:
    """Where ``grid_sample`` finds UVs (..., 2) in a texture that repeats."""
    uv = uv - np.floor(uv)
    grid: NDArray[np.float32] = np.stack([uv[..., 0] * 2 - 1, 1 - uv[..., 1] * 2], axis=-1).astype(np.float32)
    return grid


def sheet_grid(uv: Floats, sheet: Ints, count: int, size: int) -> NDArray[np.float32]:
    """Where ``grid_sample`` finds UVs (..., 2) in a stack of ``count`` sheets.

    Places are kept half a texel inside their sheet: bilinear look-ups never read a neighbour.
    """
    uv = uv - np.floor(uv)
    down = np.clip(1 - uv[..., 1].astype(np.float64), 0.5 / size, 1 - 0.5 / size)
    grid: NDArray[np.float32] = np.stack(
        [uv[..., 0] * 2 - 1, (sheet + down) * (2 / count) - 1], axis=-1
    ).astype(np.float32)
    return grid


def stacked(mesh: SurfaceMesh) -> SurfaceMesh:
    """The mesh over the whole stack as if it were one texture: for measures that know of no sheets.

    What reaches over the border of its sheet does not wrap around there.
    """
    sheet, count = sheet_of(mesh), sheet_count(mesh)
    if count == 1:
        return mesh
    uvs = mesh.uvs - np.floor(mesh.uvs.mean(1, keepdims=True))
    uvs[..., 1] = (count - 1 - sheet[:, None] + uvs[..., 1]) / count
    return replace(mesh, uvs=uvs)


def in_one_sheet(mesh: SurfaceMesh) -> SurfaceMesh:
    """The mesh with all its faces in sheet 0, wherever in it they lie."""
    others = {name: values for name, values in mesh.attributes.items() if name != SHEET}
    return replace(mesh, attributes=others)


@dataclass(frozen=True, eq=False)
class Spread:
    """A mesh whose faces lie in as many sheets as there are files.

    sheets: one for each file. owner: for each, the index of the sheet that was asked for.
    """

    mesh: SurfaceMesh
    sheets: tuple[Sheet, ...]
    owner: tuple[int, ...]


def spread(mesh: SurfaceMesh, sheets: Sequence[Sheet]) -> Spread:
    """Split sheets whose files are named with ``<PART>`` or ``<UDIM>``, and number those that are used anew.

    Sheets without faces are left out, with a note. Raises JobError: "bad_job" for a face in a sheet that is
    not there, "udim_range" for faces in UV tiles that have no number.
    """
    own = sheet_of(mesh)
    if own.max() >= len(sheets):
        raise bad_job(
            f"The mesh {mesh.name!r} is painted into {own.max() + 1} sheets; sheets has {len(sheets)}."
        )
    number = np.zeros_like(own)
    found: list[Sheet] = []
    owner: list[int] = []
    notes: list[str] = []
    for index, sheet in enumerate(sheets):
        faces = np.flatnonzero(own == index)
        if len(faces) == 0:
            notes.append(f"Texture {index + 1} of {len(sheets)} was left out: no face with an area shows it.")
            continue
        for named, part in _by_part(mesh, sheet, faces):
            if UDIM not in named.output:
                notes += _tile_notes(mesh.uvs[part])
            for single, chosen in _by_tile(mesh, named, part):
                number[chosen] = len(found)
                found.append(single)
                owner.append(index)
        if sheet.base and not any(each.base for each, of in zip(found, owner, strict=True) if of == index):
            raise JobError(
                "image_missing",
                f"None of the base textures {sheet.base} is there. Choose others, or leave them out.",
                Remedy.CHOOSE_IMAGE,
            )
    attributes = {**mesh.attributes, SHEET: number.astype(np.float64)}
    unique = tuple(dict.fromkeys((*mesh.notes, *notes)))
    return Spread(replace(mesh, attributes=attributes, notes=unique), tuple(found), tuple(owner))


_Split = list[tuple[Sheet, Ints]]


def _by_part(mesh: SurfaceMesh, sheet: Sheet, faces: Ints) -> _Split:
    if PART not in sheet.output:
        return [(sheet, faces)]
    part = mesh.attributes["part"][faces].astype(np.int64) if mesh.parts else np.zeros_like(faces)
    names = _file_names(mesh.parts or (mesh.name,))
    return [(_named(sheet, PART, names[each]), faces[part == each]) for each in np.unique(part)]


def _by_tile(mesh: SurfaceMesh, sheet: Sheet, faces: Ints) -> _Split:
    if UDIM not in sheet.output:
        return [(sheet, faces)]
    tile = np.floor(mesh.uvs[faces].mean(1)).astype(np.int64)
    outside = ((tile < 0) | (tile >= [TILES_ACROSS, TILES_UP])).any(1)
    if outside.any():
        raise JobError(
            "udim_range",
            f"{counted(int(outside.sum()), 'face lies', 'faces lie')} in UV tiles that have no UDIM number. "
            "Move all islands into the tiles 1001 to 2000: u from 0 to 10, v from 0 to 100.",
            Remedy.UNWRAP,
        )
    number = 1001 + tile[:, 0] + TILES_ACROSS * tile[:, 1]
    return [(_named(sheet, UDIM, str(each)), faces[number == each]) for each in np.unique(number)]


def _named(sheet: Sheet, token: str, word: str) -> Sheet:
    """The sheet with a word for the token. A base that is missing for one of several files has the colour."""
    base = sheet.base
    if token in base:
        base = base.replace(token, word)
        base = base if UDIM in base or PART in base or Path(base).exists() else ""
    output, height = sheet.output.replace(token, word), sheet.height.replace(token, word)
    return replace(sheet, output=output, base=base, height=height)


def _file_names(names: Sequence[str]) -> list[str]:
    """Names that files can have, all different."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"[^\w.-]+", "_", name).strip("._")[:80] or "part"
        taken = {other.casefold() for other in found}
        tries = (f"{plain}_{number}" for number in range(2, len(names) + 2))
        found.append(
            plain if plain.casefold() not in taken else next(t for t in tries if t.casefold() not in taken)
        )
    return found


def _tile_notes(uvs: Floats) -> list[str]:
    tiles = len(np.unique(np.floor(uvs.mean(1)), axis=0))
    if tiles < 2:
        return []
    return [f"The UV map reaches over {tiles} tiles; all of them are painted into one texture."]
