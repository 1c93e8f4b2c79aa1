"""Reading and writing a job's files, and saying which one could not be."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

from ...core.protocol import JobError, Remedy

FILE_KINDS = (".exr", ".png")
"""How names end of files that Blender writes results to: of their light, and of what is seen of it."""
_DISK_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
_PNG_END = b"IEND\xaeB`\x82"


def read_picture(path: Path, role: str) -> bytes:
    """The bytes of a picture's file. Raises JobError: image_missing, image_unreadable."""
    need_picture(path, role)
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, role, error) from error


def need_picture(path: Path, role: str) -> None:
    """Raise JobError (image_missing, image_unreadable) unless there is a file that can be read."""
    try:
        with open(path, "rb") as file:
            file.read(1)
    except FileNotFoundError as error:
        raise JobError(
            "image_missing", f"The {role} image is not there: {path}.", Remedy.CHOOSE_IMAGE
        ) from error
    except OSError as error:
        raise _unreadable(path, role, error) from error


def need_kind(path: Path, what: str) -> None:
    """Raise JobError ("file_kind") unless a name ends as one of ``FILE_KINDS``. what: the file is to hold."""
    if path.suffix.lower() not in FILE_KINDS:
        raise JobError(
            "file_kind",
            f"{what} cannot be saved as '{path.name}'. Give the file a name that ends in .exr, for its "
            "light, or in .png, for what is seen of it.",
            Remedy.CHOOSE_FOLDER,
        )


def check_png(path: Path) -> None:
    """Raise JobError ("disk_full") unless a PNG that was just written is whole to its last byte.

    Blender says that it has saved a picture even when the disk took only half of it. Raises
    FileNotFoundError if there is no file at all.
    """
    try:
        with open(path, "rb") as file:
            file.seek(-len(_PNG_END), 2)
            complete = file.read() == _PNG_END
    except FileNotFoundError:
        raise
    except OSError:  # shorter than its end
        complete = False
    if not complete:
        raise disk_full(path)


def disk_full(path: Path) -> JobError:
    """The error for a file for which there was no room."""
    return JobError(
        "disk_full",
        f"The disk is full: {path} could not be written completely. Make room on it and try again.",
        Remedy.CHOOSE_FOLDER,
    )


def unwritable(folder: Path, error: OSError) -> JobError:
    """The error for a job's folder that takes no file."""
    if error.errno in _DISK_FULL:
        return disk_full(folder)
    return JobError(
        "no_permission",
        f"The job's files cannot be written to {folder}: {error.strerror or error}.",
        Remedy.CHOOSE_FOLDER,
    )


def need_writable(folder: Path) -> None:
    """Raise JobError ("no_permission") unless the folder takes a file."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise JobError(
            "no_permission",
            f"{folder} cannot be written to: {error.strerror or error}. Choose another folder.",
            Remedy.CHOOSE_FOLDER,
        ) from error


def _unreadable(path: Path, role: str, error: OSError) -> JobError:
    return JobError(
        "image_unreadable",
        f"The {role} image cannot be read ({error.strerror or error}): {path}. "
        "Choose another image, or check the file's permissions.",
        Remedy.CHOOSE_IMAGE,
    )
