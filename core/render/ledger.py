"""What is done of an animation: its painted keys and its finished frames, in a folder to go on from.

Machines that share the folder share the work: what one has painted the others read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..files import file_digest, write_atomically, write_error
from ..motion.keys import Key
from ..motion.origins import Origins
from ..solve.checkpoint import Checkpoint
from ..tensors import UNREADABLE, load_tensors, read_about, save_tensors

log = logging.getLogger(__name__)

VERSION = 2
_KEY, _UNFINISHED, _DONE = "key_{}.safetensors", "key_{}.checkpoint", "frame_{}.json"
_DRAWING = "drawing_{}.safetensors"


class Ledger:
    """An animation's work, in a folder of its own within one that other jobs may share.

    folder: that folder of its own.
    identity: what the job is made of, by name. made_of: what identifies all that a frame depends on, by its
    number: what was made of something else does not count. Raises JobError as ``write_error``.
    """

    def __init__(self, shared: Path, identity: Mapping[str, str], made_of: Callable[[int], str]) -> None:
        told = json.dumps({"version": VERSION, **identity}, sort_keys=True)
        self._shared, self._made_of = shared, made_of
        self.folder = shared / hashlib.sha256(told.encode()).hexdigest()[:16]
        try:
            for folder in (shared, self.folder):
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise write_error(shared, error) from error

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
        about = {"render": self._made_of(number)}
        save_tensors(self._path(_DRAWING, number, which), {"picture": picture}, about)
        self._path(_UNFINISHED, number, which).unlink(missing_ok=True)

    def save(self, key: Key) -> None:
        tensors = {
            "picture": key.picture,
            "frame": key.origins.frame.to(torch.int32),
            "offsets": key.origins.offsets,
        }
        save_tensors(self._path(_KEY, key.number), tensors, {"render": self._made_of(key.number)})
        self._path(_UNFINISHED, key.number).unlink(missing_ok=True)

    def checkpoint(self, number: int, identity: Mapping[str, str], which: int = 0) -> Checkpoint:
        """Where the painting of a key is kept while it goes on. identity: of that painting."""
        path = self._path(_UNFINISHED, number, which)
        try:
            if path.exists() and read_about(path)["identity"] != dict(identity):
                path.unlink(missing_ok=True)
        except UNREADABLE:
            path.unlink(missing_ok=True)
        return Checkpoint(path, identity)

    def finished(self, number: int, output: Path) -> bool:
        """Whether a frame is written, of the render that there is, and its file is as it was written."""
        said = self._said(self._path(_DONE, number))
        if said is None or said.get("render") != self._made_of(number) or not output.is_file():
            return False
        return bool(said.get("output") == file_digest(output))

    def finish(self, number: int, output: Path) -> None:
        """A frame is written."""
        said = {"render": self._made_of(number), "output": file_digest(output)}
        self._write(self._path(_DONE, number), said)

    def discard(self) -> None:
        """Delete what it holds, and the shared folder if nothing else is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)  # with half a file of a run that was killed
        with contextlib.suppress(OSError):  # something else is in it
            self._shared.rmdir()

    def _path(self, pattern: str, number: int, which: int = 0) -> Path:
        return self.folder / pattern.format(f"{number}_{which}" if which else str(number))

    def _kept(self, path: Path, number: int) -> dict[str, Tensor] | None:
        """The tensors of a file, if it is there, whole and made of the frame's render."""
        try:
            if read_about(path)["render"] != self._made_of(number):
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
