"""Repainting an animation: from the scene to a job, and its frames to files and a movie."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import (
    FLAT,
    PAIR,
    SIDE_BY_SIDE,
    TOP_BOTTOM,
    AnimationJob,
    JobError,
    Remedy,
    RenderJob,
    Stereo,
)
from ..core.protocol.controls import bad_job
from ..core.protocol.numbered import frame_path, state_folder
from ..core.protocol.stereo import files_of
from .host.clips import Clip, clip_of, forget_clip, is_clip, take_apart
from .host.files import need_writable
from .host.filming import Film, film_of, forget_film, render_film
from .host.movie import Movie, check_movie, movie_of, write_movie
from .host.stereo import eyes_rendered, film_stereo_of
from .record import said
from .render import RenderOptions, plan
from .runs import Run, Written


@dataclass(frozen=True)
class AnimationOptions:
    """What to do. picture: how each frame is painted; its output has # for the number, and so has its render,
    if there are frames already; or it is a movie.

    first, last: frames; None for the scene's, or a movie's. flow, every, painted, boil, only, state: as in
    ``AnimationJob``. rate: drawings a second, where strokes boil. movie: a file for a movie of all frames;
    empty for none. keep: leave renders, or a movie's frames, where they are.
    """

    picture: RenderOptions
    first: int | None = None
    last: int | None = None
    flow: str = "auto"
    every: int = 12
    painted: str = ""
    boil: float = 0.0
    rate: float = 8.0
    only: str = ""
    state: str = ""
    movie: str = ""
    keep: bool = False


@dataclass(frozen=True)
class FilmPlan:
    """A job, and the frames that have to be rendered for it before it can begin.

    layer: name of the view layer that is rendered. passes: as in ``use_pass_...``. film: None where the
    renders are there already.
    """

    job: AnimationJob
    numbers: range
    layer: str = ""
    passes: tuple[str, ...] = ()
    film: Film | None = None
    clip: Clip | None = None


@dataclass(frozen=True)
class AnimationTarget:
    """The frames are files, which the engine has written already; the movie is made of them.

    output: the files of numbers, # standing for digits. layout: of two eyes, as of ``Stereo``; empty for one.
    film, clip: renders, or a movie's frames, that are needed no more.
    """

    scene_name: str
    output: str
    numbers: range
    layout: str = ""
    movie: Movie | None = None
    film: Film | None = None
    clip: Clip | None = None
    action: str = "Stylize Animation"

    @property
    def pictures(self) -> list[Path]:
        """The files of the frames: of both eyes, or of the left one."""
        return self._of_eye(False)

    @property
    def right(self) -> list[Path]:
        """Those of the right eye, where it has its own."""
        return self._of_eye(True) if self.layout == PAIR else []

    def _of_eye(self, is_right: bool) -> list[Path]:
        pattern = files_of(self.output, self.layout)[is_right]
        return [frame_path(pattern, number) for number in self.numbers]

    def write_back(self, run: Run) -> Written:
        """Write the movie while Blender waits, and delete what is done with; a note says what cannot be."""
        notes = list(said(run))
        if self.movie is not None:
            try:
                notes += write_movie(self.movie)
            except JobError as error:
                notes.append(error.message)
        self.tidy()
        return Written((), (), (), tuple(notes))

    def tidy(self) -> None:
        """Delete the renders that are needed no more."""
        if self.film is not None:
            forget_film(self.film)
            _forget_folder(self.film.content)
        if self.clip is not None:
            forget_clip(self.clip)
            _forget_folder(self.clip.content)


def prepare(
    scene: Any, options: AnimationOptions, folder: Path, report: Callable[[str], None] = lambda _: None
) -> tuple[AnimationJob, AnimationTarget]:
    """Render what is not there yet, while Blender waits, and say what the engine has to do.

    report: is told what is rendered, and may raise to stop. Raises JobError for anything that the artist has
    to change first.
    """
    planned, target = plan_film(scene, options, folder)
    render_planned(scene, planned, report)
    return planned.job, target


def render_planned(scene: Any, planned: FilmPlan, report: Callable[[str], None] = lambda _: None) -> None:
    """Render what a plan needs, while Blender waits. report: as in ``prepare``.

    Raises as ``render_film`` and ``take_apart``.
    """
    if planned.film is not None:
        layer = scene.view_layers[planned.layer]
        render_film(scene, layer, planned.passes, planned.film, planned.numbers, report)
    if planned.clip is not None:
        take_apart(planned.clip, planned.numbers[0], planned.numbers[-1], report)


def plan_film(scene: Any, options: AnimationOptions, folder: Path) -> tuple[FilmPlan, AnimationTarget]:
    """Write what the engine needs into ``folder``, all but the renders; and where the job's result goes.

    Raises JobError for anything that the artist has to change first.
    """
    stereo = _stereo(scene, options.picture)
    output, state = _places(options)
    clip = _clip(options.picture.render, state / "clip")
    first, last = range_of(scene, options.first, options.last, clip)
    frame_path(output, first)
    movie = Path(bpy.path.abspath(options.movie)).absolute() if options.movie else None
    if movie is not None:
        check_movie(movie)
        need_writable(movie.parent)
    film = None if options.picture.render else _film_of(scene, state, stereo)
    planned = plan(scene, replace(options.picture, output=output), folder, stereo)
    fps = scene.render.fps / scene.render.fps_base if clip is None else clip.fps
    source = film or clip
    job = AnimationJob(
        content=planned.job.content if source is None else source.content,
        motion="" if film is None else film.motion,
        first=first,
        last=last,
        flow=options.flow,
        every=options.every,
        painted=options.painted,
        boil=options.boil,
        hold=hold_of(fps, options.rate),
        only=options.only,
        state=str(state),
        **_of_picture(planned.job),
    )
    numbers, whole = range(first, last + 1), not options.only
    done_with = whole and not options.keep
    target = AnimationTarget(
        scene.name,
        output,
        numbers,
        stereo.written,
        film=film if done_with else None,
        clip=clip if done_with else None,
    )
    if movie is not None and whole:
        rate = None if clip is None else clip.fps
        made = movie_of(scene, target.pictures, movie, rate)
        target = replace(target, movie=_shown(made, target, job.projection))
    return FilmPlan(job, numbers, planned.layer, planned.passes, film, clip), target


def film(
    scene: Any, options: AnimationOptions, folder: Path, report: Callable[[str], None] = lambda _: None
) -> Film:
    """Render frames for a job that several machines share, some of all: what ``prepare`` finds there later.

    options: of the job; first, last: what this machine renders. Raises as ``prepare``.
    """
    stereo = _stereo(scene, options.picture)
    first, last = range_of(scene, options.first, options.last)
    output, state = _places(options)
    planned = plan(scene, replace(options.picture, output=output), folder, stereo)
    found = _film_of(scene, state, stereo)
    layer = scene.view_layers[planned.layer]
    render_film(scene, layer, planned.passes, found, range(first, last + 1), report)
    return found


def hold_of(fps: float, rate: float) -> int:
    """For how many frames a drawing stays where strokes boil. Raises JobError ("bad_job")."""
    if not 0 < rate < math.inf:
        raise bad_job(f"rate is {rate:g}; it must be a number above 0, the drawings a second.")
    return max(1, round(fps / rate))


def range_of(
    scene: Any, first: int | None = None, last: int | None = None, clip: Clip | None = None
) -> tuple[int, int]:
    """The first and the last frame: those given, or all of a scene or a movie.

    Raises JobError (frame_step, frames_missing).
    """
    if clip is not None:
        first, last = 1 if first is None else first, clip.length if last is None else last
        if not 1 <= first <= last <= clip.length:
            raise JobError(
                "frames_missing",
                f"Frames {first} to {last} are none of {clip.path.name}, which has 1 to {clip.length}.",
                Remedy.CHANGE_SETTING,
            )
        return first, last
    if scene.frame_step != 1:
        raise JobError(
            "frame_step",
            f"The scene's frame step is {scene.frame_step}, but paint is carried from frame to frame. "
            "Set it to 1.",
            Remedy.CHANGE_SETTING,
        )
    first, last = scene.frame_start if first is None else first, scene.frame_end if last is None else last
    if last < first:
        raise JobError(
            "frames_missing",
            f"The last frame, {last}, comes before the first, {first}. Choose others.",
            Remedy.CHANGE_SETTING,
        )
    return first, last


def _places(options: AnimationOptions) -> tuple[str, Path]:
    """Where the frames go, from its root, and the folder of the work."""
    output = str(Path(bpy.path.abspath(options.picture.output)).absolute())
    return output, Path(options.state or state_folder(output))


def _stereo(scene: Any, picture: RenderOptions) -> Stereo:
    """Of the eyes that are rendered, or of frames that are there already. Raises as ``stereo_of``."""
    return picture.stereo if picture.render else film_stereo_of(scene, picture.projection)


def _film_of(scene: Any, state: Path, stereo: Stereo) -> Film:
    return film_of(scene, state / "renders", eyes_rendered(stereo), stereo.layout)


def _shown(movie: Movie, frames: AnimationTarget, projection: str) -> Movie:
    """What a movie shows. A pair of files becomes one picture as players like it best."""
    pair = SIDE_BY_SIDE if projection == FLAT else TOP_BOTTOM
    layout = pair if frames.layout == PAIR else frames.layout
    return replace(movie, right=tuple(map(str, frames.right)), layout=layout, projection=projection)


def _clip(render: str, folder: Path) -> Clip | None:
    """The movie that a render is, if it is one."""
    return clip_of(Path(bpy.path.abspath(render)).absolute(), folder) if is_clip(render) else None


def _forget_folder(content: str) -> None:
    """Delete the folder of the work, if nothing is left in it."""
    folder = Path(content).parent.parent
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _of_picture(job: RenderJob) -> dict[str, Any]:
    """The settings that a frame's job and the animation's have in common."""
    names = {field.name for field in fields(RenderJob)} & {field.name for field in fields(AnimationJob)}
    return {name: getattr(job, name) for name in names - {"content"}}
