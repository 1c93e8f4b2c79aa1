"""Does a Python serve as the engine's? First cheaply, then by starting the worker in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path

from ...core.protocol import PROTOCOL_VERSION, Failure, Hello, JobError, Remedy
from .client import worker_command
from .logs import why_it_ended
from .process import EngineProcess, clean_environment, end_process, popen_options
from .steps import EngineReport, Steps

OLDEST_PYTHON = (3, 11)
PROBE_SECONDS = 30.0
START_SECONDS = 180.0
"""The first start reads gigabytes from disk and may be scanned for viruses."""

_IMPORT_NAMES = {"Pillow": "PIL", "opencv-python-headless": "cv2"}
# Runs in Pythons of any age, so it keeps to what old ones know.
_PROBE = """
import json, sys
try:
    from importlib.util import find_spec
except ImportError:
    find_spec = None
missing = [name for name in sys.argv[1:] if find_spec is None or find_spec(name) is None]
print(json.dumps({"version": list(sys.version_info[:3]), "missing": missing}))
"""


def required_modules(requirements: Path) -> dict[str, str]:
    """Import name to package name of everything in a requirements file."""
    packages: dict[str, str] = {}
    for line in requirements.read_text(encoding="utf-8").splitlines():
        match = re.match(r"[A-Za-z0-9._-]+", line.strip())
        if match:
            name = match.group()
            packages[_IMPORT_NAMES.get(name, name)] = name
    return packages


def check(python: Path, root: Path, log_path: Path) -> Steps:
    """Steps that find out whether ``python`` can run the engine in ``root``.

    Raises JobError: python_missing, python_wrong, python_old, packages_missing, engine_start,
    engine_protocol, or the worker's own (engine_broken), each with a sentence that says what to do.
    """
    requirements = root / "core" / "requirements.txt"
    yield from _probe(python, requirements)
    hello = yield from _greet(python, root, log_path)
    return EngineReport(
        python=str(python),
        version=hello.python,
        torch=hello.torch,
        engine=hello.engine,
        default_device=hello.default_device,
        devices=[asdict(device) for device in hello.devices],
    )


def _probe(python: Path, requirements: Path) -> Generator[str, None, None]:
    title = "Looking at the Python"
    if not python.is_file():
        raise JobError(
            "python_missing", f"There is no Python at {python}. Choose another file.", Remedy.SETUP_ENGINE
        )
    modules = required_modules(requirements)
    not_python = (
        f"{python} is not a Python that can be run. Choose a Python program, or press Install Engine."
    )
    try:
        child = subprocess.Popen(
            [str(python), "-c", _PROBE, *modules],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=clean_environment(os.environ),
            text=True,
            encoding="utf-8",
            errors="replace",
            **popen_options(),
        )
    except OSError as error:
        raise JobError("python_wrong", not_python, Remedy.SETUP_ENGINE) from error
    deadline = time.monotonic() + PROBE_SECONDS
    try:
        while child.poll() is None:
            if time.monotonic() > deadline:
                raise JobError("python_wrong", not_python, Remedy.SETUP_ENGINE)
            yield title
        said = child.stdout.read() if child.stdout is not None else ""
    finally:
        end_process(child)
        if child.stdout is not None:
            child.stdout.close()
    try:
        found = json.loads(said)
        version, missing = tuple(found["version"]), list(found["missing"])
    except (ValueError, KeyError, TypeError) as error:
        raise JobError("python_wrong", not_python, Remedy.SETUP_ENGINE) from error
    if version < OLDEST_PYTHON:
        raise JobError(
            "python_old",
            f"This Python is {'.'.join(map(str, version))}; the engine needs Python "
            f"{'.'.join(map(str, OLDEST_PYTHON))} or newer. Choose another one, or press Install Engine.",
            Remedy.SETUP_ENGINE,
        )
    if missing:
        names = ", ".join(modules[name] for name in missing)
        raise JobError(
            "packages_missing",
            f"This Python has no {names}. Press Install Engine, or run: "
            f'"{python}" -m pip install -r "{requirements}"',
            Remedy.SETUP_ENGINE,
        )


def _greet(python: Path, root: Path, log_path: Path) -> Generator[str, None, Hello]:
    process = EngineProcess(worker_command(python), root, log_path)
    deadline = time.monotonic() + START_SECONDS
    try:
        while True:
            for message in process.receive():
                if isinstance(message, Hello):
                    return _same_protocol(message)
                if isinstance(message, Failure):
                    raise JobError(message.code, message.message, Remedy.SETUP_ENGINE)
            if process.ended or time.monotonic() > deadline:
                reason = why_it_ended(log_path, process.log_start, process.returncode)
                raise JobError(
                    "engine_start",
                    f"The engine does not start in this Python: {reason}",
                    Remedy.SETUP_ENGINE,
                )
            yield "Starting the engine"
    finally:
        process.kill()


def _same_protocol(hello: Hello) -> Hello:
    if hello.protocol != PROTOCOL_VERSION:
        raise JobError(
            "engine_protocol",
            f"The engine speaks version {hello.protocol} of the protocol, "
            f"this add-on version {PROTOCOL_VERSION}. Restart Blender.",
            Remedy.SETUP_ENGINE,
        )
    return hello
