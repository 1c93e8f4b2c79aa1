"""Doing what the shell command was asked for, and saving the scene, or leaving everything as it was."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import bpy

from ...core.protocol import JobCancelled, JobError
from .. import animation
from ..compat import session_uid
from ..engine.locate import ENGINE_PYTHON_VARIABLE, find_python, need_python
from ..engine.logs import log_of, size_of
from ..identity import ROOT
from ..jobs import JobQueue
from ..preferences import get_preferences
from ..runs import Run, State
from ..saving import files_of
from ..storage import discard, new_job_folder
from .arguments import make_parser
from .output import Output
from .preparing import PREPARE, shot_of
from .scene import need_target, open_scene, save_scene
from .stopping import Stopping

OK, FAILED, USAGE, NO_ENGINE, CANCELLED = 0, 1, 2, 3, 130
_CODES = {
    "usage": USAGE,
    "bad_job": USAGE,
    "engine_missing": NO_ENGINE,
    "engine_start": NO_ENGINE,
    "engine_protocol": NO_ENGINE,
    "engine_broken": NO_ENGINE,
}

_GONE = ("sheets", "heights")
"""What the engine says about files in the job's folder, which goes."""


def run_in_blender(words: Sequence[str]) -> int:
    """``blender -b SCENE.blend --command nst ...``: the scene is open already. Returns the exit code."""
    with Stopping() as stopping:
        return _run("nst", words, stopping, with_scene=False)


def run_script(words: Sequence[str], stopping: Stopping) -> int:
    """``nst-blender SCENE.blend ...``: open the scene with the bpy module. Returns the exit code."""
    return _run("nst-blender", words, stopping, with_scene=True)


def _run(program: str, words: Sequence[str], stopping: Stopping, with_scene: bool) -> int:
    parser = make_parser(program, with_scene)
    output = Output(program, as_json="--json" in words)
    try:
        options = parser.parse_args(list(words))
        with _registered(with_scene):
            stopping.check()
            if with_scene:
                open_scene(options.scene)
            _do(options, output, stopping, own_python=with_scene)
    except JobCancelled:
        output.fail(JobError("cancelled", "Cancelled. Nothing was written."))
        return CANCELLED
    except JobError as error:
        output.fail(error)
        return _CODES.get(error.code, FAILED)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    return OK


def _film(options: argparse.Namespace, output: Output, stopping: Stopping) -> None:
    """Render frames of an animation, and no more."""
    folder = new_job_folder()
    try:
        scene = bpy.context.scene
        made = animation.film(scene, shot_of(options), folder, lambda _: stopping.check())
    finally:
        discard(folder)
    output.result({"output": made.content}, f"Rendered {scene.name}: {made.content}")


def _do(options: argparse.Namespace, output: Output, stopping: Stopping, own_python: bool) -> None:
    if getattr(options, "render_only", False):
        _film(options, output, stopping)
        return
    preferences = get_preferences(bpy.context)
    preferred = preferences.engine_python() if preferences is not None else ""
    python = _python(find_python(options.engine_python, preferred, own_python))
    save = getattr(options, "save", "")
    target_file = need_target(Path(save).absolute()) if save else None
    prepare = PREPARE[options.command]
    folder = new_job_folder()
    with contextlib.ExitStack() as unfinished:
        unfinished.callback(discard, folder)
        stopping.check()
        title, job, target = prepare(options, folder, stopping.check)
        stopping.check()
        run = Run(title, job, folder, python, target)
        stopping.keeps = getattr(options, "keep_on_interrupt", False)  # animations are kept anyway
        _paint(run, output.progress, stopping)
        unfinished.pop_all()  # from here on it is finished, and too late to stop
    known = {session_uid(image) for image in bpy.data.images}
    with _keeping(run):
        written = target.write_back(run)
        if target_file is not None:
            save_scene(target_file)
    discard(folder)
    made = [image for image in bpy.data.images if session_uid(image) not in known]
    info = {key: value for key, value in run.status.info.items() if key not in _GONE}
    data = {
        "objects": written.objects,
        "images": written.images,
        "files": [*written.files, *(file for image in made for file in files_of(image))],
        "materials": written.materials,
        "output": str(target_file or next(iter(written.files), run.job.output)),
        "notes": written.notes,
    }
    for note in written.notes:
        output.note(note)
    where = ", ".join(written.files) or data["output"]
    output.result(data | {"info": info}, f"Painted '{title}' in {info.get('seconds', 0):.0f} s: {where}")


def _paint(run: Run, on_progress: Callable[[Run], None], stopping: Stopping) -> None:
    queue = JobQueue(ROOT)
    try:
        queue.add(run)
        queue.wait(run, on_progress, stopping.stop, stopping.keep)
    finally:
        queue.close()
    error = _with_log(run)
    if error is not None:
        raise error
    if run.status.state is not State.DONE:
        raise JobCancelled


def _with_log(run: Run) -> JobError | None:
    """The run's error, which names the engine's log if the engine broke; else the log goes."""
    log, error = log_of(run.folder), run.status.error
    broke = error is not None and (error.code.startswith("engine_") or error.code == "internal")
    if error is not None and str(log) in error.message:
        return error
    if error is None or not broke or size_of(log) == 0:
        log.unlink(missing_ok=True)
        return error
    return JobError(error.code, f"{error.message} The engine's log is {log}.", error.remedy)


@contextlib.contextmanager
def _keeping(run: Run) -> Iterator[None]:
    """While inside, a failure says where the finished texture lies: minutes or hours of work."""
    try:
        yield
    except JobError as error:
        kept = f"{error.message.rstrip('. ')}. The finished texture is kept: {run.job.output}"
        raise JobError(error.code, kept, error.remedy) from error


def _python(found: Path | None) -> Path:
    try:
        return need_python(found)
    except JobError as error:
        hint = f"{error.message} Or name its Python with --engine-python or {ENGINE_PYTHON_VARIABLE}."
        raise JobError(error.code, hint, error.remedy) from error


@contextlib.contextmanager
def _registered(needed: bool) -> Iterator[None]:
    """Register the package itself where it is not an extension, so that scenes keep its settings."""
    from ..registration import register, unregister

    if not needed or hasattr(bpy.types.Scene, "nst"):
        yield
        return
    register()
    try:
        yield
    finally:
        unregister()
