"""Rendering the frames of an animation for the engine, as far as they are not there yet."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy
from ...core.protocol.numbered import frame_path
from ...core.protocol.stereo import files_of
from ..compat import is_saved
from .files import unwritable
from .render_settings import NO_CHANGES, Changes
from .rendering import SURFACES, check_renderable, render_still

MOTION = ("vector", *SURFACES)
"""The passes that tell what moves where, as in ``use_pass_...``."""
_SCENE = "scene.json"
_DRAFT = ".rendering-"
_CHEAP: Changes = MappingProxyType(
    {"render.use_motion_blur": False, "cycles.samples": 1, "eevee.taa_render_samples": 1}
)


@dataclass(frozen=True)
class Film:
    """Renders of an animation. content, motion: their files, as of ``AnimationJob``; motion may be empty.

    changes: what the scene is set to for them, as of ``RenderSettings``. layout: of two eyes, as of
    ``Stereo``; empty for one.
    """

    content: str
    motion: str
    changes: Changes = field(default_factory=dict)
    layout: str = ""


@dataclass(frozen=True)
class Take:
    """Renders of all frames alike. pattern: of their files. title: what is done, before a frame's number.

    changes, layout: as in ``Film``.
    """

    pattern: str
    passes: tuple[str, ...]
    title: str
    changes: Changes = field(default_factory=dict)
    layout: str = ""

    def files(self, number: int) -> list[Path]:
        """Those of a frame: one, or one for each eye."""
        return self.of_eyes(frame_path(self.pattern, number))

    def of_eyes(self, path: Path) -> list[Path]:
        """What Blender writes where it is told to write a file."""
        return [Path(each) for each in dict.fromkeys(files_of(str(path), self.layout))]


def film_of(scene: Any, folder: Path, changes: Changes = NO_CHANGES, layout: str = "") -> Film:
    """The files that a scene's frames are rendered to, in a folder. changes, layout: as in ``Film``.

    Blender renders no vectors where it renders motion blur: these come from a second, cheap render without.
    """
    blurred = changes.get("render.use_motion_blur", scene.render.use_motion_blur)
    motion = str(folder / "motion_####.exr") if blurred else ""
    return Film(str(folder / "render_####.exr"), motion, changes, layout)


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
    open_film(scene, layer, passes, film)
    before = scene.frame_current
    draft, takes = draft_in(Path(film.content).parent), takes_of(film, passes)
    try:
        for number in numbers:
            for take in takes:
                files = take.files(number)
                if not all(path.is_file() for path in files):
                    said(f"{take.title} {number}")
                    scene.frame_set(number)
                    drafts = take.of_eyes(draft)
                    render_still(scene, layer, take.passes, draft, take.changes, drafts)
                    for made, path in zip(drafts, files, strict=True):
                        os.replace(made, path)
    finally:
        for made in takes[0].of_eyes(draft):
            made.unlink(missing_ok=True)
        scene.frame_set(before)


def open_film(scene: Any, layer: Any, passes: Sequence[str], film: Film) -> None:
    """Make the folder of a film, with those of its renders in it that still count.

    Raises JobError: as ``check_renderable``, "folder_taken", "no_permission".
    """
    check_renderable(scene, MOTION)
    folder = Path(film.content).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _forget_others(folder, _about(scene, layer, passes))
    except OSError as error:
        raise unwritable(folder, error) from error


def takes_of(film: Film, passes: Sequence[str]) -> list[Take]:
    """What is rendered of each frame: passes for the picture, and what moves, in one render or in two."""
    if not film.motion:
        return [Take(film.content, (*passes, *MOTION), "Rendering frame", film.changes, film.layout)]
    sharp = {**film.changes, **_CHEAP}
    return [
        Take(film.content, tuple(passes), "Rendering frame", film.changes, film.layout),
        Take(film.motion, MOTION, "Rendering what moves in frame", sharp, film.layout),
    ]


def draft_in(folder: Path) -> Path:
    """Where a file is rendered to before it counts. Other machines may render into the same folder."""
    return folder / f"{_DRAFT}{socket.gethostname()}-{os.getpid()}.exr"


def forget_film(film: Film) -> None:
    """Delete the renders of a film, and their folder if nothing else is in it."""
    folder = Path(film.content).parent
    if folder.is_dir():
        _clear(folder)
        with contextlib.suppress(OSError):
            folder.rmdir()


def _about(scene: Any, layer: Any, passes: Sequence[str]) -> dict[str, Any]:
    """What the renders are of. Of a file that is not saved, or was changed since, nothing can be said.

    Files are known by their contents: machines may have them at different paths.
    """
    blend = Path(bpy.data.filepath) if is_saved() else None
    render = scene.render
    return {
        "file": _digest(blend) if blend is not None and blend.is_file() else None,
        "libraries": sorted(_digest(path) for path in _libraries() if path.is_file()),
        "scene": [scene.name, layer.name, *passes],
        "size": [render.resolution_x, render.resolution_y, render.resolution_percentage],
    }


def _libraries() -> list[Path]:
    """The files that the scene is linked from."""
    libraries = bpy.data.libraries
    return [Path(bpy.path.abspath(one.filepath, library=one.parent)) for one in libraries]


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
    if known is None and any(not path.name.startswith(_DRAFT) for path in folder.iterdir()):
        raise JobError(
            "folder_taken",
            f"The folder {folder} has files of something else in it. Choose another folder for the work.",
            Remedy.CHOOSE_FOLDER,
        )
    if about["file"] is None or known != about:
        _clear(folder)
        note.write_text(json.dumps(about), encoding="utf-8")


def _clear(folder: Path) -> None:
    drafts = f"{_DRAFT}{socket.gethostname()}-*.exr"  # of renders that were killed
    for pattern in ("render_*.exr", "motion_*.exr", drafts, _SCENE):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
