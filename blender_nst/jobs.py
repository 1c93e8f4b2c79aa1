"""The queue: what is to be done, and what is being done.

No bpy in here: the same queue serves the panels, scripts, the shell command and tests.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ..core.protocol import Failure, Hello, JobError, Message, Progress, Remedy, Result, save_job
from .engine.client import Engine, worker_command
from .engine.logs import log_of
from .runs import Run, State

IDLE_SECONDS = 45.0
"""How long an engine without a job is kept, so that the next job starts at once."""


class JobQueue:
    """Runs jobs one after another in an engine process. ``pump`` moves it on and never waits.

    root: the folder in which ``core`` lies. command: makes the worker's command line from
    the engine's Python.
    """

    def __init__(
        self,
        root: Path,
        command: Callable[[Path], Sequence[str]] = worker_command,
        clock: Callable[[], float] = time.monotonic,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._root = root
        self._command = command
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._runs: list[Run] = []
        self._engine: Engine | None = None
        self._engine_python: Path | None = None
        self._idle_since = 0.0

    @property
    def runs(self) -> tuple[Run, ...]:
        """The run at work and those that wait, in order."""
        return tuple(self._runs)

    @property
    def busy(self) -> bool:
        """Whether ``pump`` still has something to do, be it to end an idle engine."""
        return bool(self._runs) or self._engine is not None

    @property
    def engine_pid(self) -> int | None:
        """Process id of the engine while there is one, for messages and tests."""
        return self._engine.pid if self._engine is not None else None

    def add(self, run: Run) -> None:
        """Put a run at the end and, if nothing else runs, start it. Its job file goes into its folder."""
        try:
            save_job(run.job, run.folder / "job.json")
        except OSError as error:
            raise JobError(
                "no_permission",
                f"The job's folder cannot be written ({run.folder}): {error}.",
                Remedy.CHOOSE_FOLDER,
            ) from error
        self._runs.append(run)
        if len(self._runs) == 1:
            self._start(run)

    def keep(self, run: Run) -> None:
        """Ask the run at work to end early, with what it has painted as its result."""
        if run.status.state is State.RUNNING and self._engine is not None:
            run.update(state=State.KEEPING, stage="Keeping what is painted", eta=-1.0)
            self._engine.finish()

    def cancel(self, run: Run) -> None:
        """Ask for the end of a run; one that still waits ends with the next ``pump``."""
        if run.status.state in (State.RUNNING, State.KEEPING) and self._engine is not None:
            run.update(state=State.CANCELLING, stage="Cancelling")
            self._engine.cancel()
        elif run.status.state is State.QUEUED:
            run.update(state=State.CANCELLED)

    def pump(self) -> list[Run]:
        """Take what the engine has said and start what can start; returns the runs that have ended."""
        if self._engine is not None:
            current = self._runs[0] if self._runs else None
            for message in self._engine.pump():
                if current is not None:
                    self._take(current, message)
        ended = [run for run in self._runs if run.status.ended]
        self._runs = [run for run in self._runs if not run.status.ended]
        if ended:
            self._idle_since = self._clock()
        if self._runs and self._runs[0].status.state is State.QUEUED:
            self._start(self._runs[0])
        if not self._runs and self._engine is not None:
            self._rest(self._engine)
        return ended

    def wait(
        self,
        run: Run,
        on_progress: Callable[[Run], None] | None = None,
        stop: Callable[[], bool] | None = None,
        keep: Callable[[], bool] | None = None,
        interval: float = 0.05,
    ) -> list[Run]:
        """Block until ``run`` has ended; returns every run that ended meanwhile.

        It is cancelled as soon as ``stop`` says so, or by KeyboardInterrupt, and ended early by ``keep``.
        """
        ended: list[Run] = []
        while not run.status.ended or run in self._runs:
            try:
                if stop is not None and stop():
                    self.cancel(run)
                if keep is not None and keep():
                    self.keep(run)
                before = run.status
                ended += self.pump()
                if on_progress is not None and run.status is not before:
                    on_progress(run)
                time.sleep(interval)
            except KeyboardInterrupt:
                self.cancel(run)
        return ended

    def stop_engine(self) -> None:
        """End the engine's process now. A run at work fails."""
        if self._engine is not None:
            self._engine.stop()
            self._engine = None
        for run in self._runs:
            if run.status.state in (State.RUNNING, State.KEEPING, State.CANCELLING):
                run.fail(
                    JobError(
                        "engine_stopped", "The engine was stopped in the middle of the job.", Remedy.RETRY
                    )
                )

    def close(self) -> list[Run]:
        """Cancel everything and end the engine at once; returns the runs that were not done."""
        self.stop_engine()
        stopped, self._runs = self._runs, []
        for run in stopped:
            run.update(state=State.CANCELLED)
        return stopped

    def _start(self, run: Run) -> None:
        try:
            engine = self._engine_for(run)
        except JobError as error:
            run.fail(error)
            return
        run.engine = engine.hello
        run.update(state=State.RUNNING, stage="Starting" if engine.hello else "Starting the engine")
        engine.submit(run.id, run.job)

    def _engine_for(self, run: Run) -> Engine:
        if self._engine is not None and self._engine.usable and self._engine_python == run.python:
            return self._engine
        self.stop_engine()
        # The log lies beside the job folders: the engine may outlive the job that started it.
        self._engine = Engine(
            self._command(run.python),
            self._root,
            log_of(run.folder),
            self._clock,
        )
        self._engine_python = run.python
        return self._engine

    def _take(self, run: Run, message: Message) -> None:
        if isinstance(message, Hello):
            run.engine = message
            run.update(stage="Starting")
        elif isinstance(message, Progress) and run.status.state in (State.RUNNING, State.KEEPING):
            run.update(
                fraction=min(max(message.fraction, run.status.fraction), 1.0),  # never back, nor NaN
                preview=message.preview or run.status.preview,
                previews=run.status.previews + bool(message.preview),
                live=message.live or run.status.live,
                lives=run.status.lives + bool(message.live),
                begun=run.status.begun or message.step > 0,
            )
            if run.status.state is State.RUNNING:
                run.update(stage=message.stage, eta=message.eta)
        elif isinstance(message, Result) and run.status.state is not State.CANCELLING:
            run.update(state=State.DONE, stage="Done", fraction=1.0, eta=0.0, info=message.info)
        elif isinstance(message, Result) or (isinstance(message, Failure) and message.code == "cancelled"):
            run.update(state=State.CANCELLED, stage="Cancelled")
        elif isinstance(message, Failure):
            run.fail(JobError(message.code, message.message, _remedy(message.remedy)))

    def _rest(self, engine: Engine) -> None:
        if not engine.usable or self._clock() - self._idle_since >= self._idle_seconds:
            self.stop_engine()


def _remedy(value: str) -> Remedy:
    try:
        return Remedy(value)
    except ValueError:
        return Remedy.NONE
