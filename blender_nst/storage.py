"""Job folders: where a job's files lie while it runs, and stay if it could not be finished."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path

import bpy

from ..core.protocol import JobError, Remedy
from .identity import EXTENSION

KEPT_FOLDERS = 20
SAFE_SECONDS = 24 * 3600.0
"""Nothing younger goes: it may belong to a job that runs, here or in another Blender."""


def user_folder(name: str) -> Path:
    """A folder of the extension's own that outlives upgrades; a temporary one if it is not installed.

    Raises JobError ("no_permission") when it cannot be made.
    """
    try:
        return Path(bpy.utils.extension_path_user(EXTENSION, path=name, create=True))
    except ValueError:  # run from source, not as an extension
        folder = Path(tempfile.gettempdir()) / "neural_style_transfer" / name
    except OSError as error:
        raise _unwritable(name, error) from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(name, error) from error
    return folder


def engine_folder() -> Path:
    """The folder for the engine's own environment and its log."""
    return user_folder("engine")


def new_job_folder() -> Path:
    """An empty folder for one job. Of those kept earlier, the oldest go once they are a day old.

    Raises JobError ("no_permission") when it cannot be made.
    """
    jobs = user_folder("jobs")
    prune(jobs, time.time())
    try:
        return Path(tempfile.mkdtemp(prefix="job-", dir=jobs))
    except OSError as error:
        raise _unwritable(str(jobs), error) from error


def discard(folder: Path) -> None:
    """Remove a job's folder; what cannot be removed stays."""
    shutil.rmtree(folder, ignore_errors=True)


def prune(jobs: Path, now: float) -> None:
    """Remove old job folders and logs, beyond the newest ones. now: seconds since the epoch.

    Another Blender may do the same at the same time, so any entry can be gone already.
    """
    folders: list[tuple[float, Path]] = []
    logs: list[tuple[float, Path]] = []
    with contextlib.suppress(OSError):
        for entry in list(jobs.iterdir()):
            with contextlib.suppress(OSError):
                kind = logs if entry.suffix == ".log" else folders if entry.is_dir() else []
                kind.append((entry.lstat().st_mtime, entry))
    for _time, folder in _old(folders, now):
        discard(folder)
    for _time, log in _old(logs, now):
        with contextlib.suppress(OSError):
            log.unlink()


def _old(entries: list[tuple[float, Path]], now: float) -> list[tuple[float, Path]]:
    beyond = sorted(entries, reverse=True)[KEPT_FOLDERS:]
    return [entry for entry in beyond if now - entry[0] > SAFE_SECONDS]


def _unwritable(what: str, error: OSError) -> JobError:
    return JobError(
        "no_permission",
        f"The folder for the add-on's files cannot be written ({what}): {error.strerror or error}. "
        "Free some space or check its permissions.",
        Remedy.CHOOSE_FOLDER,
    )
