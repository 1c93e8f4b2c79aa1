"""Installing the engine: a virtual environment of its own, filled by pip in child processes."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from ...core.protocol import JobError, Remedy
from .check import check
from .locate import venv_python
from .steps import Steps, run_child

SPACE_NEEDED = 8 * 2**30
"""Bytes: PyTorch with CUDA takes about 5 GiB, its downloads the rest."""


def environment_folder(engine_folder: Path) -> Path:
    """Where the engine's own virtual environment lies."""
    return engine_folder / "venv"


def _spare_folder(engine_folder: Path) -> Path:
    """Where the environment that works waits: its new place has to be the one where it was made."""
    return engine_folder / "venv-before"


def log_file(engine_folder: Path) -> Path:
    """The log of installations and checks."""
    return engine_folder / "engine.log"


def install(engine_folder: Path, base_python: Path, root: Path, space_needed: int = SPACE_NEEDED) -> Steps:
    """Steps that make the environment, install the packages and check the engine in it.

    Nothing is left of it when it fails or is closed before its end, and an environment that
    was there before is there again. Raises JobError: disk_full, install_failed, or one of
    ``check``'s.
    """
    folder = environment_folder(engine_folder)
    log_path = log_file(engine_folder)
    free = shutil.disk_usage(engine_folder).free
    if free < space_needed:
        raise JobError(
            "disk_full",
            f"The engine needs {space_needed / 2**30:.0f} GB of disk space, and {engine_folder} has "
            f"{free / 2**30:.1f} GB left. Make room and try again.",
            Remedy.SETUP_ENGINE,
        )
    _set_aside(engine_folder)
    python = venv_python(folder)
    try:
        log_path.unlink(missing_ok=True)
        yield from run_child(
            "Making a Python for the engine",
            [base_python, "-m", "venv", folder],
            log_path,
            "A Python environment could not be made",
        )
        yield from run_child(
            "Downloading and installing PyTorch (a few minutes)",
            [
                python,
                "-u",
                "-m",
                "pip",
                "install",
                "--progress-bar",
                "off",
                "-r",
                root / "core" / "requirements.txt",
            ],
            log_path,
            "The engine's packages could not be installed",
        )
        report = yield from check(python, root, log_path)
    except BaseException:  # also when it is closed
        _put_back(engine_folder)
        raise
    _discard_spare(engine_folder)
    return report


def remove(engine_folder: Path) -> None:
    """Remove the engine's own environment; a Python of somebody else's is never touched."""
    shutil.rmtree(environment_folder(engine_folder), ignore_errors=True)
    _discard_spare(engine_folder)


def _set_aside(engine_folder: Path) -> None:
    folder, spare = environment_folder(engine_folder), _spare_folder(engine_folder)
    try:
        if spare.exists():  # Blender was killed in the middle of an installation
            shutil.rmtree(folder, ignore_errors=True)
            spare.rename(folder)
        if folder.exists():
            folder.rename(spare)
    except OSError as error:
        raise JobError(
            "install_failed",
            f"The engine's present folder cannot be replaced ({error.strerror or error}): {folder}. "
            "Close other Blenders that use it and try again.",
            Remedy.SETUP_ENGINE,
        ) from error


def _discard_spare(engine_folder: Path) -> None:
    """Remove the spare. It is renamed first, so that what cannot be removed is never taken for a spare."""
    spare, rubbish = _spare_folder(engine_folder), engine_folder / "venv-rubbish"
    with contextlib.suppress(OSError):
        spare.rename(rubbish)
    shutil.rmtree(rubbish, ignore_errors=True)


def _put_back(engine_folder: Path) -> None:
    folder, spare = environment_folder(engine_folder), _spare_folder(engine_folder)
    shutil.rmtree(folder, ignore_errors=True)
    if spare.exists() and not folder.exists():
        with contextlib.suppress(OSError):
            spare.rename(folder)
