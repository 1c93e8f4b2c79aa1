"""Work in child processes that goes on a little with every tick of a timer.

A ``Steps`` generator yields a sentence for the panel while it waits, returns what it has
found, raises JobError, and ends its child when it is closed.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Generator, Sequence
from pathlib import Path

from ...core.protocol import JobError, Remedy
from .logs import last_line, size_of
from .process import clean_environment, end_process, popen_options

Steps = Generator[str, None, "EngineReport"]


class EngineReport(dict[str, object]):
    """What a check has found: python, version, torch, engine, default_device and devices (JSON values)."""


def run_child(
    title: str, command: Sequence[str | Path], log_path: Path, failure: str
) -> Generator[str, None, None]:
    """Run a command to its end, its output at the end of a log; yields ``title`` meanwhile.

    Raises JobError ("install_failed") that starts with ``failure``.
    """
    environment = clean_environment(os.environ) | {"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    try:
        with open(log_path, "ab") as log_file:
            log_file.write(f"\n{title}\n".encode())
            log_file.flush()
            start = size_of(log_path)
            child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=subprocess.STDOUT,
                env=environment,
                **popen_options(),
            )
    except OSError as error:
        raise JobError(
            "install_failed", f"{failure}: {error.strerror or error}.", Remedy.SETUP_ENGINE
        ) from error
    try:
        while child.poll() is None:
            yield title
    finally:
        end_process(child)
    if child.returncode != 0:
        reason = last_line(log_path, start=start) or f"exit status {child.returncode}"
        raise JobError(
            "install_failed",
            f"{failure}: {reason.rstrip('.')}. The whole log is {log_path}.",
            Remedy.SETUP_ENGINE,
        )


def finish(steps: Steps, interval: float = 0.05) -> EngineReport:
    """Run the steps to their end, blocking; for scripts and tests."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            report: EngineReport = stop.value
            return report
        time.sleep(interval)
