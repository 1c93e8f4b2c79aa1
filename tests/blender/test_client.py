"""The engine's client against a worker that behaves, misbehaves and dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nst.blender_nst.engine.client import Engine
from nst.blender_nst.engine.logs import last_line
from nst.blender_nst.engine.process import NICENESS, clean_environment, end_process
from nst.core.protocol import Failure, Hello, JobError, Progress, Remedy, Result, Sheet, TextureJob

FAKE = Path(__file__).parent / "fakes" / "worker.py"


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(tmp_path: Path, clock: Clock) -> Any:
    engines: list[Engine] = []

    def make(mode: str) -> Engine:
        command = (sys.executable, str(FAKE), mode)
        engines.append(Engine(command, tmp_path, tmp_path / "engine.log", clock))
        return engines[-1]

    yield make
    for engine in engines:
        engine.stop()


def texture_job(folder: Path) -> TextureJob:
    return TextureJob(
        mesh="/m.npz",
        style="/s.png",
        sheets=(Sheet(str(folder / "out.png")),),
        size=64,
        preview=str(folder / "preview.png"),
    )


def drain(engine: Engine, until: Callable[[list[Any]], bool]) -> list[Any]:
    """Pump until ``until`` holds of all that was said; the test's own time limit is generous."""
    said: list[Any] = []
    for _ in range(3000):
        said += engine.pump()
        if until(said):
            return said
        time.sleep(0.01)
    raise AssertionError(f"it never happened; this did: {said}")


def ended(said: list[Any]) -> bool:
    return any(isinstance(message, (Result, Failure)) for message in said)


def progressing(said: list[Any]) -> bool:
    return any(isinstance(message, Progress) for message in said)


@pytest.mark.parametrize("mode", ["paint", "noisy"])
def test_a_job_is_done_whatever_else_the_worker_prints(start: Any, tmp_path: Path, mode: str) -> None:
    engine = start(mode)
    engine.submit("one", texture_job(tmp_path))
    said = drain(engine, ended)
    assert isinstance(said[0], Hello)
    assert [message.stage for message in said[1:-1]] == ["Step 1", "Step 2", "Step 3"]
    assert isinstance(said[-1], Result)
    assert Path(said[-1].output).is_file()
    assert engine.usable


def test_one_worker_does_many_jobs(start: Any, tmp_path: Path) -> None:
    engine = start("paint")
    pids = set()
    for name in ("one", "two"):
        engine.submit(name, texture_job(tmp_path))
        pids.add(drain(engine, ended)[-1].info["pid"])
    assert pids == {engine.pid}


def test_cancel_is_acknowledged_and_the_worker_stays(start: Any, tmp_path: Path) -> None:
    engine = start("slow")
    engine.submit("one", texture_job(tmp_path))
    drain(engine, progressing)
    engine.cancel()
    assert drain(engine, ended)[-1].code == "cancelled"
    assert engine.usable


def test_a_worker_that_hears_no_cancel_is_ended_after_its_time(
    start: Any, tmp_path: Path, clock: Clock
) -> None:
    engine = start("deaf")
    engine.submit("one", texture_job(tmp_path))
    drain(engine, progressing)
    engine.cancel()
    clock.now = 0.9
    time.sleep(0.2)
    assert not ended(engine.pump())
    clock.now = 1.0
    assert engine.pump()[-1].code == "cancelled"
    assert not engine.usable
    with pytest.raises(ProcessLookupError):
        os.kill(engine.pid, 0)


def test_a_cancel_before_hello_ends_it_too(start: Any, tmp_path: Path, clock: Clock) -> None:
    engine = start("deaf")
    engine.submit("one", texture_job(tmp_path))
    engine.cancel()
    clock.now = 5.0
    assert drain(engine, ended)[-1].code == "cancelled"


def test_a_killed_engine_is_one_clear_error(start: Any, tmp_path: Path) -> None:
    engine = start("slow")
    engine.submit("one", texture_job(tmp_path))
    drain(engine, progressing)
    os.kill(engine.pid, signal.SIGKILL)
    failures = [message for message in drain(engine, ended) if isinstance(message, Failure)]
    assert [failure.code for failure in failures] == ["engine_died"]
    assert "memory" in failures[0].message
    assert str(tmp_path / "engine.log") in failures[0].message
    assert failures[0].remedy == Remedy.SMALLER_SIZE.value
    assert engine.pump() == []


def test_a_crashed_engine_names_its_log(start: Any, tmp_path: Path) -> None:
    engine = start("dies")
    engine.submit("one", texture_job(tmp_path))
    failure = drain(engine, ended)[-1]
    assert failure.code == "engine_died"
    assert str(tmp_path / "engine.log") in failure.message
    assert "something terrible" in (tmp_path / "engine.log").read_text()


@pytest.mark.parametrize(
    ("mode", "code", "words"),
    [
        ("mute", "engine_start", "No module named 'torch'"),
        ("silent", "engine_start", "without a word (exit status 3)"),
        ("silent", "engine_start", "press Install Engine"),
        ("newer", "engine_protocol", "version 99"),
        ("broken", "engine_broken", "packages"),
        ("fails", "mesh_nan", "Not numbers"),
    ],
)
def test_failures_keep_their_code_and_words(
    start: Any, tmp_path: Path, mode: str, code: str, words: str
) -> None:
    engine = start(mode)
    engine.submit("one", texture_job(tmp_path))
    failure = drain(engine, ended)[-1]
    assert (failure.id, failure.code) == ("one", code)
    assert words in failure.message


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(JobError) as caught:
        Engine((str(tmp_path / "nothing"),), tmp_path, tmp_path / "log")
    assert caught.value.code == "engine_missing"
    assert caught.value.remedy is Remedy.SETUP_ENGINE


def test_stop_leaves_no_process(start: Any, tmp_path: Path) -> None:
    engine = start("slow")
    engine.submit("one", texture_job(tmp_path))
    drain(engine, progressing)
    engine.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(engine.pid, 0)


def test_the_engine_does_not_inherit_blenders_python_settings(
    start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))  # with this no other Python would start
    engine = start("paint")
    engine.submit("one", texture_job(tmp_path))
    assert isinstance(drain(engine, ended)[-1], Result)


@pytest.mark.parametrize(
    ("variable", "value"), [("PYTHONSAFEPATH", "1"), ("PYTHONHOME", "/no/where"), ("PYTHONPATH", "/no/where")]
)
def test_variables_that_would_keep_core_from_being_found_are_taken_out(
    tmp_path: Path, variable: str, value: str
) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").touch()
    (tmp_path / "core" / "worker.py").write_text("")
    environment = clean_environment({**os.environ, variable: value})
    done = subprocess.run([sys.executable, "-m", "core.worker"], cwd=tmp_path, env=environment)
    assert done.returncode == 0


def test_words_of_an_earlier_start_are_not_taken_for_this_ones(start: Any, tmp_path: Path) -> None:
    (tmp_path / "engine.log").write_text("an old trouble\n")
    engine = start("silent")
    engine.submit("one", texture_job(tmp_path))
    assert "an old trouble" not in drain(engine, ended)[-1].message


class Undying:
    """A process that waits for a device and cannot be ended yet."""

    pid = 2**22 + 1  # beyond what a process can have

    def poll(self) -> None:
        return None

    def kill(self) -> None:
        return None

    def wait(self, timeout: float) -> None:
        raise subprocess.TimeoutExpired("engine", timeout)


def test_a_process_that_does_not_end_is_left_alone() -> None:
    end_process(Undying())  # type: ignore[arg-type]


def test_last_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_line(log) == ""
    log.write_text("first\n  the end  \n\n")
    assert last_line(log) == "the end"
    assert last_line(log, 3) == "end"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has classes of priority, set at the start")
def test_the_engine_computes_with_what_blender_leaves(start: Any) -> None:
    engine = start("paint")
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, engine.pid) == min(19, own + NICENESS)
