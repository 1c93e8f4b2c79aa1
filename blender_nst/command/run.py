"""Doing what the shell command was asked for, and saving the scene, or leaving everything as it was."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import bpy

from ...core.protocol import Controls, Job, JobCancelled, JobError, Remedy
from ...core.protocol.options import controls_of, weighted_main
from .. import animation, render, texture, tile, world
from ..compat import session_uid
from ..engine.locate import ENGINE_PYTHON_VARIABLE, find_python, need_python
from ..engine.logs import log_of, size_of
from ..host.tile_material import can_have_material
from ..identity import ROOT
from ..jobs import JobQueue
from ..preferences import get_preferences
from ..results import check_editable
from ..runs import Run, State, Target
from ..saving import files_of
from ..storage import discard, new_job_folder
from .arguments import make_parser
from .naming import active_object, go_to_frame, object_named, whole_folder, whole_path
from .output import Output
from .scene import need_target, open_scene, save_scene
from .sphere import prepare_sphere
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
        made = animation.film(scene, _shot(options), folder, lambda _: stopping.check())
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
    prepare = _PREPARE[options.command]
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


def _texture(options: argparse.Namespace, folder: Path, pause: Callable[[], None]) -> tuple[str, Job, Target]:
    style, controls = _styles(options)
    objects = [object_named(name) for name in dict.fromkeys(options.objects)] or [active_object()]
    settings = texture.TextureOptions(
        style=style,
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
        controls=controls,
        save_to=whole_folder(options.save_to),
    )
    job, target = texture.prepare(objects, settings, folder, bpy.context.evaluated_depsgraph_get(), pause)
    return texture.title_of(objects), job, target


def _tile(options: argparse.Namespace, folder: Path, _pause: Callable[[], None]) -> tuple[str, Job, Target]:
    exemplar, controls = _styles(options)
    obj = object_named(options.object) if options.object else None
    if obj is not None:
        check_editable(obj)
        if not can_have_material(obj):
            raise JobError("no_object", f"'{obj.name}' takes no material. Name another.", Remedy.CHOOSE_MESH)
    settings = tile.TileOptions(
        exemplar=exemplar,
        size=options.size,
        tile=options.tile,
        scale=options.scale,
        start=options.start,
        quality=options.quality,
        seed=options.seed,
        device=options.device,
        controls=controls,
        save_to=whole_folder(options.save_to),
    )
    return Path(exemplar).stem, *tile.prepare(obj, settings, folder)


def _world(options: argparse.Namespace, folder: Path, _pause: Callable[[], None]) -> tuple[str, Job, Target]:
    style, controls = _styles(options)
    settings = world.WorldOptions(
        style=style,
        size=options.size,
        quality=options.quality,
        strength=options.strength,
        stroke=options.stroke,
        seed=options.seed,
        device=options.device,
        controls=controls,
        save_to=whole_folder(options.save_to),
    )
    job, target = world.prepare(bpy.context.scene, settings, folder)
    return target.world_name, job, target


def _render(options: argparse.Namespace, folder: Path, _pause: Callable[[], None]) -> tuple[str, Job, Target]:
    scene = bpy.context.scene
    if options.frame is not None:
        go_to_frame(scene, options.frame)
    title = Path(options.render).stem if options.render else f"{scene.name}, frame {scene.frame_current}"
    return title, *render.prepare(scene, _picture(options), folder)


def _animation(
    options: argparse.Namespace, folder: Path, pause: Callable[[], None]
) -> tuple[str, Job, Target]:
    def report(_stage: str) -> None:
        pause()

    scene = bpy.context.scene
    return scene.name, *animation.prepare(scene, _shot(options), folder, report)


def _shot(options: argparse.Namespace) -> animation.AnimationOptions:
    """How an animation is painted."""
    return animation.AnimationOptions(
        picture=_picture(options),
        first=options.first,
        last=options.last,
        flow=options.flow,
        every=options.every,
        painted=whole_path(options.painted),
        boil=options.boil,
        rate=options.rate,
        only=options.only,
        state=whole_path(options.state),
        movie=whole_path(options.movie),
        keep=options.keep_renders,
    )


_PREPARE: Mapping[str, Callable[..., tuple[str, Job, Target]]] = {
    "texture": _texture,
    "tile": _tile,
    "world": _world,
    "render": _render,
    "animation": _animation,
    "sphere": prepare_sphere,
}


def _picture(options: argparse.Namespace) -> render.RenderOptions:
    """How a render is painted, or each frame of an animation."""
    style, controls = _styles(options)
    return render.RenderOptions(
        style=style,
        output=whole_path(options.output),
        render=whole_path(options.render),
        view_layer=options.view_layer,
        part=options.part,
        quality=options.quality,
        strength=options.strength,
        stroke=options.stroke,
        outlines=options.outlines,
        falloff=options.falloff,
        projection=options.projection,
        focus=options.focus,
        seed=options.seed,
        device=options.device,
        controls=controls,
    )


def _styles(options: argparse.Namespace) -> tuple[str, Controls]:
    """The main style, without the weight that it may have beside others, and the controls."""
    style, *further = options.style
    controls = controls_of(options, further)
    return (style, controls) if style in bpy.data.images else weighted_main(style, controls)


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
