"""Rendering the frames of an animation for the engine, as far as they are not there yet."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy
from ...core.protocol.numbered import frame_path
from ..compat import is_saved
from .files import unwritable
from .rendering import check_renderable, render_still

MOTION = ("vector", "z", "normal", "uv", "cryptomatte_object")
"""The passes that tell what moves where, as in ``use_pass_...``."""
_SCENE = "scene.json"
_SAMPLES = (("cycles", "samples"), ("eevee", "taa_render_samples"))  # of a scene


@dataclass(frozen=True)
class Film:
    """Renders of an animation. content, motion: their files, as of ``AnimationJob``; motion may be empty."""

    content: str
    motion: str


def film_of(scene: Any, folder: Path) -> Film:
    """The files that a scene's frames are rendered to, in a folder.

    Blender renders no vectors where it renders motion blur: these come from a second, cheap render without.
    """
    blurred = bool(scene.render.use_motion_blur)
    return Film(str(folder / "render_####.exr"), str(folder / "motion_####.exr") if blurred else "")


def render_film(
    scene: Any,
    layer: Any,
    passes: Sequence[str],
    film: Film,
    numbers: Iterable[int],
    said: Callable[[str], None] = lambda _: None,
) -> None:
    """Render frames, while Blender waits. Each file is written whole or not at all.

    What an earlier run has left is kept, if the .blend file is the same, saved and unchanged since. said: is
    told what is rendered, and may raise to stop. Raises JobError as ``render_still``.
    """
    check_renderable(scene, MOTION)
    folder = Path(film.content).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _forget_others(folder, _about(scene, layer, passes))
    except OSError as error:
        raise unwritable(folder, error) from error
    before = scene.frame_current
    # Other machines may render into the same folder.
    draft = folder / f".rendering-{socket.gethostname()}-{os.getpid()}.exr"
    own = (*passes, *(() if film.motion else MOTION))
    try:
        for number in numbers:
            for pattern, wanted, blur in ((film.content, own, True), (film.motion, MOTION, False)):
                if not pattern or frame_path(pattern, number).is_file():
                    continue
                said(f"Rendering frame {number}" + ("" if blur else ", what moves"))
                scene.frame_set(number)
                with contextlib.nullcontext() if blur else _cheap(scene):
                    render_still(scene, layer, wanted, draft)
                os.replace(draft, frame_path(pattern, number))
    finally:
        draft.unlink(missing_ok=True)
        scene.frame_set(before)


def forget_film(film: Film) -> None:
    """Delete the renders of a film, and their folder if nothing else is in it."""
    folder = Path(film.content).parent
    if folder.is_dir():
        _clear(folder)
        with contextlib.suppress(OSError):
            folder.rmdir()


@contextlib.contextmanager
def _cheap(scene: Any) -> Iterator[None]:
    """While inside, a scene renders without motion blur and with a sample for each pixel."""
    owners = [(getattr(scene, owner, None), name) for owner, name in _SAMPLES]
    changed = [(owner, name, 1) for owner, name in owners if owner is not None and hasattr(owner, name)]
    changed.append((scene.render, "use_motion_blur", False))
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in changed]
    try:
        for owner, name, value in changed:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


def _about(scene: Any, layer: Any, passes: Sequence[str]) -> dict[str, Any]:
    """What the renders are of. Of a file that is not saved, or was changed since, nothing can be said.

    Files are known by their contents: machines may have them at different paths.
    """
    blend = Path(bpy.data.filepath) if is_saved() else None
    render = scene.render
    return {
        "file": _digest(blend) if blend is not None and blend.is_file() else None,
        "scene": [scene.name, layer.name, *passes],
        "size": [render.resolution_x, render.resolution_y, render.resolution_percentage],
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget_others(folder: Path, about: dict[str, Any]) -> None:
    """Delete renders of our own that are of something else, or of what nobody knows.

    Raises JobError ("folder_taken") for a folder of renders that somebody else has made.
    """
    note = folder / _SCENE
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = None
    if known is None and any(folder.iterdir()):
        raise JobError(
            "folder_taken",
            f"The folder {folder} has files of something else in it. Choose another folder for the work.",
            Remedy.CHOOSE_FOLDER,
        )
    if about["file"] is None or known != about:
        _clear(folder)
        note.write_text(json.dumps(about), encoding="utf-8")


def _clear(folder: Path) -> None:
    for pattern in ("render_*.exr", "motion_*.exr", _SCENE):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
