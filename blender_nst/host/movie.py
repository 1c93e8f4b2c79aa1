"""A movie of pictures, through Blender's own FFmpeg."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import FLAT, TOP_BOTTOM, JobError, Remedy
from ...core.protocol.numbered import LIGHT
from ..compat import movie_strips, render_path, set_file_format
from .images import picture_size
from .spherical import SPHERICAL, can_say, say_what_is_seen

_AS_THEY_ARE = {"view_transform": "Standard", "look": "None", "exposure": 0.0, "gamma": 1.0}
SUFFIXES = {".mp4": "MPEG4", ".mov": "QUICKTIME", ".mkv": "MKV", ".webm": "WEBM"}


def check_movie(path: Path) -> None:
    """Raise JobError for a movie that cannot be written, as far as can be seen without trying.

    Codes: "format_unknown", "no_ffmpeg", "folder_missing", "no_permission".
    """
    if path.suffix.lower() not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise JobError(
            "format_unknown",
            f"{path.name} is no movie that can be written. Choose {known}.",
            Remedy.CHOOSE_FOLDER,
        )
    if not bpy.app.ffmpeg.supported:
        raise JobError(
            "no_ffmpeg",
            "This Blender was built without FFmpeg and writes no movies. Leave the movie out.",
            Remedy.CHANGE_SETTING,
        )
    if not path.parent.is_dir():
        raise JobError(
            "folder_missing", f"There is no folder {path.parent} for the movie.", Remedy.CHOOSE_FOLDER
        )
    if path.is_dir():
        raise JobError("no_permission", f"{path} is a folder; name a file.", Remedy.CHOOSE_FOLDER)


@dataclass(frozen=True)
class Movie:
    """What a movie is made of, so that another Blender can write it.

    pictures: files of one size. path: of the movie. fps: pictures a second. view: the view settings that show
    light, where the pictures hold light. right: files of the right eye, where it has its own. layout: of
    two eyes in the movie, "side-by-side" or "top-bottom"; empty for one. projection: as of ``RenderJob``.
    """

    pictures: tuple[str, ...]
    path: str
    fps: float
    view: Mapping[str, Any]
    right: tuple[str, ...] = ()
    layout: str = ""
    projection: str = FLAT


def movie_of(scene: Any, pictures: Sequence[Path], path: Path, fps: float | None = None) -> Movie:
    """A movie with the scene's view transform, where the pictures are light.

    fps: frames a second; None for the scene's.
    """
    view = dict(_AS_THEY_ARE)
    if pictures[0].suffix.lower() in LIGHT:
        view = {name: getattr(scene.view_settings, name) for name in view}
    rate = scene.render.fps / scene.render.fps_base if fps is None else fps
    return Movie(tuple(map(str, pictures)), str(path), rate, view)


def unsaid(movie: Movie) -> list[str]:
    """A note of a movie whose file has no place to say that it holds a panorama or two eyes."""
    path = Path(movie.path)
    if can_say(path, movie.layout, movie.projection):
        return []
    known = " and ".join(SPHERICAL)
    return [
        f"{path.name} does not say that it shows a panorama or two eyes, which only {known} files do. "
        "Players may show it flat unless they are told."
    ]


def set_fps(render: Any, fps: float) -> None:
    """Let a scene render so many frames a second, whole or not."""
    render.fps = max(1, round(fps))
    render.fps_base = render.fps / fps


def write_movie(movie: Movie) -> list[str]:
    """Write a movie while Blender waits; notes on what it does not say of itself.

    Raises JobError ("movie_failed"); then there is no file of that name, or the earlier one.
    """
    path = Path(movie.path)
    draft = path.with_name(f".writing-{os.getpid()}{path.suffix}")  # Blender would read the # of a name
    film = bpy.data.scenes.new("NST movie")
    try:
        width, height = _lay(film, movie)
        render = film.render
        # Codecs halve the colours' resolution: sides have to be even.
        render.resolution_x, render.resolution_y = width // 2 * 2, height // 2 * 2
        render.resolution_percentage = 100
        set_fps(render, movie.fps)
        film.frame_start, film.frame_end = 1, len(movie.pictures)
        for name, value in movie.view.items():
            setattr(film.view_settings, name, value)
        set_file_format(render.image_settings, "FFMPEG")
        render.ffmpeg.format = SUFFIXES[path.suffix.lower()]
        render.ffmpeg.codec = "WEBM" if path.suffix.lower() == ".webm" else "H264"
        render.ffmpeg.constant_rate_factor = "HIGH"
        render.filepath, render.use_file_extension = render_path(draft), False
        bpy.ops.render.render(animation=True, scene=film.name)
        if not draft.is_file():
            raise RuntimeError("Blender wrote no file")
        notes = unsaid(movie) or _said(draft, movie)
        draft.replace(path)
        return notes
    except (RuntimeError, OSError, ValueError) as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        why = " ".join(str(error).split())
        raise JobError(
            "movie_failed",
            f"The frames are there, but not the movie {path.name}: {why}. Choose another name or folder.",
            Remedy.CHOOSE_FOLDER,
        ) from error
    finally:
        bpy.data.scenes.remove(film)


def _said(draft: Path, movie: Movie) -> list[str]:
    """Let a movie say what it shows; a note where that fails, as the movie is good all the same."""
    if Path(movie.path).suffix.lower() not in SPHERICAL:
        return []
    try:
        say_what_is_seen(draft, movie.layout, movie.projection)
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())
        return [
            f"{Path(movie.path).name} does not say that it shows a panorama or two eyes, which could not be "
            f"written into it ({why}). Players may show it flat unless they are told."
        ]
    return []


def _lay(film: Any, movie: Movie) -> tuple[int, int]:
    """Lay the pictures into a scene's sequencer; width and height of what that shows."""
    width, height = picture_size(Path(movie.pictures[0]))
    down, across = (height / 2, 0.0) if movie.layout == TOP_BOTTOM else (0.0, width / 2)
    if not movie.right:
        _add_strip(film, movie.pictures, 1)
        return width, height
    for channel, (files, side) in enumerate([(movie.pictures, -1), (movie.right, 1)], 1):
        strip = _add_strip(film, files, channel)
        strip.blend_type = "ALPHA_OVER"
        strip.transform.offset_x, strip.transform.offset_y = side * across, -side * down
    return width + round(2 * across), height + round(2 * down)


def _add_strip(film: Any, files: Sequence[str], channel: int) -> Any:
    """A strip that shows a picture in each frame."""
    strip = movie_strips(film).new_image("frames", files[0], channel, 1, fit_method="ORIGINAL")
    for file in files[1:]:
        strip.elements.append(Path(file).name)
    return strip
