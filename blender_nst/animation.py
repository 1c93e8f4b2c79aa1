"""Repainting an animation: from the scene to a job, and its frames to files and a movie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import bpy

from ..core.protocol import AnimationJob, JobError, Remedy, RenderJob
from ..core.protocol.numbered import frame_path, state_folder
from .host.filming import Film, film_of, forget_film, render_film
from .host.movie import check_movie, write_movie
from .record import said
from .render import RenderOptions, plan
from .runs import Run, Written


@dataclass(frozen=True)
class AnimationOptions:
    """What to do. picture: how each frame is painted; its output has # for the number, and so has its render,
    if frames were rendered before.

    first, last: frames; None for the scene's. every, painted, boil, only, state: as in ``AnimationJob``.
    rate: drawings a second, where strokes boil. movie: a file for a movie of all frames; empty for none.
    keep: leave the renders where they are.
    """

    picture: RenderOptions
    first: int | None = None
    last: int | None = None
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


@dataclass(frozen=True)
class AnimationTarget:
    """The frames are files, which the engine has written already; the movie is made of them.

    output: the files of numbers, # standing for digits. film: renders that are needed no more.
    """

    scene_name: str
    output: str
    numbers: range
    movie: Path | None = None
    film: Film | None = None
    action: str = "Stylize Animation"

    @property
    def pictures(self) -> list[Path]:
        """The files of the frames."""
        return [frame_path(self.output, number) for number in self.numbers]

    def write_back(self, run: Run) -> Written:
        """Write the movie, and delete the renders. What cannot be done, a note says."""
        notes = list(said(run))
        scene = bpy.data.scenes.get(self.scene_name)
        if self.movie is not None and scene is None:
            notes.append(f"The scene '{self.scene_name}' is gone, and with it how fast the movie would be.")
        elif self.movie is not None:
            try:
                write_movie(scene, self.pictures, self.movie)
            except JobError as error:
                notes.append(error.message)
        if self.film is not None:
            forget_film(self.film)
            folder = Path(self.film.content).parent.parent
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        return Written((), (), (), tuple(notes))


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
    """Render what a plan needs, while Blender waits. report: as in ``prepare``. Raises as ``render_film``."""
    if planned.film is not None:
        layer = scene.view_layers[planned.layer]
        render_film(scene, layer, planned.passes, planned.film, planned.numbers, report)


def plan_film(scene: Any, options: AnimationOptions, folder: Path) -> tuple[FilmPlan, AnimationTarget]:
    """Write what the engine needs into ``folder``, all but the renders; and where the job's result goes.

    Raises JobError for anything that the artist has to change first.
    """
    first, last = range_of(scene, options.first, options.last)
    output = str(Path(bpy.path.abspath(options.picture.output)).absolute())
    frame_path(output, first)
    movie = Path(bpy.path.abspath(options.movie)).absolute() if options.movie else None
    if movie is not None:
        check_movie(movie)
    state = options.state or state_folder(output)
    film = None if options.picture.render else film_of(scene, Path(state) / "renders")
    planned = plan(scene, replace(options.picture, output=output), folder)
    content = options.picture.render if film is None else film.content
    job = AnimationJob(
        content=content,
        motion="" if film is None else film.motion,
        first=first,
        last=last,
        every=options.every,
        painted=options.painted,
        boil=options.boil,
        hold=max(1, round(scene.render.fps / scene.render.fps_base / options.rate)),
        only=options.only,
        state=state,
        **_of_picture(planned.job),
    )
    numbers, whole = range(first, last + 1), not options.only
    done_with = film if whole and not options.keep else None
    target = AnimationTarget(scene.name, output, numbers, movie if whole else None, done_with)
    return FilmPlan(job, numbers, planned.layer, planned.passes, film), target


def film(
    scene: Any, options: AnimationOptions, folder: Path, report: Callable[[str], None] = lambda _: None
) -> Film:
    """Render frames for a job that several machines share, some of all: what ``prepare`` finds there later.

    options: of the job; first, last: what this machine renders. Raises as ``prepare``.
    """
    first, last = range_of(scene, options.first, options.last)
    output = str(Path(bpy.path.abspath(options.picture.output)).absolute())
    planned = plan(scene, replace(options.picture, output=output), folder)
    found = film_of(scene, Path(options.state or state_folder(output)) / "renders")
    layer = scene.view_layers[planned.layer]
    render_film(scene, layer, planned.passes, found, range(first, last + 1), report)
    return found


def range_of(scene: Any, first: int | None = None, last: int | None = None) -> tuple[int, int]:
    """The first and the last frame: those given, or the scene's. Raises JobError ("frame_step")."""
    if scene.frame_step != 1:
        raise JobError(
            "frame_step",
            f"The scene's frame step is {scene.frame_step}, but paint is carried from frame to frame. "
            "Set it to 1.",
            Remedy.CHANGE_SETTING,
        )
    return scene.frame_start if first is None else first, scene.frame_end if last is None else last


def _of_picture(job: RenderJob) -> dict[str, Any]:
    """The settings that a frame's job and the animation's have in common."""
    names = {field.name for field in fields(RenderJob)} & {field.name for field in fields(AnimationJob)}
    return {name: getattr(job, name) for name in names - {"content"}}
