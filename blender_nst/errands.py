"""What a child process does for the artist after her job has ended. No bpy in here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .engine.process import end_process, engine_options, step_back
from .storage import discard, new_job_folder

_TASK = "task.json"


class Errand:
    """A child on its errand. title: what it does. job: the kind of job that it comes from.

    command: the child's, to which the path of a file with ``task`` as JSON is added. Beside that it writes
    why it has failed, or what is to be said of what it has made. Raises OSError if it cannot start.
    """

    def __init__(self, title: str, command: Sequence[str], task: Mapping[str, Any], job: str) -> None:
        self.title, self.job = title, job
        self._folder = new_job_folder()
        file = self._folder / _TASK
        self._error, self._note = Path(f"{file}.error"), Path(f"{file}.note")
        file.write_text(json.dumps(task), encoding="utf-8")
        try:
            with open(self._folder / "log.txt", "wb") as log:
                options = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **engine_options()}
                self._process = subprocess.Popen([*command, str(file)], **options)
        except OSError:
            discard(self._folder)
            raise
        step_back(self._process.pid)

    def ended(self) -> bool:
        """Whether it is back."""
        return self._process.poll() is not None

    def report(self) -> tuple[str, bool]:
        """How it went, once it is back, and whether it has failed. Its files go."""
        failed = True
        if self._error.is_file():
            found = self._error.read_text(encoding="utf-8")
        elif self._process.returncode:
            found = f"{self.title} has failed: Blender has ended with {self._process.returncode}."
        else:
            note = self._note.read_text(encoding="utf-8") if self._note.is_file() else ""
            found, failed = f"{self.title} is written. {note}".strip(), False
        discard(self._folder)
        return found, failed

    def close(self) -> None:
        """Give it up."""
        end_process(self._process)
        discard(self._folder)
