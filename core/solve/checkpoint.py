"""Checkpoints: a painting that is not finished, kept in a file to go on from later."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ..protocol import JobError, Remedy
from ..tensors import UNREADABLE, load_tensors, read_about, save_tensors

VERSION = 2
EVERY = 60.0  # seconds between two checkpoints within a stage


@dataclass(frozen=True)
class Saved:
    """stage: the number of stages that are done. levels: those that they left. canvas: the canvas's state.

    run: the state of the stage that was under way; empty if it begins anew. Of what was loaded, both states
    are on the CPU: what goes on from them copies what it needs, and not every device has float64.
    """

    stage: int
    levels: list[Tensor]
    canvas: dict[str, Tensor]
    run: dict[str, Tensor]


class Checkpoint:
    """A checkpoint's file. identity: what the job is made of, by name; only the same job goes on from it."""

    def __init__(self, path: str | Path, identity: Mapping[str, str], every: float = EVERY) -> None:
        self._path = Path(path)
        self._identity = dict(identity)
        self._every = every
        self._last = time.monotonic()
        self._written: Saved | None = None

    @property
    def due(self) -> bool:
        """Whether it is time to save within a stage."""
        return time.monotonic() - self._last >= self._every

    def save(self, saved: Saved) -> None:
        """Write it whole or not at all, if it is not there yet. Raises JobError as ``write_atomically``."""
        self._last = time.monotonic()
        if saved is self._written:
            return
        tensors = {f"levels.{i}": level for i, level in enumerate(saved.levels)}
        tensors |= {f"canvas.{name}": value for name, value in saved.canvas.items()}
        tensors |= {f"run.{name}": value for name, value in saved.run.items()}
        about = {"version": VERSION, "stage": saved.stage, "identity": self._identity}
        save_tensors(self._path, tensors, about)
        self._written = saved

    def load(self, device: torch.device) -> Saved | None:
        """What was saved, its levels on a device; None if there is no file.

        Raises JobError: "checkpoint_broken", and "checkpoint_other_job" that says what is different.
        """
        if not self._path.exists():
            return None
        try:
            about = read_about(self._path)
            if about["version"] != VERSION:
                raise ValueError(f"it has version {about['version']}; this engine reads version {VERSION}")
            self._check(about["identity"])
            kept = load_tensors(self._path)
            count = sum(name.startswith("levels.") for name in kept)
            levels = [kept[f"levels.{i}"].to(device) for i in range(count)]
            stage = int(about["stage"])
        except UNREADABLE as error:
            raise JobError(
                "checkpoint_broken",
                f"The file {self._path} cannot be read as a checkpoint ({error}). Choose another file.",
                Remedy.CHANGE_SETTING,
            ) from error
        return Saved(stage, levels, under("canvas.", kept), under("run.", kept))

    def discard(self) -> None:
        """Delete the file: the job is done."""
        self._path.unlink(missing_ok=True)

    def _check(self, identity: Mapping[str, str]) -> None:
        names = sorted({*identity, *self._identity})
        other = [name for name in names if identity.get(name) != self._identity.get(name)]
        if other:
            raise JobError(
                "checkpoint_other_job",
                f"The checkpoint {self._path} belongs to another job, with another {' and '.join(other)}. "
                "Choose another file for this job, or delete that one to begin anew.",
                Remedy.CHANGE_SETTING,
            )


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Those whose names begin with a prefix, by the rest of their names."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
