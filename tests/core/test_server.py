"""The worker's loops, in this process, with jobs that do whatever a test wants."""

from __future__ import annotations

import errno
import json
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, BinaryIO

import pytest

from nst.core.protocol import (
    Cancel,
    Failure,
    Finish,
    ImageJob,
    Job,
    JobCancelled,
    JobError,
    Message,
    Progress,
    Remedy,
    Result,
    Shutdown,
    Submit,
    encode,
    job_to_dict,
)
from nst.core.solve.progress import Report, Watcher
from nst.core.worker.server import Server

JOB = ImageJob("/content.png", "/style.png", "/output.png")
SECONDS = 30.0  # after which a test gives up


class Pipe:
    """An end of stdin: lines as they are fed, and an end."""

    def __init__(self) -> None:
        self._lines: list[bytes | None] = []
        self._ready = threading.Condition()

    def feed(self, *messages: Message | bytes) -> None:
        with self._ready:
            for message in messages:
                line = message if isinstance(message, bytes) else encode(message).encode()
                self._lines.append(line + b"\n")
            self._ready.notify()

    def close(self) -> None:
        with self._ready:
            self._lines.append(None)
            self._ready.notify()

    def __iter__(self) -> Pipe:
        return self

    def __next__(self) -> bytes:
        with self._ready:
            self._ready.wait_for(lambda: bool(self._lines))
            line = self._lines.pop(0)
        if line is None:
            raise StopIteration
        return line


@dataclass
class Session:
    """A server at work in two threads."""

    run: Callable[[Job, Watcher], dict[str, Any]]
    grace: float = SECONDS
    sent: list[Message] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    cleaned: int = 0

    def __post_init__(self) -> None:
        self.pipe = Pipe()
        self.news = threading.Condition()
        self.server = Server(self._send, self.run, self._clean, self.ended.append, self.grace)
        self.reader = threading.Thread(target=self.server.read, args=(self.pipe,), daemon=True)
        self.worker = threading.Thread(target=self.server.work, daemon=True)
        self.reader.start()
        self.worker.start()

    def _send(self, message: Message) -> None:
        with self.news:
            self.sent.append(message)
            self.news.notify_all()

    def _clean(self) -> None:
        self.cleaned += 1

    def wait_for(self, count: int) -> list[Message]:
        with self.news:
            assert self.news.wait_for(lambda: len(self.sent) >= count, SECONDS), self.sent
        return self.sent

    def finish(self) -> list[Message]:
        self.pipe.feed(Shutdown())
        self.worker.join(SECONDS)
        assert not self.worker.is_alive()
        self.pipe.close()
        return self.sent


def submit(name: str, **changes: Any) -> Submit:
    return Submit(name, {**job_to_dict(JOB), **changes})


def quick(job: Job, watcher: Watcher) -> dict[str, Any]:
    return {"seed": job.seed}


def until_cancelled(job: Job, watcher: Watcher) -> dict[str, Any]:
    watcher.progress(Report("Waiting"))
    while not watcher.cancelled():
        threading.Event().wait(0.005)
    raise JobCancelled


def test_jobs_are_done_in_order_and_then_it_ends() -> None:
    session = Session(quick)
    session.pipe.feed(submit("a", seed=1), submit("b", seed=2), submit("c", seed=3))
    expected = [Result(name, JOB.output, {"seed": seed}) for name, seed in (("a", 1), ("b", 2), ("c", 3))]
    assert session.finish() == expected
    assert session.cleaned == 3
    assert session.ended == []


@pytest.mark.parametrize(
    ("error", "code", "remedy"),
    [
        (JobError("mesh_no_uv", "No UVs.", Remedy.UNWRAP), "mesh_no_uv", "unwrap"),
        (MemoryError(), "out_of_memory", "smaller_size"),
        (RuntimeError("CUDA out of memory. Tried to allocate 20 GiB"), "out_of_memory", "smaller_size"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "out_of_memory", "smaller_size"),
        (OSError(errno.ENOSPC, "No space left on device", "/o.png"), "disk_full", "choose_folder"),
        (PermissionError(errno.EACCES, "Permission denied", "/o.png"), "no_permission", "choose_folder"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/style.png"), "file_missing", ""),
        (KeyError("oops"), "internal", "retry"),
        (JobCancelled(), "cancelled", ""),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_said_and_the_next_job_is_done(error: Exception, code: str, remedy: str) -> None:
    def run(job: Job, watcher: Watcher) -> dict[str, Any]:
        if job.seed == 1:
            raise error
        return {}

    session = Session(run)
    session.pipe.feed(submit("bad", seed=1), submit("good"))
    failure, result = session.finish()
    assert isinstance(failure, Failure)
    assert (failure.id, failure.code, failure.remedy) == ("bad", code, remedy)
    assert failure.message.endswith(".")
    assert ("Traceback" in failure.traceback) == (code != "cancelled")
    assert isinstance(result, Result)
    assert result.id == "good"


@pytest.mark.parametrize(
    "line",
    [
        b"hello",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"type":"submit"}',
        b'{"type":"x"}',
        b'{"type":"result","id":"a","output":"o"}',
    ],
)
def test_a_bad_line_is_answered_and_passed_over(line: bytes) -> None:
    session = Session(quick)
    session.pipe.feed(line, b"", b"   ", submit("a"))
    failure, result = session.finish()
    assert isinstance(failure, Failure)
    assert (failure.id, failure.code) == ("", "bad_message")
    assert result == Result("a", JOB.output, {"seed": 0})


def test_a_bad_job_is_answered_with_its_id() -> None:
    session = Session(quick)
    session.pipe.feed(submit("a", size=3), Submit("b", {}), Submit("c", "job"))  # type: ignore[arg-type]
    session.pipe.feed(b'{"type":"submit","id":7,"job":{}}', b'{"type":"submit","id":"","job":{}}')
    failures = [message for message in session.finish() if isinstance(message, Failure)]
    assert [(failure.id, failure.code) for failure in failures] == [
        ("a", "bad_job"), ("b", "bad_job"), ("c", "bad_job"), ("", "bad_message"), ("", "bad_message"),
    ]  # fmt: skip
    assert "size" in failures[0].message


def test_cancel_stops_the_running_job() -> None:
    session = Session(until_cancelled)
    session.pipe.feed(submit("a"))
    session.wait_for(1)
    session.pipe.feed(Cancel("nobody"), Cancel("a"))
    assert [message.code for message in session.finish() if isinstance(message, Failure)] == ["cancelled"]


def test_cancel_stops_a_job_that_never_asks() -> None:
    cancelled = threading.Event()

    def busy(job: Job, watcher: Watcher) -> dict[str, Any]:
        watcher.progress(Report("Busy"))
        while not watcher.cancelled():
            cancelled.wait(0.005)
        watcher.progress(Report("Busy", 0.5, 1, 2))
        return {}

    session = Session(busy)
    session.pipe.feed(submit("a"))
    session.wait_for(1)
    session.pipe.feed(Cancel("a"))
    last = session.finish()[-1]
    assert isinstance(last, Failure)
    assert last.code == "cancelled"


def test_cancel_of_a_waiting_job_is_answered_while_another_runs() -> None:
    session = Session(until_cancelled)
    session.pipe.feed(submit("a"), submit("b"), submit("b"), Cancel("b"))
    twice, cancelled = [message for message in session.wait_for(3) if isinstance(message, Failure)]
    assert (twice.id, twice.code) == ("", "bad_message")
    assert (cancelled.id, cancelled.code) == ("b", "cancelled")
    session.pipe.feed(Cancel("a"))
    assert len([message for message in session.finish() if isinstance(message, Failure)]) == 3


def until_enough(job: Job, watcher: Watcher) -> dict[str, Any]:
    watcher.progress(Report("Painting"))
    while not watcher.enough():
        assert not watcher.cancelled()
        threading.Event().wait(0.005)
    return {"stopped_early": True}


def test_finish_ends_the_running_job_with_its_result() -> None:
    session = Session(until_enough)
    session.pipe.feed(submit("a"))
    session.wait_for(1)
    session.pipe.feed(Finish("nobody"), Finish("a"))
    assert session.finish()[-1] == Result("a", JOB.output, {"stopped_early": True})


def test_finish_of_a_waiting_job_is_known_once_its_turn_comes() -> None:
    session = Session(until_enough)
    session.pipe.feed(submit("a"), submit("b"), Finish("b"))
    session.wait_for(1)
    session.pipe.feed(Finish("a"))
    assert [message.id for message in session.finish() if isinstance(message, Result)] == ["a", "b"]


def test_finish_is_of_one_job_and_too_late_after_it() -> None:
    wishes: list[bool] = []

    def run(job: Job, watcher: Watcher) -> dict[str, Any]:
        wishes.append(watcher.enough())
        return {}

    session = Session(run)
    session.pipe.feed(submit("a"))
    session.wait_for(1)
    session.pipe.feed(Finish("a"), submit("a"))
    assert [type(message) for message in session.finish()] == [Result, Result]
    assert wishes == [False, False]


def test_a_job_that_was_to_finish_can_still_be_cancelled() -> None:
    session = Session(until_cancelled)
    session.pipe.feed(submit("a"))
    session.wait_for(1)
    session.pipe.feed(Finish("a"), Cancel("a"))
    assert [message.code for message in session.finish() if isinstance(message, Failure)] == ["cancelled"]


def test_progress_is_valid_json_and_thinned_out_but_no_preview_is_lost() -> None:
    def run(job: Job, watcher: Watcher) -> dict[str, Any]:
        for step in range(1000):
            preview, live = "/p.png" if step == 5 else "", "/l.png" if step == 7 else ""
            watcher.progress(Report("One", math.nan, step, 1000, math.inf, math.nan, preview, live))
        watcher.progress(Report("Two", 7.0, 1, 2, 0.5, 3.0))
        return {}

    session = Session(run)
    session.pipe.feed(submit("a"))
    sent = session.finish()
    progress = [message for message in sent if isinstance(message, Progress)]
    for message in sent:
        json.loads(encode(message), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert progress[0] == Progress("a", "One", 0.0, 0, 1000, 0.0, -1.0)
    assert progress[-1].stage == "Two"
    assert progress[-1].fraction == 1.0
    assert len(progress) < 500
    assert [message.preview for message in progress].count("/p.png") == 1
    assert [message.live for message in progress].count("/l.png") == 1


def test_the_end_of_stdin_stops_the_running_job_and_drops_the_others() -> None:
    session = Session(until_cancelled)
    session.pipe.feed(submit("a"), submit("b"))
    session.wait_for(1)
    session.pipe.close()
    session.worker.join(SECONDS)
    assert not session.worker.is_alive()
    assert [message.id for message in session.sent if isinstance(message, Failure)] == ["a"]


def test_a_job_that_does_not_stop_is_ended_with_the_process() -> None:
    hold = threading.Event()

    def deaf(job: Job, watcher: Watcher) -> dict[str, Any]:
        watcher.progress(Report("Deaf"))
        hold.wait(SECONDS)
        return {}

    session = Session(deaf, grace=0.01)
    session.pipe.feed(submit("a"))
    session.wait_for(1)
    session.pipe.close()
    session.reader.join(SECONDS)
    assert session.ended == [0]
    hold.set()


def test_reading_from_a_real_stream() -> None:
    sent: list[Message] = []
    source: BinaryIO = BytesIO(b"nonsense\n" + encode(Shutdown()).encode())  # no newline at the end
    server = Server(sent.append, quick, end=lambda code: None, grace=0.0)
    server.read(source)
    server.work()
    assert [type(message) for message in sent] == [Failure]
