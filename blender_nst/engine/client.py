"""The engine as the job queue sees it: submit a job, drain what it says, cancel it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ...core.protocol import (
    PROTOCOL_VERSION,
    Cancel,
    Failure,
    Finish,
    Hello,
    Job,
    Message,
    Progress,
    Remedy,
    Result,
    Submit,
    job_to_dict,
)
from .logs import why_it_ended
from .process import EngineProcess

CANCEL_PATIENCE = 1.0
"""Seconds that the engine has to acknowledge Cancel before its process is ended."""


def worker_command(python: Path) -> tuple[str, ...]:
    """The command line of the engine's worker."""
    return (str(python), "-u", "-m", "core.worker")


class Engine:
    """A worker process that does one job at a time.

    Whatever happens to the process, every submitted job gets exactly one Result or
    Failure from ``pump``. It never waits.
    """

    def __init__(
        self,
        command: Sequence[str],
        cwd: Path,
        log_path: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.hello: Hello | None = None
        self.job_id = ""
        self._clock = clock
        self._cancel_deadline: float | None = None
        self._process = EngineProcess(command, cwd, log_path)

    @property
    def usable(self) -> bool:
        """Whether it can take a job now or, once it is ready, soon."""
        return not self._process.ended and not self.job_id

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def submit(self, job_id: str, job: Job) -> None:
        """Send a job. It may be sent before Hello: the worker does it when it is ready."""
        self.job_id = job_id
        self._cancel_deadline = None
        self._process.send(Submit(job_id, job_to_dict(job)))

    def finish(self) -> None:
        """Ask the running job to end early, with what it has painted."""
        if self.job_id:
            self._process.send(Finish(self.job_id))

    def cancel(self) -> None:
        """Ask for the end of the running job; asking twice changes nothing."""
        if self.job_id and self._cancel_deadline is None:
            self._cancel_deadline = self._clock() + CANCEL_PATIENCE
            self._process.send(Cancel(self.job_id))

    def pump(self) -> list[Message]:
        """What has happened since the last call: Hello, and the running job's messages."""
        happened: list[Message] = []
        for message in self._process.receive():
            happened += self._take(message)
        if self.job_id and self._process.ended:
            happened.append(self._end_job(self._death()))
        if self.job_id and self._cancel_deadline is not None and self._clock() >= self._cancel_deadline:
            self._process.kill()
            happened.append(self._end_job(Failure(self.job_id, "cancelled", "The job was cancelled.")))
        return happened

    def stop(self) -> None:
        """End the process, politely when it idles and at once when it works. Its memory comes back."""
        if self.job_id or self.hello is None:
            self._process.kill()
        else:
            self._process.close()
        self.job_id = ""

    def _take(self, message: Message) -> list[Message]:
        if isinstance(message, Hello):
            self.hello = message
            if message.protocol == PROTOCOL_VERSION:
                return [message]
            self._process.kill()
            return [self._end_job(_other_version(self.job_id, message))] if self.job_id else []
        if isinstance(message, Failure) and not message.id and self.job_id:
            # The worker itself has failed, and with it the job that it was to do.
            return [self._end_job(Failure(self.job_id, message.code, message.message, message.remedy))]
        if not self.job_id or getattr(message, "id", None) != self.job_id:
            return []
        if isinstance(message, (Result, Failure)):
            return [self._end_job(message)]
        return [message] if isinstance(message, Progress) else []

    def _end_job(self, message: Result | Failure) -> Message:
        self.job_id = ""
        self._cancel_deadline = None
        return message

    def _death(self) -> Failure:
        log_path = self._process.log_path
        if self._cancel_deadline is not None:
            return Failure(self.job_id, "cancelled", "The job was cancelled.")
        if self.hello is None:
            return Failure(
                self.job_id,
                "engine_start",
                "The engine did not start: "
                f"{why_it_ended(log_path, self._process.log_start, self._process.returncode)}",
                Remedy.SETUP_ENGINE.value,
            )
        if self._process.returncode == -9:
            return Failure(
                self.job_id,
                "engine_died",
                "The engine was ended by the system, most likely for lack of memory. "
                f"Choose a smaller texture or close other programs. Its log is {log_path}.",
                Remedy.SMALLER_SIZE.value,
            )
        return Failure(
            self.job_id,
            "engine_died",
            "The engine stopped in the middle of the job. Try again; if it happens again, "
            f"read its log: {log_path}.",
            Remedy.RETRY.value,
        )


def _other_version(job_id: str, hello: Hello) -> Failure:
    return Failure(
        job_id,
        "engine_protocol",
        f"The engine speaks version {hello.protocol} of the protocol, this add-on version "
        f"{PROTOCOL_VERSION}. Restart Blender to use the engine that came with this add-on.",
        Remedy.SETUP_ENGINE.value,
    )
