"""The job model: one job on its way, how far it is, and where its result goes. No bpy in here."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from ..core.protocol import Hello, Job, JobError

_numbers = itertools.count(1)


class State(Enum):
    """Where a run is. KEEPING: it ends early, with what is painted. The last three are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    KEEPING = "keeping"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Status:
    """How far a run is.

    stage: a sentence for people. fraction in [0, 1]. eta: seconds left, -1 unknown.
    preview: path of the last preview picture, previews: how many there have been; live, lives: the same of
    the whole result so far. begun: whether something is painted that could be kept.
    error: set when state is FAILED. info: what the engine says about the result.
    """

    state: State = State.QUEUED
    stage: str = "Waiting for the job before it"
    fraction: float = 0.0
    eta: float = -1.0
    preview: str = ""
    previews: int = 0
    live: str = ""
    lives: int = 0
    begun: bool = False
    error: JobError | None = None
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(frozen=True)
class Written:
    """What the write-back has made, and on which objects, by name.

    notes: sentences about it that the artist should know. lost: why some objects did not get their
    textures, whose files stay. done: a sentence that says what has been made, where nothing was painted.
    files: that it has written, where the engine has not written the result itself.
    """

    objects: tuple[str, ...]
    images: tuple[str, ...]
    materials: tuple[str, ...]
    notes: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    done: str = ""
    files: tuple[str, ...] = ()


class Target(Protocol):
    """Where a run's result goes.

    action: what is done to what the run's title names ("Stylize"), for the undo step.
    """

    @property
    def action(self) -> str: ...

    def write_back(self, run: Run) -> Written:
        """Put a finished run's result there. Raises JobError; then nothing has changed."""
        ...


class Condition(Protocol):
    """What a run waits for before it can begin. stage: a sentence for people."""

    @property
    def stage(self) -> str: ...

    def ready(self) -> bool:
        """Whether it has come about. Raises JobError, or JobCancelled, if it never will."""
        ...

    def cancel(self) -> None:
        """Nobody wants it: begin nothing more for it."""
        ...

    def close(self) -> None:
        """Nobody waits for it any more."""
        ...

    def undone(self) -> None:
        """Something has been undone or redone, then or at any later time."""
        ...


class Run:
    """One job on its way through the queue.

    title: what the panel calls it. folder: where its files lie. python: the engine's
    Python. target: where the result goes; None for a job whose result nobody needs. kind: what its panels
    know it by; empty for the kind of its job.
    """

    def __init__(
        self, title: str, job: Job, folder: Path, python: Path, target: Target | None = None, kind: str = ""
    ) -> None:
        self.id = f"job-{next(_numbers)}"
        self.title = title
        self.job = job
        self.folder = folder
        self.python = python
        self.target = target
        self.kind = kind or job.kind
        self.engine: Hello | None = None
        self.status = Status()

    def update(self, **changes: Any) -> None:
        """Replace fields of the status."""
        self.status = replace(self.status, **changes)

    def fail(self, error: JobError) -> None:
        """End the run with an error."""
        self.update(state=State.FAILED, error=error)
