"""Which Python runs the engine."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ...core.protocol import JobError, Remedy

ENGINE_PYTHON_VARIABLE = "NST_ENGINE_PYTHON"
"""Environment variable that names the engine's Python, before any preference: for farms and tests."""


def python_of(path: str | Path) -> Path:
    """The interpreter that ``path`` means: a program itself, or the folder of a virtual environment."""
    place = Path(path).expanduser()
    if place.is_dir():
        return venv_python(place)
    return place.absolute()  # not resolved: a virtual environment's Python is a link


def venv_python(folder: Path) -> Path:
    """The interpreter of a virtual environment."""
    if sys.platform == "win32":
        return (folder / "Scripts" / "python.exe").absolute()
    return (folder / "bin" / "python").absolute()


def find_python(
    explicit: str = "",
    preferred: str = "",
    own: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Path | None:
    """The engine's Python: the one said explicitly, else NST_ENGINE_PYTHON, the preferences, this Python.

    own: whether the running Python may serve, if it has torch. environment: this process's
    own by default. None when nothing is set.
    """
    variables = os.environ if environment is None else environment
    for path in (explicit, variables.get(ENGINE_PYTHON_VARIABLE, ""), preferred):
        if path:
            return python_of(path)
    if own and importlib.util.find_spec("torch") is not None:
        return Path(sys.executable)
    return None


def need_python(python: Path | None) -> Path:
    """The same Python, if there is one and it exists. Raises JobError ("engine_missing")."""
    if python is None:
        raise JobError(
            "engine_missing",
            "The engine is not set up yet. Install it in the add-on's preferences.",
            Remedy.SETUP_ENGINE,
        )
    if not python.is_file():
        raise JobError(
            "engine_missing",
            f"The engine's Python is not there any more: {python}. "
            "Set the engine up again in the add-on's preferences.",
            Remedy.SETUP_ENGINE,
        )
    return python
