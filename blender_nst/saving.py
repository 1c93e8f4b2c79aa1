"""Where the images of results lie: packed in the .blend file, or as files in a folder."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import UDIM, JobError, Remedy
from .host.files import need_writable

_BESIDE = "//"
"""How Blender writes a path that begins at the .blend file's folder."""


def save_to_of(settings: Any) -> str:
    """The folder that the panel names for images; empty where they are to be packed."""
    if settings.images != "save":
        return ""
    folder = str(settings.image_folder)
    complete = folder.startswith(_BESIDE) or Path(folder).is_absolute()
    return folder if complete else _BESIDE + folder


def saving_folder(save_to: str) -> Path:
    """The absolute path of a folder for images. Raises JobError ("blend_unsaved") if it depends on a file."""
    if save_to.startswith(_BESIDE) and not bpy.data.filepath:
        raise JobError(
            "blend_unsaved",
            "Images are to be saved beside the .blend file. Save the .blend file first, or choose a folder "
            "with a full path.",
            Remedy.CHOOSE_FOLDER,
        )
    return Path(os.path.abspath(bpy.path.abspath(save_to)))


def check_saving(save_to: str) -> None:
    """Raise JobError (blend_unsaved, no_permission) unless images can be saved there, as far as is known now.

    save_to: a folder that need not be there yet; empty for images that are packed. Nothing is left there.
    """
    if save_to:
        folder = saving_folder(save_to)
        need_writable(next((each for each in (folder, *folder.parents) if os.path.exists(each)), folder))


def save_images(images: Sequence[Any], save_to: str) -> tuple[str, ...]:
    """Move packed images of ``load_result`` into files, byte for byte; no file that is there is overwritten.

    save_to: as of ``check_saving``. What cannot be saved stays packed, and a note says so.
    """
    if not save_to:
        return ()
    folder = saving_folder(save_to)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for image in images:
            _save(image, folder, save_to.startswith(_BESIDE))
    except OSError as error:
        packed = ", ".join(f"'{image.name}'" for image in images if image.packed_files)
        why = error.strerror or error
        return (f"Images cannot be saved to {folder} ({why}), so the .blend file holds {packed}.",)
    return ()


def files_of(image: Any) -> list[str]:
    """The absolute paths of the files of an image or of its tiles; none of one that is packed."""
    if image.packed_files:
        return []
    numbers = [tile.number for tile in image.tiles] if image.source == "TILED" else [0]
    path = os.path.abspath(bpy.path.abspath(image.filepath))
    return [_tile(path, number) for number in numbers]


def _save(image: Any, folder: Path, relative: bool) -> None:
    """Write an image's file, or its tiles', and unpack it. Raises OSError; then nothing has changed."""
    numbers = [file.tile_number for file in image.packed_files]
    path = _free(folder / bpy.path.basename(image.filepath), numbers)
    made: list[str] = []
    try:
        for packed in image.packed_files:
            with open(_tile(path, packed.tile_number), "xb") as file:
                made.append(file.name)
                file.write(packed.packed_file.data)
    except OSError:
        for name in made:
            with contextlib.suppress(OSError):
                os.unlink(name)
        raise
    image.unpack(method="REMOVE")
    image.filepath_raw = bpy.path.relpath(path) if relative else path


def _free(path: Path, numbers: Sequence[int]) -> str:
    """The path, with a number after its stem if a file, or that of a tile, is there already."""
    stem, suffixes = path.name.split(".", 1)  # a clean name has no other dots
    names = itertools.chain([path.name], (f"{stem}.{count:03}.{suffixes}" for count in itertools.count(1)))
    paths = (str(path.with_name(name)) for name in names)
    return next(each for each in paths if not any(os.path.lexists(_tile(each, number)) for number in numbers))


def _tile(path: str, number: int) -> str:
    return path.replace(UDIM, str(number))
