"""Runs that wait for something before they can be queued, a render above all. No bpy in here."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..core.protocol import JobCancelled, JobError
from .runs import Condition, Run, State

log = logging.getLogger(__name__)


class Waiting:
    """Runs and what they wait for, in order."""

    def __init__(self) -> None:
        self._pairs: list[tuple[Run, Condition]] = []
        self._conditions: list[Condition] = []  # of this file, also those that have come about

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs that wait."""
        return tuple(run for run, _ in self._pairs)

    def add(self, run: Run, condition: Condition) -> None:
        """Let a run wait."""
        run.update(stage=condition.stage)
        self._pairs.append((run, condition))
        self._conditions.append(condition)

    def cancel(self, job: str = "") -> None:
        """Let the run with this id, or all if it is empty, never begin. It ends with what it waits for."""
        for run, condition in self._pairs:
            if run.id == job or not job:
                run.update(state=State.CANCELLING)
                condition.cancel()

    def pump(self, begin: Callable[[Run], None]) -> list[Run]:
        """Begin the runs that can begin; returns those that have ended, as they never will."""
        ended = []
        for pair in list(self._pairs):
            run, condition = pair
            try:
                if not condition.ready():
                    if run.status.state is not State.CANCELLING:
                        run.update(stage=condition.stage)
                    continue
                if run.status.state is State.CANCELLING:
                    raise JobCancelled
                begin(run)
            except JobCancelled:
                run.update(state=State.CANCELLED)
                ended.append(run)
            except JobError as error:
                run.fail(error)
                ended.append(run)
            except Exception as error:  # the timer that calls would be gone for good
                log.exception("What %s waits for could not be had", run.title)
                run.fail(JobError("internal", f"{run.title} could not begin: {error}."))
                ended.append(run)
            self._pairs.remove(pair)
        return ended

    def undone(self) -> None:
        """Something has been undone or redone."""
        for condition in self._conditions:
            condition.undone()

    def close(self) -> list[Run]:
        """Give up and forget everything of this file; returns the runs that waited."""
        stopped = self.runs
        for run, condition in self._pairs:
            condition.close()
            run.update(state=State.CANCELLED)
        self._pairs.clear()
        self._conditions.clear()
        return list(stopped)
