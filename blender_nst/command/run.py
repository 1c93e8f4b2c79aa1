"""Doing what the shell command was asked for, and saving the scene, or leaving everything as it was."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import bpy

from ...core.protocol import Job, JobCancelled, JobError, Remedy
from ...core.protocol.options import controls_of
from .. import texture, tile
from ..engine.locate import ENGINE_PYTHON_VARIABLE, find_python, need_python
from ..host.files import need_writable
from ..host.tile_material import can_have_material
from ..identity import ROOT
from ..jobs import JobQueue
from ..preferences import get_preferences
from ..runs import Run, State, Target
from ..storage import discard, new_job_folder
from .arguments import make_parser
from .output import Output

OK, FAILED, USAGE, NO_ENGINE, CANCELLED = 0, 1, 2, 3, 130
_CODES = {
    "usage": USAGE,
    "bad_job": USAGE,
    "engine_missing": NO_ENGINE,
    "engine_start": NO_ENGINE,
    "engine_protocol": NO_ENGINE,
    "engine_broken": NO_ENGINE,
}


def run_in_blender(words: Sequence[str]) -> int:
    """``blender -b SCENE.blend --command nst ...``: the scene is open already. Returns the exit code."""
    return _run("nst", words, with_scene=False)


def run_script(words: Sequence[str]) -> int:
    """``nst-blender SCENE.blend ...``: open the scene with the bpy module. Returns the exit code."""
    return _run("nst-blender", words, with_scene=True)


def _run(program: str, words: Sequence[str], with_scene: bool) -> int:
    parser = make_parser(program, with_scene)
    output = Output(program, as_json="--json" in words)
    try:
        options = parser.parse_args(list(words))
        with _registered(with_scene):
            if with_scene:
                _open(options.scene)
            _do(options, output, own_python=with_scene)
    except JobCancelled:
        output.fail(JobError("cancelled", "Cancelled. Nothing was written."))
        return CANCELLED
    except JobError as error:
        output.fail(error)
        return _CODES.get(error.code, FAILED)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    return OK


def _do(options: argparse.Namespace, output: Output, own_python: bool) -> None:
    preferences = get_preferences(bpy.context)
    preferred = preferences.engine_python() if preferences is not None else ""
    python = _python(find_python(options.engine_python, preferred, own_python))
    target_file = _writable(Path(options.save).absolute())
    prepare = {"texture": _texture, "tile": _tile}[options.command]
    folder = new_job_folder()
    try:
        title, job, target = prepare(options, folder)
    except JobError:
        discard(folder)
        raise
    run = Run(title, job, folder, python, target)
    _paint(run, output.progress, options.keep_on_interrupt)
    with _keeping(run):
        written = target.write_back(run)
        _save(target_file)
    info = run.status.info
    discard(folder)
    data = {
        "objects": written.objects,
        "images": written.images,
        "materials": written.materials,
        "output": str(target_file),
        "notes": written.notes,
    }
    for note in written.notes:
        output.note(note)
    output.result(
        data | {"info": info}, f"Painted '{title}' in {info.get('seconds', 0):.0f} s: {target_file}"
    )


def _texture(options: argparse.Namespace, folder: Path) -> tuple[str, Job, Target]:
    objects = [_object(name) for name in dict.fromkeys(options.objects)] or [_active_object()]
    settings = texture.TextureOptions(
        style=options.style[0],
        size=options.size,
        quality=options.quality,
        strength=options.strength,
        stroke=options.stroke,
        direction=options.direction,
        angle=options.angle,
        occlusion=options.occlusion,
        curvature=options.curvature,
        relief=options.relief,
        guide=options.guide,
        guide_attribute=options.guide_attribute,
        seed=options.seed,
        device=options.device,
        uv_map=options.uv_map,
        base=options.base,
        controls=controls_of(options, options.style[1:]),
        save_to=_folder(options.save_to),
    )
    job, target = texture.prepare(objects, settings, folder, bpy.context.evaluated_depsgraph_get())
    return texture.title_of(objects), job, target


def _tile(options: argparse.Namespace, folder: Path) -> tuple[str, Job, Target]:
    obj = _object(options.object) if options.object else None
    if obj is not None and not can_have_material(obj):
        raise JobError("no_object", f"'{obj.name}' takes no material. Name another.", Remedy.CHOOSE_MESH)
    settings = tile.TileOptions(
        exemplar=options.style[0],
        size=options.size,
        tile=options.tile,
        scale=options.scale,
        start=options.start,
        quality=options.quality,
        seed=options.seed,
        device=options.device,
        controls=controls_of(options, options.style[1:]),
        save_to=_folder(options.save_to),
    )
    return Path(options.style[0]).stem, *tile.prepare(obj, settings, folder)


def _paint(run: Run, on_progress: Callable[[Run], None], keep_on_interrupt: bool) -> None:
    queue = JobQueue(ROOT)
    try:
        with _interruptible(keep_on_interrupt) as (stop, keep):
            queue.add(run)
            queue.wait(run, on_progress, stop, keep)
    finally:
        queue.close()
    if run.status.error is not None:
        raise run.status.error
    if run.status.state is not State.DONE:
        discard(run.folder)
        raise JobCancelled


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


def _object(name: str) -> Any:
    found = bpy.data.objects.get(name)
    if found is None:
        meshes = ", ".join(sorted(obj.name for obj in bpy.data.objects if obj.type == "MESH")) or "no mesh"
        raise JobError(
            "no_object", f"The scene has no object '{name}'. It has: {meshes}.", Remedy.CHOOSE_MESH
        )
    return found


def _active_object() -> Any:
    active = bpy.context.view_layer.objects.active
    if active is None:
        raise JobError(
            "no_object", "The scene has no active object: name one with --object.", Remedy.CHOOSE_MESH
        )
    return active


def _open(scene: str) -> None:
    path = Path(scene).absolute()
    if not path.is_file():
        raise JobError("scene_missing", f"There is no file {path}.")
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False)
    except RuntimeError as error:
        raise JobError("scene_unreadable", f"Blender cannot open {path}: {str(error).strip()}") from error


def _folder(save_to: str) -> str:
    """A folder of the shell's, or of the scene's, in full."""
    return save_to if not save_to or save_to.startswith("//") else os.path.abspath(save_to)


def _writable(path: Path) -> Path:
    """The path, if a file can be made beside it: said before the work, not after it."""
    if not path.parent.is_dir():
        raise JobError("folder_missing", f"The folder {path.parent} does not exist.", Remedy.CHOOSE_FOLDER)
    if path.is_dir():
        raise JobError("no_permission", f"{path} is a folder; name a file.", Remedy.CHOOSE_FOLDER)
    need_writable(path.parent)
    return path


def _save(path: Path) -> None:
    """Save the scene as ``path`` in one step; what was there stays until the new file is complete."""
    draft = path.with_name(f".{path.stem}-{os.getpid()}.blend")
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(draft), copy=True, check_existing=False)
        os.replace(draft, path)
    except (RuntimeError, OSError) as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise JobError(
            "save_failed", f"The scene cannot be saved as {path}: {str(error).strip()}", Remedy.CHOOSE_FOLDER
        ) from error


@contextlib.contextmanager
def _interruptible(keep: bool) -> Iterator[tuple[Callable[[], bool], Callable[[], bool]]]:
    """While inside, Ctrl-C and a polite kill ask the job to stop; says whether they have.

    keep: the first Ctrl-C asks for what is painted instead; the second value says whether it has.
    """
    asked: list[int] = []
    kept: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        (kept if keep and number == signal.SIGINT and not kept else asked).append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked), lambda: bool(kept)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


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
