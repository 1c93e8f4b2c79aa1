"""In the middle of a job: a new name, undo, a lost object, a lost engine, another file, the end."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import bpy

from .stage import PATIENCE, Stage, Story

DRIVE = Path(__file__).with_name("drive.py")
BYSTANDER = "bystander.json"


def renamed_and_undone(stage: Stage) -> Story:
    """The texture finds its object under another name, and after an undo."""
    with stage.context():
        bpy.ops.transform.translate(value=(0.0, 0.0, 0.2))
        bpy.ops.ed.undo_push(message="Move")
    run = stage.small_job()
    stage.object.name = "Renamed"
    yield from stage.until(lambda: run.engine is not None, "the engine is ready", PATIENCE)
    stage.hand.move(*stage.middle())
    stage.hand.key("ctrl+z")
    yield 0.5
    assert stage.object.location.z < 0.1, "the move was not undone"
    stage.object.name = "Renamed"
    yield from stage.until_done(run)
    assert stage.object.name == "Renamed"
    assert len(stage.style_nodes()) == 1, "the texture has not found its object"
    with stage.context():
        bpy.ops.nst.remove_style()


def object_deleted(stage: Stage) -> Story:
    """The result's files are kept, and the panel says so."""
    run = stage.small_job()
    yield from stage.until(lambda: run.engine is not None, "the engine is ready", PATIENCE)
    bpy.data.objects.remove(stage.object)
    yield from stage.until(lambda: stage.session.run is None, "the job ends", PATIENCE)
    notice = stage.session.notice
    assert notice is not None
    assert notice.is_error, notice
    assert (Path(notice.folder) / "texture.png").is_file(), "the finished texture is lost"
    yield 1.0
    stage.hand.look("20_object_gone")
    stage.add_suzanne(unwrapped=True)
    yield 0.5


def engine_killed(stage: Stage) -> Story:
    """The panel says so, and the next job works."""
    run = stage.small_job()
    yield from stage.until(lambda: run.engine is not None, "the engine is ready", PATIENCE)
    os.kill(stage.session.queue.engine_pid, 9)
    yield from stage.until(lambda: stage.session.run is None, "the job ends", 20)
    assert run.status.state.name == "FAILED", run.status
    yield 1.0
    stage.hand.look("21_engine_killed")
    yield from stage.until_done(stage.small_job())
    assert stage.session.notice is None or not stage.session.notice.is_error


def another_file(stage: Stage) -> Story:
    """The job ends with its file."""
    run = stage.small_job()
    yield from stage.until(lambda: run.engine is not None, "the engine is ready", PATIENCE)
    pid = stage.session.queue.engine_pid
    bpy.ops.wm.read_homefile()
    yield from stage.until(lambda: not alive(pid), "the engine ends with its file", 10)
    assert stage.session.run is None
    assert stage.session.notice is not None
    yield from stage.open_sidebar()
    stage.hand.look("22_another_file")


def blender_ends(stage: Stage) -> Story:
    """Another Blender quits, and another one is killed, in the middle of a job: its engine goes too."""
    for how in ("quit", "crash"):
        told = stage.out / BYSTANDER
        told.unlink(missing_ok=True)
        environment = {
            **os.environ,
            "NST_GUI_STORY": how,
            "NST_ENGINE_PYTHON": stage.python,
            "NST_GUI_OUT": str(stage.out),
        }
        words = [bpy.app.binary_path, "--window-geometry", "100", "100", "800", "600", "--python", str(DRIVE)]
        log = stage.out / f"bystander_{how}.log"
        with open(log, "wb") as output:
            other = subprocess.Popen(words, env=environment, stdout=output, stderr=subprocess.STDOUT)
        yield from stage.until(lambda: other.poll() is not None, f"the other Blender ends: {how}", PATIENCE)  # noqa: B023
        assert told.is_file(), log.read_text(errors="replace")
        pid = json.loads(told.read_text())["engine"]
        ended = time.monotonic()
        yield from stage.until(lambda: not alive(pid), f"the engine ends after {how}", 20)  # noqa: B023
        stage.report[f"seconds_of_engine_after_{how}"] = round(time.monotonic() - ended, 2)


def bystander(stage: Stage, how: str) -> Story:
    """What the other Blender does: it starts a job, tells the engine's process id, and ends."""
    stage.install()
    stage.add_suzanne(unwrapped=True)
    stage.choose_style()
    yield 1.0
    run = stage.small_job(1024)
    yield from stage.until(
        lambda: run.status.fraction > 0 or run.status.ended, "the engine is at work", PATIENCE
    )
    assert not run.status.ended, run.status
    pid = stage.session.queue.engine_pid
    assert alive(pid)
    (stage.out / BYSTANDER).write_text(json.dumps({"engine": pid}))
    if how == "crash":
        os.kill(os.getpid(), 9)
    bpy.ops.wm.quit_blender()


def alive(pid: int | None) -> bool:
    """Whether a process is there and not merely waiting to be collected by its parent."""
    if pid is None:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
