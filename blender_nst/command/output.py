"""What the shell command says: one line or one JSON object, apart from everything that Blender prints."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

from ...core.protocol import JobError
from ..runs import Run


class Output:
    """Results go to the process's stdout, all else to stderr.

    Blender prints to stdout by itself, so from here on descriptor 1 is stderr, and only
    results go to where stdout was. It is not put back: what C code still buffers would follow.
    """

    def __init__(self, program: str, as_json: bool) -> None:
        self._program = program
        self._as_json = as_json
        self._results: TextIO = os.fdopen(os.dup(1), "w", encoding="utf-8")
        sys.stdout.flush()
        os.dup2(2, 1)
        self._stage = ""
        self._tenth = -1

    def result(self, data: dict[str, Any], text: str) -> None:
        """The result, as JSON where that was asked for."""
        self._results.write((json.dumps(data) if self._as_json else text) + "\n")
        self._results.flush()

    def progress(self, run: Run) -> None:
        """A line on stderr at every stage and every tenth of the way."""
        status = run.status
        tenth = int(10 * status.fraction)
        if (status.stage, tenth) != (self._stage, self._tenth):
            self._stage, self._tenth = status.stage, tenth
            self._line(f"{status.stage}: {100 * status.fraction:.0f} %")

    def note(self, text: str) -> None:
        """Something to know about a result, as a line on stderr."""
        self._line(f"Note: {text}")

    def fail(self, error: JobError) -> None:
        """One line on stderr, and the error as JSON where that was asked for."""
        self._line(" ".join(error.message.split()))
        if self._as_json:
            described = {"code": error.code, "message": error.message, "remedy": error.remedy.value}
            self._results.write(json.dumps({"error": described}) + "\n")
            self._results.flush()

    def _line(self, text: str) -> None:
        sys.stderr.write(f"{self._program}: {text}\n")
        sys.stderr.flush()
