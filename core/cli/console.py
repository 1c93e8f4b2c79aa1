"""What the command line says, and how it is interrupted."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TextIO

from ..protocol import JobCancelled, JobError, Remedy
from ..solve.progress import Report

REDRAW_SECONDS = 0.1
LINE_SECONDS = 10.0
BAR_WIDTH = 24


class Console:
    """Results go to ``out``, as text or as one JSON object; all else goes to ``err``.

    Where ``out`` takes nothing, as on a full disk, printing raises JobError ("write_failed").
    """

    def __init__(self, out: TextIO, err: TextIO, as_json: bool = False) -> None:
        self._out = out
        self._err = err
        self.as_json = as_json
        self.quiet = False
        self.keep_on_interrupt = False
        self.stop = False
        self.enough = False
        self._bar = ""

    def result(self, data: dict[str, Any], text: str) -> None:
        """Print the result: ``data`` as JSON where that was asked for, else ``text``."""
        self.clear()
        self._print(json.dumps(data) if self.as_json else text)

    def note(self, text: str) -> None:
        """A line for people, beside the result."""
        if not self.quiet:
            self._line(text)

    def fail(self, code: str, message: str, remedy: str = "", hint: str = "") -> None:
        """One line on stderr, and the error as JSON where that was asked for."""
        line = " ".join(message.split())
        self._line(f"nst: {line}" + (f" {hint}" if hint and hint not in line else ""))
        if self.as_json:
            error = {"code": code, "message": message, "remedy": remedy}
            with suppress(JobError):  # the line above says it
                self._print(json.dumps({"error": error}))

    def draw(self, text: str) -> None:
        """Show ``text`` in the line that is drawn over again and again. For a terminal only."""
        text = text[: shutil.get_terminal_size().columns - 1]
        self._err.write("\r" + text.ljust(len(self._bar)))
        self._err.flush()
        self._bar = text

    def clear(self) -> None:
        """Take the drawn line away."""
        if self._bar:
            self._err.write("\r" + " " * len(self._bar) + "\r")
            self._err.flush()
            self._bar = ""

    def close(self) -> None:
        """Leave nothing that Python would write to a reader that has gone."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())

    @property
    def live(self) -> bool:
        """Whether a line can be drawn over."""
        return self._err.isatty()

    def _print(self, text: str) -> None:
        try:
            self._out.write(text + "\n")
            self._out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            self.close()
            message = f"The result cannot be printed: {error.strerror or error}."
            raise JobError("write_failed", message, Remedy.CHOOSE_FOLDER) from error

    def _line(self, text: str) -> None:
        self.clear()
        self._err.write(text + "\n")
        self._err.flush()


class ProgressBar:
    """A job's watcher: a bar on a terminal, else a line at each stage and now and then."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = -math.inf
        self._stage = ""

    def progress(self, report: Report) -> None:
        if self._console.stop:  # no job needs to ask between its steps
            raise JobCancelled
        if self._console.quiet:
            return
        now = time.monotonic()
        pause = REDRAW_SECONDS if self._console.live else LINE_SECONDS
        if report.stage == self._stage and now - self._last < pause:
            return
        self._last, self._stage = now, report.stage
        text = describe(report.stage, report.fraction, report.eta)
        if self._console.live:
            self._console.draw(f"{draw_bar(report.fraction)} {text}")
        else:
            self._console.note(text)

    def cancelled(self) -> bool:
        return self._console.stop

    def enough(self) -> bool:
        return self._console.enough


def describe(stage: str, fraction: float, eta: float) -> str:
    """ "Painting, pass 2 of 4: 38 %, 1:05 left"; without the time where it is not known."""
    percent = int(100 * fraction) if math.isfinite(fraction) else 0
    left = f", {duration(eta)} left" if math.isfinite(eta) and eta >= 0 else ""
    return f"{stage}: {percent} %{left}"


def duration(seconds: float) -> str:
    """ "1:05", or "2:00:00" from an hour on."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def draw_bar(fraction: float, width: int = BAR_WIDTH) -> str:
    """ "[######------]", in plain ASCII, which every terminal has."""
    done = round(width * min(max(fraction, 0.0), 1.0)) if math.isfinite(fraction) else 0
    return "[" + "#" * done + "-" * (width - done) + "]"


@contextmanager
def interruptible(console: Console) -> Iterator[None]:
    """While inside, Ctrl-C or SIGTERM asks the job to stop at its next step; a second one stops it at once.

    Where the console keeps on interrupt, another Ctrl-C comes before these and asks for what is painted.
    """

    def ask(number: int, frame: FrameType | None) -> None:
        if console.stop:
            raise KeyboardInterrupt
        if number == signal.SIGINT and console.keep_on_interrupt and not console.enough:
            console.enough = True
        else:
            console.stop = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
