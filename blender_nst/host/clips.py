"""Movie clips, taken apart into pictures through Blender's own FFmpeg."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy
from ...core.protocol.numbered import MOVIES, frame_path
from ..compat import movie_strips, render_path, set_file_format
from .files import check_png, need_picture, unwritable
from .movie import set_fps

PIECE = 48  # frames that are taken out before Blender listens again
_NOTE = "clip.json"


@dataclass(frozen=True)
class Clip:
    """A movie. size: width and height. length: its frames, numbered from 1. fps: of them, a second.

    content: the files that they are taken out to, as of ``AnimationJob``.
    """

    path: Path
    size: tuple[int, int]
    length: int
    fps: float
    content: str


def is_clip(path: str) -> bool:
    """Whether a path is named as movies are."""
    return Path(path).suffix.lower() in MOVIES


def clip_of(path: Path, folder: Path) -> Clip:
    """A movie, whose frames are to go to a folder. Raises JobError (image_missing, clip_unreadable)."""
    need_picture(path, "movie")
    try:
        movie = bpy.data.movieclips.load(str(path))
    except RuntimeError as error:
        raise _unreadable(path) from error
    size, length, fps = (int(movie.size[0]), int(movie.size[1])), int(movie.frame_duration), float(movie.fps)
    bpy.data.movieclips.remove(movie)
    if 0 in size or length < 1:
        raise _unreadable(path)
    return Clip(path, size, length, fps if fps > 0 else 24.0, str(folder / "clip_####.png"))


def take_apart(clip: Clip, first: int, last: int, said: Callable[[str], None] = lambda _: None) -> None:
    """Write frames as PNG files, all or none. What an earlier run has left of the same movie is kept.

    said: is told what is done, and may raise to stop. Raises JobError (clip_unreadable, folder_taken,
    no_permission, disk_full).
    """
    folder = Path(clip.content).parent
    draft = folder.with_name(f".{folder.name}-{socket.gethostname()}-{os.getpid()}")
    try:
        with clip.path.open("rb") as file:
            about = {"movie": hashlib.file_digest(file, "sha256").hexdigest(), "frames": [first, last]}
        if _is_there(folder, about):
            return
        draft.mkdir(parents=True)
        film = bpy.data.scenes.new("NST clip")
        try:
            _set_up(film, clip)
            film.render.filepath = render_path(draft / Path(clip.content).stem)
            for start in range(first, last + 1, PIECE):
                film.frame_start, film.frame_end = start, min(start + PIECE - 1, last)
                said(f"Taking frames {film.frame_start} to {film.frame_end} out of {clip.path.name}")
                bpy.ops.render.render(animation=True, scene=film.name)
                for number in range(film.frame_start, film.frame_end + 1):
                    check_png(frame_path(str(draft / Path(clip.content).name), number))
        finally:
            bpy.data.scenes.remove(film)
        (draft / _NOTE).write_text(json.dumps(about), encoding="utf-8")
        if folder.is_dir():
            _clear(folder)
        draft.rename(folder)
    except (RuntimeError, FileNotFoundError) as error:  # Blender says so, or has left a frame out
        raise _unreadable(clip.path) from error
    except OSError as error:
        if not _is_there(folder, about):  # another machine may have been faster
            raise unwritable(folder, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def forget_clip(clip: Clip) -> None:
    """Delete the frames of a clip, and their folder if nothing else is in it."""
    folder = Path(clip.content).parent
    if folder.is_dir():
        _clear(folder)


def _set_up(film: Any, clip: Clip) -> None:
    """Let a scene's render be a movie's frames as they are."""
    render = film.render
    render.resolution_x, render.resolution_y = clip.size
    render.resolution_percentage = 100
    set_fps(render, clip.fps)
    render.dither_intensity = 0.0
    film.view_settings.view_transform, film.view_settings.look = "Standard", "None"
    movie_strips(film).new_movie("clip", str(clip.path), 1, 1, fit_method="ORIGINAL")
    set_file_format(render.image_settings, "PNG")
    render.image_settings.color_mode, render.image_settings.color_depth = "RGB", "8"


def _is_there(folder: Path, about: dict[str, Any]) -> bool:
    """Whether a folder has these frames. Raises JobError ("folder_taken") if it is somebody else's."""
    try:
        return bool(json.loads((folder / _NOTE).read_text(encoding="utf-8")) == about)
    except (OSError, ValueError) as error:
        if folder.is_dir() and any(folder.iterdir()):
            raise JobError(
                "folder_taken",
                f"The folder {folder} has files of something else in it. Choose another folder for the work.",
                Remedy.CHOOSE_FOLDER,
            ) from error
        return False


def _clear(folder: Path) -> None:
    for path in (*folder.glob("clip_*.png"), folder / _NOTE):
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # something else is in it
        folder.rmdir()


def _unreadable(path: Path) -> JobError:
    return JobError(
        "clip_unreadable",
        f"Blender cannot read the movie {path}. Choose another, or frames as pictures: {path.stem}_####.png.",
        Remedy.CHOOSE_IMAGE,
    )
