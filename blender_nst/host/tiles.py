"""UDIM: textures of several tiles, as files for the engine and as Blender's images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import UDIM, JobError, Remedy
from .files import read_picture

_UVTILE = "<UVTILE>"


def tile_files(image: Any, folder: Path, stem: str, role: str) -> Path:
    """Copy the files of a tiled image to ``folder``; returns their path, ``<UDIM>`` in the number's place.

    Tiles without a file are left out. Raises JobError: image_unsaved for tiles that hold paint that no file
    has, image_missing if no tile has a file, image_unreadable; OSError when the folder takes no file.
    """
    if image.is_dirty:
        raise JobError(
            "image_unsaved",
            f"The tiles of '{image.name}' have been painted on since they were saved. Save the image first "
            "(Image Editor > Image > Save).",
            Remedy.CHANGE_SETTING,
        )
    suffix = Path(image.filepath).suffix.lower() or ".png"
    target = folder / f"{stem}.{UDIM}{suffix}"
    packed = {file.tile_number: bytes(file.packed_file.data) for file in image.packed_files}
    found = False
    for tile in image.tiles:
        data = packed.get(tile.number)
        path = _path(image, tile.number)
        if data is None and os.path.isfile(path):
            data = read_picture(path, role)
        if data is not None:
            Path(str(target).replace(UDIM, str(tile.number))).write_bytes(data)
            found = True
    if not found:
        raise JobError(
            "image_missing",
            f"The {role} image '{image.name}' has no tile with a picture; its files may have moved. "
            "Find them again, or save the image.",
            Remedy.CHOOSE_IMAGE,
        )
    return target


def load_tiles(paths: Sequence[Path]) -> Any:
    """The engine's pictures of tiles, named with their numbers, as one new image.

    Raises RuntimeError if Blender cannot read them.
    """
    image = bpy.data.images.load(str(paths[0]), check_existing=False)
    image.source = "TILED"  # which finds the other tiles beside it
    for path in paths:
        number = int(path.suffixes[-2][1:])
        if image.tiles.get(number) is None:
            image.tiles.new(tile_number=number)
    image.reload()
    return image


def _path(image: Any, number: int) -> Path:
    u, v = (number - 1001) % 10 + 1, (number - 1001) // 10 + 1
    name = image.filepath.replace(UDIM, str(number)).replace(_UVTILE, f"u{u}_v{v}")
    return Path(bpy.path.abspath(name, library=image.library))
