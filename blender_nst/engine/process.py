"""One engine process: messages in and out, without ever waiting for it."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from ...core.protocol import JobError, Message, Remedy, decode, encode
from .logs import size_of

log = logging.getLogger(__name__)

_PYTHON_SETTINGS = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONEXECUTABLE",
    "PYTHONSAFEPATH",  # would keep "-m core.worker" from finding core in its working folder
    "__PYVENV_LAUNCHER__",
)
_PATIENCE = 3.0
"""Seconds to wait for a process that was killed; Blender's window waits with us."""
NICENESS = 5
"""How far the engine steps back behind Blender, in POSIX's steps of priority."""


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for another Python: without what points to Blender's own."""
    return {key: value for key, value in environment.items() if key not in _PYTHON_SETTINGS}


def popen_options() -> dict[str, Any]:
    """Options of ``subprocess.Popen`` for a child without a window that can be ended with its children."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def engine_options() -> dict[str, Any]:
    """The same, for a child that computes for minutes while people work."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return popen_options()


def step_back(pid: int) -> None:
    """Let a process compute with what others leave it, so that Blender's window stays quick.

    Where the system does not let us, it stays as it is.
    """
    if sys.platform == "win32":
        return  # BELOW_NORMAL_PRIORITY_CLASS has done it
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS))
    # Linux desktops share the processor between sessions first, and only then by priority.
    autogroup = Path(f"/proc/{pid}/autogroup")
    if autogroup.exists():
        with contextlib.suppress(OSError):
            autogroup.write_text(str(NICENESS), encoding="ascii")


def end_process(process: subprocess.Popen[Any]) -> None:
    """End a child that was started with ``popen_options``, and its own children, at once.

    One that the system cannot end yet, because it waits for a disk or a driver, is left to it.
    """
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
        try:
            process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            log.warning("Process %d has not ended", process.pid)


class EngineProcess:
    """A running worker. ``receive`` and ``send`` return at once: the worker reads at all times.

    command: the worker's command line; cwd: the folder in which ``core`` lies; log_path:
    the file that takes its stderr, from byte ``log_start`` on. Raises JobError
    ("engine_missing") if it cannot start.
    """

    def __init__(self, command: Sequence[str], cwd: Path, log_path: Path) -> None:
        self.log_path = log_path
        self.log_start = size_of(log_path)
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._ended = False
        try:
            with open(log_path, "ab") as log_file:
                self._process = subprocess.Popen(
                    list(command),
                    cwd=cwd,
                    env=clean_environment(os.environ),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log_file,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                    bufsize=1,
                    **engine_options(),
                )
        except OSError as error:
            raise JobError(
                "engine_missing",
                f"The engine's Python cannot be started ({command[0]}): {error.strerror or error}. "
                "Set the engine up in the add-on's preferences.",
                Remedy.SETUP_ENGINE,
            ) from error
        step_back(self._process.pid)
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id, for messages and tests."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """True once the process has closed its stdout and everything it said has been received."""
        return self._ended

    @property
    def returncode(self) -> int | None:
        """The exit status once it has ended; negative is the signal that ended it."""
        return self._process.poll()

    def send(self, message: Message) -> None:
        """Write a message. A process that has gone is noticed by ``ended``, not here."""
        if self._process.stdin is None:
            return
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(encode(message) + "\n")
            self._process.stdin.flush()

    def receive(self) -> list[Message]:
        """Everything that has arrived since the last call."""
        received: list[Message] = []
        while True:
            try:
                message = self._messages.get_nowait()
            except queue.Empty:
                return received
            if message is None:
                self._ended = True
                self._reap()
            else:
                received.append(message)

    def kill(self) -> None:
        """End it at once. What it had still to say is lost."""
        self._ended = True
        end_process(self._process)
        self._close_pipes()

    def close(self, patience: float = 1.0) -> None:
        """Close its stdin, upon which it ends by itself, and make sure of that after ``patience`` seconds."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=patience)
        self.kill()

    def _read(self, stream: IO[str]) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in stream:
                try:
                    self._messages.put(decode(line))
                except ValueError:
                    log.warning("The engine said something that is not a message: %r", line[:200])
        self._messages.put(None)

    def _reap(self) -> None:
        # A process that has closed stdout but lives on is of no use any more.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1.0)
        self.kill()

    def _close_pipes(self) -> None:
        self._reader.join(timeout=1.0)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
