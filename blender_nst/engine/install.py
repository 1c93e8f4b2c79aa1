"""Installing the engine: a virtual environment of its own, filled by pip in child processes."""

from __future__ import annotations

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


def log_file(engine_folder: Path) -> Path:
    """The log of installations and checks."""
    return engine_folder / "engine.log"


def install(engine_folder: Path, base_python: Path, root: Path, space_needed: int = SPACE_NEEDED) -> Steps:
    """Steps that make the environment, install the packages and check the engine in it.

    Nothing is left of it when it fails or is closed before its end. Raises JobError:
    disk_full, install_failed, or one of ``check``'s.
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
    remove(engine_folder)
    log_path.unlink(missing_ok=True)
    python = venv_python(folder)
    try:
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
    except (JobError, GeneratorExit):
        remove(engine_folder)
        raise
    return report


def remove(engine_folder: Path) -> None:
    """Remove the engine's own environment; a Python of somebody else's is never touched."""
    shutil.rmtree(environment_folder(engine_folder), ignore_errors=True)
