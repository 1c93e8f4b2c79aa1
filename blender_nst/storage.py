"""Job folders: where a job's files lie while it runs, and stay if it could not be finished."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

import bpy

from ..core.protocol import JobError, Remedy
from .identity import EXTENSION

KEPT_FOLDERS = 20


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
    """An empty folder for one job. The oldest of the kept ones go.

    Raises JobError ("no_permission") when it cannot be made.
    """
    jobs = user_folder("jobs")
    _prune(jobs)
    try:
        return Path(tempfile.mkdtemp(prefix="job-", dir=jobs))
    except OSError as error:
        raise _unwritable(str(jobs), error) from error


def discard(folder: Path) -> None:
    """Remove a job's folder; what cannot be removed stays."""
    shutil.rmtree(folder, ignore_errors=True)


def _prune(jobs: Path) -> None:
    newest_first = sorted(jobs.iterdir(), key=lambda entry: entry.lstat().st_mtime, reverse=True)
    for folder in [entry for entry in newest_first if entry.is_dir()][KEPT_FOLDERS:]:
        discard(folder)
    for log in [entry for entry in newest_first if entry.suffix == ".log"][KEPT_FOLDERS:]:
        with contextlib.suppress(OSError):
            log.unlink()


def _unwritable(what: str, error: OSError) -> JobError:
    return JobError(
        "no_permission",
        f"The folder for the add-on's files cannot be written ({what}): {error.strerror or error}. "
        "Free some space or check its permissions.",
        Remedy.CHOOSE_FOLDER,
    )
