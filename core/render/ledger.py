"""What is done of an animation: its painted keys and its finished frames, in a folder to go on from.

Machines that share the folder share the work: what one has painted the others read.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..files import file_digest, write_atomically
from ..motion.keys import Key
from ..motion.origins import Origins
from ..solve.checkpoint import Checkpoint
from ..tensors import UNREADABLE, load_tensors, read_about, save_tensors

log = logging.getLogger(__name__)

VERSION = 1
_KEY, _UNFINISHED, _DONE, _JOB = "key_{}.safetensors", "key_{}.checkpoint", "frame_{}.json", "job.json"
_DRAWING = "drawing_{}.safetensors"


class Ledger:
    """The folder of an animation's work.

    identity: what the job is made of, by name; what another job has left there is deleted. render: what
    identifies a frame's render, by its number: what was made of another does not count.
    Raises JobError as ``write_atomically``.
    """

    def __init__(self, folder: Path, identity: Mapping[str, str], render: Callable[[int], str]) -> None:
        self._folder, self._render = folder, render
        self._identity = {"version": str(VERSION), **identity}
        if self._said(folder / _JOB) != self._identity:
            self._clear()
            folder.mkdir(exist_ok=True)
            self._write(folder / _JOB, self._identity)

    def load(self, number: int) -> Key | None:
        """A key; None if it is not there, is broken or was painted of another render."""
        kept = self._kept(self._path(_KEY, number), number)
        if kept is None:
            return None
        return Key(number, kept["picture"], Origins(kept["frame"].float(), kept["offsets"]))

    def drawing(self, number: int, which: int) -> Tensor | None:
        """As ``Keys.drawing``, with the conditions of ``load``."""
        kept = self._kept(self._path(_DRAWING, number, which), number)
        return None if kept is None else kept["picture"]

    def keep_drawing(self, number: int, which: int, picture: Tensor) -> None:
        about = {"render": self._render(number)}
        save_tensors(self._path(_DRAWING, number, which), {"picture": picture}, about)
        self._path(_UNFINISHED, number, which).unlink(missing_ok=True)

    def save(self, key: Key) -> None:
        tensors = {
            "picture": key.picture,
            "frame": key.origins.frame.to(torch.int32),
            "offsets": key.origins.offsets,
        }
        save_tensors(self._path(_KEY, key.number), tensors, {"render": self._render(key.number)})
        self._path(_UNFINISHED, key.number).unlink(missing_ok=True)

    def checkpoint(self, number: int, identity: Mapping[str, str], which: int = 0) -> Checkpoint:
        """Where the painting of a key is kept while it goes on. identity: of that painting."""
        path = self._path(_UNFINISHED, number, which)
        try:
            if path.exists() and read_about(path)["identity"] != dict(identity):
                path.unlink()
        except UNREADABLE:
            path.unlink()
        return Checkpoint(path, identity)

    def finished(self, number: int, output: Path) -> bool:
        """Whether a frame is written, of the render that there is, and its file is as it was written."""
        said = self._said(self._path(_DONE, number))
        if said is None or said.get("render") != self._render(number) or not output.is_file():
            return False
        return bool(said.get("output") == file_digest(output))

    def finish(self, number: int, output: Path) -> None:
        """A frame is written."""
        said = {"render": self._render(number), "output": file_digest(output)}
        self._write(self._path(_DONE, number), said)

    def discard(self) -> None:
        """Delete what it holds, and the folder if nothing else is in it."""
        self._clear()
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _clear(self) -> None:
        for pattern in (_KEY, _DRAWING, _UNFINISHED, _DONE, _JOB):
            for path in self._folder.glob(pattern.format("*")):
                path.unlink(missing_ok=True)

    def _path(self, pattern: str, number: int, which: int = 0) -> Path:
        return self._folder / pattern.format(f"{number}_{which}" if which else str(number))

    def _kept(self, path: Path, number: int) -> dict[str, Tensor] | None:
        """The tensors of a file, if it is there, whole and made of the frame's render."""
        try:
            if read_about(path)["render"] != self._render(number):
                return None
            return load_tensors(path)
        except FileNotFoundError:
            return None
        except UNREADABLE as error:
            log.warning("%s is taken as if it were not there: %s", path, error)
            return None

    @staticmethod
    def _write(path: Path, said: Mapping[str, str]) -> None:
        def write(file: Path) -> None:
            file.write_text(json.dumps(said, indent=1), encoding="utf-8")

        write_atomically(path, write)

    @staticmethod
    def _said(path: Path) -> dict[str, Any] | None:
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return said if isinstance(said, dict) else None
