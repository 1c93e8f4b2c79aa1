"""Takes jobs off the wire and does them one after the other.

The main thread works; a reader thread takes the messages and sets the wishes to stop and to end early,
which the job looks at between its steps.
"""

from __future__ import annotations

import logging
import math
import os
import queue
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ..protocol import (
    Cancel,
    Failure,
    Finish,
    Job,
    JobCancelled,
    JobError,
    Message,
    Progress,
    Result,
    Shutdown,
    Submit,
    decode,
    job_from_dict,
)
from ..runner import as_job_error
from ..solve.progress import Report, Watcher

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.1
GRACE_SECONDS = 2.0


@dataclass(eq=False)
class Task:
    """A job that waits or runs."""

    id: str
    job: Job
    cancelled: threading.Event = field(default_factory=threading.Event)
    enough: threading.Event = field(default_factory=threading.Event)


class TaskWatcher:
    """Sends a task's progress, about ten times a second at most, and tells its wishes."""

    def __init__(self, task: Task, send: Callable[[Message], None]) -> None:
        self._task = task
        self._send = send
        self._last = -math.inf
        self._stage = ""
        self._preview = self._live = ""

    def progress(self, report: Report) -> None:
        """Send the progress unless the last one went just now; no preview nor live result is left out.

        Raises JobCancelled once the task is to stop: no job needs to ask between its steps.
        """
        if self.cancelled():
            raise JobCancelled
        self._preview = report.preview or self._preview
        self._live = report.live or self._live
        now = time.monotonic()
        if report.stage == self._stage and now - self._last < PROGRESS_SECONDS:
            return
        self._last, self._stage = now, report.stage
        message = Progress(
            id=self._task.id,
            stage=report.stage,
            fraction=min(max(_finite(report.fraction), 0.0), 1.0),
            step=report.step,
            total=report.total,
            loss=_finite(report.loss),
            eta=_finite(report.eta, -1.0),
            preview=self._preview,
            live=self._live,
        )
        self._preview = self._live = ""
        self._send(message)

    def cancelled(self) -> bool:
        return self._task.cancelled.is_set()

    def enough(self) -> bool:
        return self._task.enough.is_set()


class Server:
    """The worker's two loops: ``read`` in a thread of its own, ``work`` in the main thread.

    send: sends a message, from either thread. run: does a job. clean: called after each, to
    give its memory back. end: ends the process at once; called when stdin has closed and a
    job has not stopped ``grace`` seconds later.
    """

    def __init__(
        self,
        send: Callable[[Message], None],
        run: Callable[[Job, Watcher], dict[str, Any]],
        clean: Callable[[], None] = lambda: None,
        end: Callable[[int], Any] = os._exit,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._send = send
        self._run = run
        self._clean = clean
        self._end = end
        self._grace = grace
        self._queue: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._waiting: list[Task] = []
        self._current: Task | None = None
        self._lock = threading.Lock()

    def work(self) -> None:
        """Do the jobs as they come, until a shutdown or the end of stdin."""
        while (task := self._queue.get()) is not None:
            with self._lock:
                waits = task in self._waiting
                if waits:
                    self._waiting.remove(task)
                    self._current = task
            if not waits:  # cancelled before its turn, and answered then
                continue
            answer = self._do(task)
            with self._lock:
                self._current = None
            self._tidy()
            self._send(answer)

    def read(self, source: BinaryIO) -> None:
        """Take messages until stdin closes; then stop whatever runs, within ``grace`` seconds."""
        try:
            for line in source:
                self._take(line)
        except OSError as error:
            log.warning("Reading stdin failed: %s", error)
        with self._lock:
            self._waiting.clear()
            if self._current is not None:
                self._current.cancelled.set()
        self._queue.put(None)
        # The main thread ends the process as soon as its job has stopped, and this thread with it.
        time.sleep(self._grace)
        self._end(0)

    def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message = decode(line.decode("utf-8"))
        except (ValueError, TypeError, RecursionError) as error:
            self._send(Failure("", "bad_message", f"A line is not a message: {error}."))
            return
        if isinstance(message, Submit):
            self._submit(message)
        elif isinstance(message, Cancel):
            self._cancel(message.id)
        elif isinstance(message, Finish):
            self._finish(message.id)
        elif isinstance(message, Shutdown):
            self._queue.put(None)
        else:
            self._send(Failure("", "bad_message", f"A worker takes no {message.type} message."))

    def _submit(self, message: Submit) -> None:
        name = message.id if isinstance(message.id, str) else ""
        if not name:
            self._send(Failure("", "bad_message", f"A job's id is {message.id!r}; it must be text."))
            return
        try:
            task = Task(name, job_from_dict(message.job))
        except JobError as error:
            self._send(Failure(name, error.code, error.message, error.remedy.value))
            return
        with self._lock:
            taken = any(other.id == name for other in (*self._waiting, self._current) if other is not None)
            if not taken:
                self._waiting.append(task)
        if taken:
            self._send(Failure("", "bad_message", f"There is a job {name!r} already."))
        else:
            self._queue.put(task)

    def _cancel(self, name: str) -> None:
        with self._lock:
            if self._current is not None and self._current.id == name:
                self._current.cancelled.set()  # the job stops between two steps, and then answers
                return
            waiting = [task for task in self._waiting if task.id == name]
            for task in waiting:
                self._waiting.remove(task)
        for task in waiting:
            self._send(_cancelled(task))

    def _finish(self, name: str) -> None:
        with self._lock:
            for task in (*self._waiting, self._current):
                if task is not None and task.id == name:
                    task.enough.set()  # one that waits ends after its first step

    def _do(self, task: Task) -> Message:
        try:
            info = self._run(task.job, TaskWatcher(task, self._send))
        except JobCancelled:
            return _cancelled(task)
        except Exception as error:
            failure = as_job_error(error)
            text = traceback.format_exc()
            log.warning("Job %s failed (%s):\n%s", task.id, failure.code, text)
            return Failure(task.id, failure.code, failure.message, failure.remedy.value, text)
        return Result(task.id, task.job.output, info)

    def _tidy(self) -> None:
        try:
            self._clean()
        except RuntimeError as error:  # a device that has failed; the next job will say so
            log.warning("Memory was not given back: %s", error)


def _cancelled(task: Task) -> Failure:
    return Failure(task.id, "cancelled", "The job was cancelled. Nothing was changed.")


def _finite(value: float, other: float = 0.0) -> float:
    """The number, or ``other`` for NaN and infinities, which JSON cannot say."""
    return float(value) if math.isfinite(value) else other
