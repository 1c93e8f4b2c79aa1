"""The engine's process as the add-on starts it: real jobs, real pipes."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from nst.core import __version__
from nst.core.protocol import (
    PROTOCOL_VERSION,
    Cancel,
    Failure,
    Finish,
    Hello,
    ImageJob,
    Job,
    Message,
    Progress,
    Result,
    Sheet,
    Shutdown,
    Submit,
    TextureJob,
    decode,
    encode,
    job_to_dict,
)
from nst.core.worker.__main__ import serve
from nst.core.worker.wire import Wire

SECONDS = 120.0  # after which a test gives up; nothing here measures time


class Worker:
    """A worker process and its messages."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core.worker"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._messages.put(decode(line.decode("utf-8")))

    def send(self, message: Message | bytes) -> None:
        assert self.process.stdin is not None
        line = message if isinstance(message, bytes) else encode(message).encode("utf-8")
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def submit(self, name: str, job: Job) -> None:
        self.send(Submit(name, job_to_dict(job)))

    def receive(self) -> Message:
        return self._messages.get(timeout=SECONDS)

    def answer(self) -> Message:
        """The next message that is not about progress."""
        while isinstance(message := self.receive(), Progress):
            pass
        return message

    def close(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(SECONDS)


@pytest.fixture(scope="module")
def hello_and_worker(root: Path) -> Iterator[tuple[Hello, Worker]]:
    worker = Worker(root)
    try:
        hello = worker.receive()
        assert isinstance(hello, Hello)
        yield hello, worker
        assert worker.close() == 0
    finally:
        worker.process.kill()


@pytest.fixture
def worker(hello_and_worker: tuple[Hello, Worker]) -> Worker:
    return hello_and_worker[1]


@pytest.fixture
def small(quad: Path, painting: Path, tmp_path: Path) -> TextureJob:
    """A job of seconds, the only one to write into ``tmp_path``."""
    output = str(tmp_path / "texture.png")
    return TextureJob(str(quad), str(painting), (Sheet(output),), size=64, quality="draft", device="cpu")


@pytest.fixture
def long(small: TextureJob) -> TextureJob:
    """A job of minutes."""
    return replace(small, size=128, quality="best")


def test_hello_says_what_there_is(hello_and_worker: tuple[Hello, Worker]) -> None:
    hello, _ = hello_and_worker
    assert (hello.protocol, hello.engine) == (PROTOCOL_VERSION, __version__)
    assert hello.python == ".".join(map(str, sys.version_info[:3]))
    assert hello.torch[0].isdigit()
    assert hello.default_device in {device.id for device in hello.devices}
    assert "cpu" in {device.id for device in hello.devices}


def test_a_texture_job_is_done(worker: Worker, small: TextureJob, tmp_path: Path) -> None:
    worker.submit("one", replace(small, seed=3, preview=str(tmp_path / "preview.png")))
    stages, fractions = set(), []
    while isinstance(message := worker.receive(), Progress):
        assert message.id == "one"
        stages.add(message.stage)
        fractions.append(message.fraction)
    assert isinstance(message, Result), message
    assert (message.id, message.output) == ("one", small.output)
    assert message.info["seed"] == 3
    assert json.loads(json.dumps(message.info)) == message.info
    assert len(stages) > 1
    assert all(0 <= fraction <= 1 for fraction in fractions)
    with Image.open(small.output) as image:
        assert image.size == (64, 64)


def test_a_picture_job_is_done(worker: Worker, photo: Path, painting: Path, tmp_path: Path) -> None:
    output = str(tmp_path / "picture.png")
    worker.submit("two", ImageJob(str(photo), str(painting), output, size=64, quality="draft", device="cpu"))
    message = worker.answer()
    assert isinstance(message, Result), message
    with Image.open(output) as image:
        assert image.size == (64, 64)


def test_bad_lines_and_bad_jobs_leave_it_working(worker: Worker, small: TextureJob, tmp_path: Path) -> None:
    found = []
    for line in (
        b"\x00 what is this",
        Submit("bad", {**job_to_dict(small), "size": 1}),
        Submit("gone", job_to_dict(replace(small, mesh=str(tmp_path / "gone.obj")))),
        Submit("device", job_to_dict(replace(small, device="abacus"))),
    ):
        worker.send(line)
        failure = worker.answer()
        assert isinstance(failure, Failure)
        found.append((failure.id, failure.code))
    assert found == [
        ("", "bad_message"),
        ("bad", "bad_job"),
        ("gone", "mesh_missing"),
        ("device", "unknown_device"),
    ]
    assert list(tmp_path.iterdir()) == []


def test_cancel_in_the_middle_and_before_its_turn(worker: Worker, long: TextureJob, tmp_path: Path) -> None:
    worker.submit("runs", long)
    worker.submit("waits", long)
    while not (isinstance(message := worker.receive(), Progress) and message.step > 0):
        assert isinstance(message, Progress), message
    for name in ("waits", "runs"):
        worker.send(Cancel(name))
        failure = worker.answer()
        assert isinstance(failure, Failure)
        assert (failure.id, failure.code) == (name, "cancelled")
    assert list(tmp_path.iterdir()) == []


def test_finish_in_the_middle_keeps_what_is_painted(worker: Worker, long: TextureJob, tmp_path: Path) -> None:
    live = tmp_path / "live.png"
    worker.submit("enough", replace(long, live=str(live)))
    while not (isinstance(message := worker.receive(), Progress) and message.live):
        assert isinstance(message, Progress), message
    assert message.live == str(live)
    with Image.open(live) as image:
        assert image.size == (128, 128)
    worker.send(Finish("enough"))
    result = worker.answer()
    assert isinstance(result, Result), result
    assert result.info["stopped_early"] is True
    assert any("ended early, in pass 1" in note for note in result.info["notes"])
    with Image.open(long.output) as image:
        assert image.size == (128, 128)


def test_it_ends_when_stdin_closes_in_a_job(root: Path, long: TextureJob, tmp_path: Path) -> None:
    worker = Worker(root)
    try:
        worker.submit("runs", long)  # before hello: it waits in the pipe
        assert isinstance(worker.receive(), Hello)
        assert isinstance(worker.receive(), Progress)
        assert worker.close() == 0
    finally:
        worker.process.kill()
    assert list(tmp_path.iterdir()) == []


def test_messages_are_taken_while_the_engine_loads(tmp_path: Path) -> None:
    """Some systems' pipes hold a few KB; whoever fills one would wait until torch is imported."""
    source, end = os.pipe()  # which stays open: when stdin closes, the process ends
    with open(tmp_path / "said", "wb", buffering=0) as sink:

        def greet() -> Hello:
            os.write(end, b"no message\n" + encode(Shutdown()).encode() + b"\n")
            for _ in range(1000):
                if (tmp_path / "said").stat().st_size:
                    return Hello(PROTOCOL_VERSION, __version__, "3", "2", [], "cpu")
                time.sleep(0.01)
            raise AssertionError("nobody reads")

        assert serve(os.fdopen(source, "rb"), Wire(sink), greet) == 0
    told = [decode(line) for line in (tmp_path / "said").read_text().splitlines()]
    assert [type(message) for message in told] == [Failure, Hello]


def test_shutdown_lets_the_job_finish(root: Path, small: TextureJob) -> None:
    worker = Worker(root)
    try:
        worker.submit("last", small)
        worker.send(Shutdown())
        assert isinstance(worker.receive(), Hello)
        assert isinstance(worker.answer(), Result)
        assert worker.process.wait(SECONDS) == 0
        assert Path(small.output).is_file()
    finally:
        worker.process.kill()


def test_stray_prints_do_not_reach_the_wire(root: Path) -> None:
    program = """
import os, subprocess, sys
from core.worker.__main__ import take_standard_streams
from core.worker.wire import Wire
from core.protocol import Cancel
source, sink = take_standard_streams()
print("from python", flush=True)
os.write(1, b"from C")
subprocess.run([sys.executable, "-c", "print('from a child', input('') if 0 else '')"])
Wire(sink).send(Cancel("a"))
sys.stdout.write(repr((sys.stdin.read(), source.readline())))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, input=b"for the worker\n", capture_output=True, check=True
    )
    assert done.stdout.decode().splitlines() == [encode(Cancel("a"))]
    for text in ("from python", "from C", "from a child", repr(("", b"for the worker\n"))):
        assert text in done.stderr.decode()


def test_without_its_packages_it_says_so_and_ends(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "core.worker"], cwd=root, stdin=subprocess.DEVNULL, capture_output=True
    )
    (line,) = done.stdout.decode().splitlines()
    failure = decode(line)
    assert isinstance(failure, Failure)
    assert (failure.id, failure.code, failure.remedy) == ("", "engine_broken", "setup_engine")
    assert sys.executable in failure.message
    assert done.returncode == 3
