"""What is said to a shell: one line or one JSON object, apart from everything that Blender prints."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

from ...core.protocol import JobError
from ..runs import Run


class Lines:
    """Lines on stderr for people and for what reads logs. program: that they begin with."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._stage = ""
        self._tenth = -1

    def progress(self, run: Run) -> None:
        """A line at every stage and every tenth of the way."""
        status = run.status
        tenth = int(10 * status.fraction)
        if (status.stage, tenth) != (self._stage, self._tenth):
            self._stage, self._tenth = status.stage, tenth
            self.say(f"{status.stage}: {100 * status.fraction:.0f} %")

    def note(self, text: str) -> None:
        """Something to know about a result."""
        self.say(f"Note: {text}")

    def say(self, text: str) -> None:
        """One line, whatever is in it."""
        sys.stderr.write(f"{self._program}: {' '.join(text.split())}\n")
        sys.stderr.flush()


class Output(Lines):
    """Results go to the process's stdout, all else to stderr.

    Blender prints to stdout by itself, so from here on descriptor 1 is stderr, and only
    results go to where stdout was. It is not put back: what C code still buffers would follow.
    """

    def __init__(self, program: str, as_json: bool) -> None:
        super().__init__(program)
        self._as_json = as_json
        self._results: TextIO = os.fdopen(os.dup(1), "w", encoding="utf-8")
        sys.stdout.flush()
        os.dup2(2, 1)

    def result(self, data: dict[str, Any], text: str) -> None:
        """The result, as JSON where that was asked for."""
        self._results.write((json.dumps(data) if self._as_json else text) + "\n")
        self._results.flush()

    def fail(self, error: JobError) -> None:
        """One line on stderr, and the error as JSON where that was asked for."""
        self.say(error.message)
        if self._as_json:
            described = {"code": error.code, "message": error.message, "remedy": error.remedy.value}
            self._results.write(json.dumps({"error": described}) + "\n")
            self._results.flush()
