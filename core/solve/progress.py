"""Progress of a job, and the wishes to stop it and to end it early."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from ..protocol import JobCancelled


@dataclass(frozen=True)
class Report:
    """How far a job is.

    stage: a sentence for people. fraction: of all its work, in [0, 1]. step, total: how far this stage is.
    loss: of the last step. eta: seconds left, -1 unknown. preview: path of a picture that was just
    rewritten, or empty; live: the same of the whole result so far.
    """

    stage: str
    fraction: float = 0.0
    step: int = 0
    total: int = 0
    loss: float = 0.0
    eta: float = -1.0
    preview: str = ""
    live: str = ""


class Watcher(Protocol):
    """Whoever watches a job. Called from the job's own thread."""

    def progress(self, report: Report) -> None: ...

    def cancelled(self) -> bool:
        """Whether the job is to stop, and nothing of it to be kept."""
        ...

    def enough(self) -> bool:
        """Whether the work so far is good enough: the job is to end with that as its result."""
        ...


class SilentWatcher:
    """Nobody watches."""

    def progress(self, report: Report) -> None:
        return

    def cancelled(self) -> bool:
        return False

    def enough(self) -> bool:
        return False


def check_cancelled(watcher: Watcher) -> None:
    """Raises JobCancelled once the watcher wishes so."""
    if watcher.cancelled():
        raise JobCancelled


class Clock:
    """Time left, from the work done so far.

    Work is counted in units whose cost is known in proportion only (view pixels that pass
    through the network); the rate is measured over the run, recent work counting more.
    """

    def __init__(self, total_work: float) -> None:
        self._total = total_work
        self._done = 0.0
        self._rate = 0.0
        self._last = time.monotonic()

    @property
    def done(self) -> float:
        """Work that is behind."""
        return self._done

    @property
    def fraction(self) -> float:
        return min(self._done / self._total, 1.0) if self._total > 0 else 1.0

    @property
    def eta(self) -> float:
        """Seconds left; -1 while unknown."""
        return (self._total - self._done) / self._rate if self._rate > 0 else -1.0

    def advance(self, work: float) -> None:
        now = time.monotonic()
        rate = work / max(now - self._last, 1e-6)
        self._rate = rate if self._rate == 0 else 0.8 * self._rate + 0.2 * rate
        self._done += work
        self._last = now

    def reach(self, work: float) -> None:
        """So much work is done or was not needed, however long it took."""
        self._done = max(self._done, work)
        self._last = time.monotonic()
