"""The job queue: order, cancelling, recovery, idling."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nst.blender_nst.jobs import JobQueue
from nst.blender_nst.runs import Run, State
from nst.core.protocol import JobError, Sheet, TextureJob, load_job

FAKE = Path(__file__).parent / "fakes" / "worker.py"


@pytest.fixture
def queue_of(tmp_path: Path) -> Iterator[Callable[..., JobQueue]]:
    queues: list[JobQueue] = []

    def make(mode: str, **options: float) -> JobQueue:
        queues.append(JobQueue(tmp_path, lambda _python: (sys.executable, str(FAKE), mode), **options))  # type: ignore[arg-type]
        return queues[-1]

    yield make
    for queue in queues:
        queue.close()


@pytest.fixture
def run_of(tmp_path: Path) -> Callable[[str], Run]:
    def make(name: str) -> Run:
        folder = tmp_path / name
        folder.mkdir()
        job = TextureJob(
            mesh="/m.npz",
            style="/s.png",
            sheets=(Sheet(str(folder / "out.png")),),
            size=64,
            preview=str(folder / "preview.png"),
        )
        return Run(name, job, folder, Path(sys.executable))

    return make


def pump_until(queue: JobQueue, happened: Callable[[], bool]) -> list[Run]:
    ended: list[Run] = []
    for _ in range(3000):
        ended += queue.pump()
        if happened():
            return ended
        time.sleep(0.01)
    raise AssertionError("it never happened")


def test_runs_end_in_order_in_one_engine(
    queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]
) -> None:
    queue = queue_of("paint")
    runs = [run_of("a"), run_of("b")]
    for run in runs:
        queue.add(run)
    assert [run.status.state for run in runs] == [State.RUNNING, State.QUEUED]
    assert queue.wait(runs[1]) == runs
    assert [run.status.state for run in runs] == [State.DONE, State.DONE]
    assert runs[0].status.info["pid"] == runs[1].status.info["pid"]
    assert load_job(runs[0].folder / "job.json") == runs[0].job


def test_progress_reaches_the_run(queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]) -> None:
    queue, run = queue_of("paint"), run_of("a")
    queue.add(run)
    seen: list[float] = []
    queue.wait(run, lambda run: seen.append(run.status.fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert run.status.previews == 3
    assert Path(run.status.preview).is_file()
    assert run.engine is not None
    assert run.engine.engine == "0.0-fake"


def test_cancel_the_running_and_the_waiting(
    queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]
) -> None:
    queue, first, second = queue_of("slow"), run_of("a"), run_of("b")
    queue.add(first)
    queue.add(second)
    pump_until(queue, lambda: first.status.previews > 0)
    queue.cancel(second)
    queue.cancel(first)
    assert first.status.state is State.CANCELLING
    assert set(pump_until(queue, lambda: not queue.runs)) == {first, second}
    assert {first.status.state, second.status.state} == {State.CANCELLED}


def test_keep_ends_the_running_one_with_its_result(
    queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]
) -> None:
    queue, first, second = queue_of("slow"), run_of("a"), run_of("b")
    queue.add(first)
    queue.add(second)
    pump_until(queue, lambda: first.status.begun)
    queue.keep(second)  # there is nothing of it to keep
    assert second.status.state is State.QUEUED
    queue.keep(first)
    assert first.status.state is State.KEEPING
    assert pump_until(queue, lambda: first not in queue.runs) == [first]
    assert first.status.state is State.DONE
    assert first.status.info["stopped_early"] is True
    assert Path(first.job.output).is_file()


def test_a_run_that_is_kept_can_still_be_cancelled(
    queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]
) -> None:
    queue, run = queue_of("deaf"), run_of("a")
    queue.add(run)
    pump_until(queue, lambda: run.status.begun)
    queue.keep(run)
    stage = run.status.stage
    pump_until(queue, lambda: run.status.fraction == 0.9)
    assert run.status.stage == stage
    queue.cancel(run)
    assert pump_until(queue, lambda: not queue.runs) == [run]
    assert run.status.state is State.CANCELLED


def test_a_result_that_comes_after_cancel_is_not_taken(
    queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]
) -> None:
    queue, run = queue_of("slow"), run_of("a")
    queue.add(run)
    pump_until(queue, lambda: run.status.begun)
    queue.keep(run)  # the engine hears this first, and answers with a result
    queue.cancel(run)
    assert pump_until(queue, lambda: not queue.runs) == [run]
    assert run.status.state is State.CANCELLED


def test_wait_can_be_told_to_keep(queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]) -> None:
    queue, run = queue_of("slow"), run_of("a")
    queue.add(run)
    assert queue.wait(run, keep=lambda: run.status.begun) == [run]
    assert run.status.state is State.DONE


def test_live_results_are_counted(queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]) -> None:
    queue, run = queue_of("paint"), run_of("a")
    run.job = replace(run.job, live=str(run.folder / "live.png"))
    queue.add(run)
    queue.wait(run)
    assert (run.status.live, run.status.lives) == (run.job.live, 3)


def test_wait_can_be_told_to_stop(queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]) -> None:
    queue, run = queue_of("slow"), run_of("a")
    queue.add(run)
    assert queue.wait(run, stop=lambda: run.status.previews > 0) == [run]
    assert run.status.state is State.CANCELLED


def test_after_a_killed_engine_the_next_job_gets_a_new_one(
    queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]
) -> None:
    queue, first, second = queue_of("slow"), run_of("a"), run_of("b")
    queue.add(first)
    queue.add(second)
    pump_until(queue, lambda: first.status.previews > 0)
    dead = queue.engine_pid
    assert dead is not None
    os.kill(dead, signal.SIGKILL)
    pump_until(queue, lambda: second.status.previews > 0)
    assert first.status.error is not None
    assert first.status.error.code == "engine_died"
    assert queue.engine_pid not in (None, dead)


def test_an_idle_engine_is_ended(
    tmp_path: Path, run_of: Callable[[str], Run], queue_of: Callable[..., JobQueue]
) -> None:
    now = [0.0]
    queue = queue_of("paint", clock=lambda: now[0], idle_seconds=45.0)  # type: ignore[arg-type]
    run = run_of("a")
    queue.add(run)
    queue.wait(run)
    pid = queue.engine_pid
    assert pid is not None
    now[0] = 44.0
    queue.pump()
    assert queue.engine_pid == pid
    now[0] = 46.0
    queue.pump()
    assert not queue.busy
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_close_stops_everything(queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]) -> None:
    queue, first, second = queue_of("slow"), run_of("a"), run_of("b")
    queue.add(first)
    queue.add(second)
    pid = queue.engine_pid
    assert pid is not None
    assert queue.close() == [first, second]
    assert not queue.busy
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_engine_that_cannot_start_fails_the_run(tmp_path: Path, run_of: Callable[[str], Run]) -> None:
    queue = JobQueue(tmp_path, lambda _python: (str(tmp_path / "nothing"),))
    run = run_of("a")
    queue.add(run)
    assert queue.pump() == [run]
    assert run.status.error is not None
    assert run.status.error.code == "engine_missing"


def test_a_job_folder_that_cannot_be_written(
    queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]
) -> None:
    queue, run = queue_of("paint"), run_of("a")
    run.folder = run.folder / "gone"
    with pytest.raises(JobError) as caught:
        queue.add(run)
    assert caught.value.code == "no_permission"
    assert queue.runs == ()


def test_the_job_file_is_plain_json(queue_of: Callable[..., JobQueue], run_of: Callable[[str], Run]) -> None:
    queue, run = queue_of("paint"), run_of("a")
    queue.add(run)
    assert json.loads((run.folder / "job.json").read_text())["kind"] == "texture"
