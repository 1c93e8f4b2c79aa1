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
from .render import Plan, RenderOptions, plan
from .runs import Run, Written


@dataclass(frozen=True)
class AnimationOptions:
    """What to do. picture: how each frame is painted; its output has # for the number, and so has its render,
    if frames were rendered before.

    first, last: frames; None for the scene's. flow, every, painted, boil, only, state: as in
    ``AnimationJob``. rate: drawings a second, where strokes boil. movie: a file for a movie of all frames;
    empty for none. keep: leave the renders where they are.
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
class AnimationTarget:
    """The frames are files, which the engine has written already; the movie is made of them."""

    scene_name: str
    pictures: tuple[Path, ...]
    movie: Path | None = None
    film: Film | None = None
    action: str = "Stylize Animation"

    def write_back(self, run: Run) -> Written:
        """Write the movie, and delete the renders. What cannot be done, a note says."""
        notes = list(said(run))
        if self.movie is not None:
            try:
                write_movie(bpy.data.scenes[self.scene_name], self.pictures, self.movie)
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
    first, last = range_of(scene, options)
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
        flow=options.flow,
        every=options.every,
        painted=options.painted,
        boil=options.boil,
        hold=max(1, round(scene.render.fps / scene.render.fps_base / options.rate)),
        only=options.only,
        state=state,
        **_of_picture(planned.job),
    )
    if film is not None:
        _render(scene, planned, film, range(first, last + 1), report)
    whole = not options.only
    pictures = tuple(frame_path(output, number) for number in range(first, last + 1))
    done_with = film if whole and not options.keep else None
    return job, AnimationTarget(scene.name, pictures, movie if whole else None, done_with)


def film(
    scene: Any, options: AnimationOptions, folder: Path, report: Callable[[str], None] = lambda _: None
) -> Film:
    """Render frames for a job that several machines share, some of all: what ``prepare`` finds there later.

    options: of the job; first, last: what this machine renders. Raises as ``prepare``.
    """
    first, last = range_of(scene, options)
    output = str(Path(bpy.path.abspath(options.picture.output)).absolute())
    planned = plan(scene, replace(options.picture, output=output), folder)
    found = film_of(scene, Path(options.state or state_folder(output)) / "renders")
    _render(scene, planned, found, range(first, last + 1), report)
    return found


def range_of(scene: Any, options: AnimationOptions) -> tuple[int, int]:
    """The first and the last frame. Raises JobError ("frame_step")."""
    if scene.frame_step != 1:
        raise JobError(
            "frame_step",
            f"The scene's frame step is {scene.frame_step}, but paint is carried from frame to frame. "
            "Set it to 1.",
            Remedy.CHANGE_SETTING,
        )
    first = scene.frame_start if options.first is None else options.first
    return first, scene.frame_end if options.last is None else options.last


def _render(scene: Any, planned: Plan, film: Film, numbers: range, report: Callable[[str], None]) -> None:
    render_film(scene, scene.view_layers[planned.layer], planned.passes, film, numbers, report)


def _of_picture(job: RenderJob) -> dict[str, Any]:
    """The settings that a frame's job and the animation's have in common."""
    names = {field.name for field in fields(RenderJob)} & {field.name for field in fields(AnimationJob)}
    return {name: getattr(job, name) for name in names - {"content"}}
