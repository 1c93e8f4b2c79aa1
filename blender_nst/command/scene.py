"""The scene's file: opening it, and saving it as another in one step."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import bpy

from ...core.protocol import JobError, Remedy
from ..host.files import need_writable


def open_scene(scene: str) -> None:
    """Open a .blend file. Raises JobError: scene_missing, scene_unreadable."""
    path = Path(scene).absolute()
    if not path.is_file():
        raise JobError(
            "scene_missing", f"There is no file {path}. Name the .blend file that is to be painted."
        )
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False)
    except RuntimeError as error:
        raise JobError(
            "scene_unreadable",
            f"Blender {bpy.app.version_string} cannot open {path}. It may be damaged, no .blend file, or one "
            "of a newer Blender.",
        ) from error


def need_target(path: Path) -> Path:
    """The path, if the scene can be saved there: said before the work, not after it.

    Raises JobError: usage, folder_missing, no_permission.
    """
    if path.suffix.lower() != ".blend":
        raise JobError(
            "usage", f"--save is '{path}'; it must be a name that ends in .blend.", Remedy.CHOOSE_FOLDER
        )
    if not path.parent.is_dir():
        raise JobError("folder_missing", f"The folder {path.parent} does not exist.", Remedy.CHOOSE_FOLDER)
    if path.is_dir():
        raise JobError("no_permission", f"{path} is a folder; name a file.", Remedy.CHOOSE_FOLDER)
    for source in (bpy.path.abspath(library.filepath) for library in bpy.data.libraries):
        if path.exists() and os.path.exists(source) and os.path.samefile(path, source):
            raise JobError(
                "usage",
                f"--save is '{path}', which the scene takes linked data from. Name another file.",
                Remedy.CHOOSE_FOLDER,
            )
    need_writable(path.parent)
    return path


def save_scene(path: Path) -> None:
    """Save the scene as ``path`` in one step; what was there stays until the new file is complete."""
    draft = path.with_name(f".{path.stem}-{os.getpid()}.blend")
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(draft), copy=True, check_existing=False)
        os.replace(draft, path)
    except (RuntimeError, OSError) as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise JobError(
            "save_failed", f"The scene cannot be saved as {path}: {str(error).strip()}", Remedy.CHOOSE_FOLDER
        ) from error
