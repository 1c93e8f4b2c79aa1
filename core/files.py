"""Files written whole or not at all, and what to say when they cannot be."""

from __future__ import annotations

import errno
import glob
import hashlib
import logging
import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from .protocol import JobError, Remedy

log = logging.getLogger(__name__)

_PROBE_BYTES = 64 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER = {errno.ENOENT, errno.ENOTDIR}


def write_atomically(path: str | Path, write: Callable[[Path], None]) -> None:
    """Write a file so that it is either the old one or the whole new one.

    write: fills the new, temporary file beside ``path`` that it is given. Whatever goes
    wrong, the temporary file is removed and ``path`` is as it was. Raises JobError as
    ``write_error`` says; anything but an OSError from ``write`` passes through.
    """
    write_together([(path, write)])


def write_together(files: Iterable[tuple[str | Path, Callable[[Path], None]]]) -> None:
    """Write several files, each as ``write_atomically`` does, and none of them before all are whole."""
    done: list[tuple[Path, Path]] = []
    path: str | Path = ""
    try:
        for path, write in files:
            target = Path(os.path.realpath(path))
            temporary = _temporary(target)
            done.append((temporary, target))
            # Made here rather than by tempfile, whose files nobody else may read.
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            write(temporary)
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
        for temporary, path in done:
            os.replace(temporary, path)
    except OSError as error:
        raise write_error(Path(path), error) from error
    finally:
        for temporary, _ in done:
            _remove(temporary)


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises OSError."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_folder_writable(path: str | Path) -> None:
    """Raise the JobError that writing ``path`` would end in, by writing a little beside it."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise JobError(
            "no_permission",
            f"{path} is a folder, so no file can be written in its place. Choose a file name.",
            Remedy.CHOOSE_FOLDER,
        )
    if target.exists() and not os.access(target, os.W_OK):
        raise write_error(Path(path), PermissionError(errno.EACCES, "read-only file"))
    probe = _temporary(target)
    try:
        with probe.open("xb") as file:
            file.write(bytes(_PROBE_BYTES))
            os.fsync(file.fileno())
    except OSError as error:
        raise write_error(Path(path), error) from error
    finally:
        _remove(probe)


def write_error(path: Path, error: OSError) -> JobError:
    """What a failed write of ``path`` means.

    Codes: "disk_full", "no_permission", "folder_missing", and "write_failed" for the rest.
    """
    folder = path.parent
    if error.errno in _FULL:
        return JobError(
            "disk_full",
            f"The disk is full: {path.name} does not fit into {folder}. "
            "Free some space, or choose another folder.",
            Remedy.CHOOSE_FOLDER,
        )
    if error.errno in _FORBIDDEN:
        return JobError(
            "no_permission",
            f"{path} may not be written: permission denied. Choose another folder, or change its rights.",
            Remedy.CHOOSE_FOLDER,
        )
    if error.errno in _NO_FOLDER and folder.is_dir():
        return JobError(
            "no_permission",
            f"The folder {folder} takes no files, so {path.name} cannot be saved in it. Choose another.",
            Remedy.CHOOSE_FOLDER,
        )
    if error.errno in _NO_FOLDER:
        return JobError(
            "folder_missing",
            f"The folder {folder} is not there, so {path.name} cannot be saved in it. "
            "Make it, or choose another.",
            Remedy.CHOOSE_FOLDER,
        )
    reason = error.strerror or str(error)
    return JobError(
        "write_failed", f"{path} could not be written: {reason}. Choose another folder.", Remedy.CHOOSE_FOLDER
    )


def remove_unfinished(path: str | Path) -> None:
    """Delete what writes of a file have left that were killed. Nobody may be writing it now."""
    target = Path(os.path.realpath(path))
    for left in target.parent.glob(f".{glob.escape(target.name[:100])}.*.tmp"):
        _remove(left)


def _temporary(target: Path) -> Path:
    # Cut short: a long name with the suffix added may be longer than a file system allows.
    return target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.tmp")


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except NotADirectoryError:  # what should have been its folder is a file
        return
    except OSError:
        log.warning("the temporary file %s could not be removed", path, exc_info=True)
