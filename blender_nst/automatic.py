"""Stylizing what Blender renders by itself: F12, Ctrl F12, ``blender -f`` and ``blender -a``.

Its handlers call these functions from the thread that renders; in a window nothing of the scene is changed
there: the render waits for the main thread to take each frame. The session goes on once the render has ended;
without a window Blender waits until all is painted.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import AnimationJob, JobError, Remedy, RenderJob, Stereo
from ..core.protocol.numbered import frame_path
from . import animation, render, shot, still
from .command.output import Lines
from .compat import session_uid
from .host.cameras import projection_of, turn_of_camera
from .host.compositor import stylized_node
from .host.movie import SUFFIXES
from .host.rendering import view_layer_of
from .host.stereo import film_stereo_of, stereo_of
from .notice import Notice
from .picture import picture_from_scene
from .readiness import automatic_problem, engine_python
from .runs import Run, State
from .session import get_session
from .taking import ONE_EYE, Taking

log = logging.getLogger(__name__)

PROGRAM = "nst"


def begun(scene: Any) -> None:
    """A render begins. Without a window it is said at once if it cannot be stylized."""
    session, own = get_session(), scene.nst.render
    if session.rendering not in (0, session_uid(scene)):
        return  # a strip of the scene that is rendered
    session.rendering = session_uid(scene)
    if session.taking is not None:  # it has come to no end
        session.taking.close()
    session.taking = None
    if not own.automatic or own.for_engine:
        return
    problem = automatic_problem(bpy.context, scene)
    stereo = ONE_EYE if problem is not None else stereo_of(scene, own.painted_projection)
    session.taking = Taking(scene, problem, stereo)
    _warn(session.taking)


def rendered(scene: Any) -> None:
    """A frame is rendered."""
    taking = _taking_of(scene)
    if taking is not None:
        taking.has_picture = True


def written(scene: Any) -> None:
    """A frame is written. From the second on it is an animation, which may lack more."""
    taking = _taking_of(scene)
    if taking is None or taking.problem is not None:
        return
    try:
        get_session().main_thread.call(partial(taking.take_written, scene))
    except JobError as error:
        taking.refuse(error)
    if len(taking.numbers) == 2:
        problem = automatic_problem(bpy.context, scene, moving=True)
        if problem is not None:
            taking.refuse(problem)
    _warn(taking)


def completed(scene: Any) -> None:
    """A render is there: stylize it."""
    taking = _taking_of(scene)
    if not _is_over(scene):
        return
    if taking is None or not taking.has_picture:
        return
    if not get_session().background:
        get_session().main_thread.later(partial(_stylize, taking), taking.close)
    elif taking.numbers and taking.problem is None:
        _stylize_now(taking, Lines(PROGRAM))


def cancelled(scene: Any) -> None:
    """A render was stopped: nobody wants it."""
    taking = _taking_of(scene)
    if _is_over(scene) and taking is not None:
        taking.close()


def _is_over(scene: Any) -> bool:
    """Whether it was the whole render, and not a strip in it; then nothing is rendered any more."""
    session = get_session()
    if session.rendering != session_uid(scene):
        return False
    session.rendering, session.taking = 0, None
    return True


def _taking_of(scene: Any) -> Taking | None:
    taking = get_session().taking
    return taking if taking is not None and taking.is_of(scene) else None


def _warn(taking: Taking) -> None:
    """Whoever watches a render without a window should hear soon that it will not be stylized."""
    if get_session().background and taking.problem is not None:
        Lines(PROGRAM).say(f"Error: This render is not stylized: {taking.problem.message}")


def _stylize(taking: Taking) -> None:
    """Queue a job like the button's."""
    session = get_session()
    try:
        if taking.problem is not None:
            raise taking.problem
        scene = taking.scene
        if scene is not None:
            session.submit((_shot if len(taking.numbers) > 1 else _still)(scene, taking))
            return
    except JobError as error:
        kind = AnimationJob.kind if len(taking.numbers) > 1 else RenderJob.kind
        text = f"The render is not stylized: {error.message}"
        session.notice = Notice(text, True, error.remedy, job=kind)
    except Exception:  # a timer that raises is gone for good
        log.exception("A render could not be stylized")
    taking.close()


def _stylize_now(taking: Taking, lines: Lines) -> None:
    """Stylize files beside Blender's, which waits meanwhile. The scene stays as it is."""
    make = _film if len(taking.numbers) > 1 else _picture
    try:
        run = make(taking.scene, taking)
        made = get_session().wait(run, lines.progress)
        if made is None or run.status.state is not State.DONE:
            lines.say(f"Error: {run.title} is not stylized: it was stopped.")
        else:
            for note in made.notes:
                lines.note(note)
            lines.say(f"{run.title} is stylized: {run.job.output}")
    except JobError as error:
        lines.say(f"Error: This render is not stylized: {error.message}")
    except Exception as error:  # Blender's render goes on, whatever it is
        log.exception("A render could not be stylized")
        lines.say(f"Error: This render is not stylized: {error}.")
    finally:
        taking.close()


def _still(scene: Any, taking: Taking) -> Run:
    """The job of one picture, which the scene is to get, and a file if Blender has written one."""
    number = taking.numbers[0] if taking.numbers else scene.frame_current
    if not taking.numbers:
        taking.take(scene, number)
    options = still.options_from_scene(scene, str(frame_path(taking.renders, number)))
    title = f"{scene.name}, frame {number}"
    if taking.numbers:
        options = replace(options, file=str(frame_path(taking.outputs, number)))
    options = replace(options, render=_of_scene(scene, options.render, taking.stereo))
    planned, target = still.prepare(scene, options, taking.folder)
    return _run(
        title,
        planned.job,
        taking,
        replace(target, frame=number, content="", turn=turn_of_camera(scene)),
    )


def _shot(scene: Any, taking: Taking) -> Run:
    """The job of an animation, which the scene is to get as well."""
    planned, target = shot.prepare(scene, _options_of_shot(scene, taking), taking.folder)
    # Blender would write the frames of this one into those of the next.
    shown = target.compositor and stylized_node(scene) is not None
    return _run(_frames(scene, taking), planned.job, taking, replace(target, render="", compositor=shown))


def _picture(scene: Any, taking: Taking) -> Run:
    """The job of one picture as a file."""
    (number,) = taking.numbers
    picture = picture_from_scene(scene, str(frame_path(taking.renders, number)))
    output = str(frame_path(taking.outputs, number))
    picture = _of_scene(scene, replace(picture, output=output), taking.stereo)
    job, target = render.prepare(scene, picture, taking.folder)
    return _run(f"{scene.name}, frame {number}", job, taking, target)


def _film(scene: Any, taking: Taking) -> Run:
    """The job of an animation as files."""
    planned, target = animation.plan_film(scene, _options_of_shot(scene, taking), taking.folder)
    return _run(_frames(scene, taking), planned.job, taking, target)


def _options_of_shot(scene: Any, taking: Taking) -> animation.AnimationOptions:
    first, last = taking.numbers[0], taking.numbers[-1]
    if taking.numbers != list(range(first, last + 1)):
        raise JobError(
            "frames_missing",
            f"Not all frames from {first} to {last} were rendered, but paint is carried from frame to frame. "
            "Turn on Overwrite in the output properties and render again.",
            Remedy.CHANGE_SETTING,
        )
    options = shot.shot_from_scene(scene, taking.renders, taking.outputs)
    return replace(
        options,
        picture=_of_scene(scene, options.picture, film_stereo_of(scene, options.picture.projection)),
        first=first,
        last=last,
        movie=options.movie or (taking.movie if Path(taking.movie).suffix.lower() in SUFFIXES else ""),
        state=str(taking.folder / "state"),
    )


def _of_scene(scene: Any, picture: render.RenderOptions, stereo: Stereo) -> render.RenderOptions:
    """The same picture, as the scene's camera sees it. stereo: of its eyes.

    The file has other view layers, too, and what the compositor has made of them.
    """
    layer, projection = view_layer_of(scene, picture.view_layer), picture.projection or projection_of(scene)
    return replace(picture, view_layer=layer.name, projection=projection, stereo=stereo)


def _frames(scene: Any, taking: Taking) -> str:
    return f"{scene.name}, frames {taking.numbers[0]} to {taking.numbers[-1]}"


def _run(title: str, job: Any, taking: Taking, target: Any) -> Run:
    return Run(title, job, taking.folder, engine_python(bpy.context), target)
