"""Rendering the frames of an animation for the engine as Ctrl F12 does it: Blender goes on, Esc stops it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol.numbered import frame_path
from ..compat import session_uid
from .filming import Film, Take, draft_in, open_film, takes_of
from .rendering import render_failed
from .window_render import WindowRender


def start_animation(scene: Any) -> None:
    """Start Blender's own render job of the scene's frames. Raises RuntimeError if it cannot."""
    if "CANCELLED" in bpy.ops.render.render("INVOKE_DEFAULT", animation=True, scene=scene.name):
        raise RuntimeError("Blender did not begin")


class WindowFilm:
    """A film on its way, frame by frame. What is rendered already is kept, and each file is there whole.

    The scene is set for it while Blender renders, as with ``WindowRender``. Main thread only, but for what
    Blender calls when a frame is written.
    """

    def __init__(
        self,
        scene: Any,
        layer: Any,
        passes: Sequence[str],
        film: Film,
        numbers: Sequence[int],
        start: Callable[[Any], None] = start_animation,
    ) -> None:
        """Begin. Raises JobError as ``open_film`` and ``WindowRender``."""
        open_film(scene, layer, passes, film)
        self._scene, self._layer, self._start = session_uid(scene), layer.name, start
        self._draft = draft_in(Path(film.content).parent)
        takes = takes_of(film, passes)
        self._left = [(take, span) for take in takes for span in _spans(_lacking(take, numbers))]
        self._total = len(takes) * len(numbers)
        self._done = self._total - sum(len(span) for _, span in self._left)
        self._render: WindowRender | None = None
        self._before: list[WindowRender] = []
        self._take: Take | None = None
        self._number = 0
        bpy.app.handlers.render_write.append(self._keep)
        try:
            self._begin_next()
        except Exception:
            self.close()
            raise

    @property
    def stage(self) -> str:
        """What goes on."""
        return f"Rendered {self._done} of {self._total} frames; Esc stops it"

    def ready(self) -> bool:
        """Whether all frames are there. Raises JobCancelled if it was stopped, JobError ("render_failed")."""
        try:
            while self._render is not None:
                if not self._render.ready():
                    return False
                self._begin_next()
        except Exception:
            self.close()
            raise
        self.close()
        return True

    def cancel(self) -> None:
        """Begin nothing more. What Blender renders now it renders to its end, if nobody presses Esc."""
        self._left.clear()

    def undone(self) -> None:
        """As ``WindowRender.undone``."""
        for render in self._before:
            render.undone()

    def close(self) -> None:
        """Set the scene to what it was, and hear of nothing any more."""
        if self._keep in bpy.app.handlers.render_write:  # Blender forgets them when it opens a file
            bpy.app.handlers.render_write.remove(self._keep)
        if self._render is not None:
            self._render.close()

    def _begin_next(self) -> None:
        self._render = None
        if not self._left:
            return
        self._take, span = self._left.pop(0)
        self._number += 1
        scene = next((scene for scene in bpy.data.scenes if session_uid(scene) == self._scene), None)
        layer = scene.view_layers.get(self._layer) if scene is not None else None
        if layer is None:
            raise render_failed("the scene is gone")
        changes = {
            "frame_start": span[0],
            "frame_end": span[-1],
            "render.use_overwrite": True,
            "render.use_placeholder": False,
            **self._take.changes,
        }
        files = [path for number in span for path in self._take.files(number)]
        path = self._pattern()
        self._render = WindowRender(scene, layer, self._take.passes, path, self._start, changes, files)
        self._before.append(self._render)

    def _pattern(self) -> Path:
        """Where Blender writes now: each render has names of its own, by which its settings are known."""
        return self._draft.with_name(f"{self._draft.stem}-{self._number}-####.exr")

    def _keep(self, scene: Any, *_graph: Any) -> None:
        """A frame is written: from now on it counts. Called from the thread that renders."""
        number, take = scene.frame_current, self._take
        with contextlib.suppress(OSError):  # it is missed in the end
            if take is not None:
                made = take.of_eyes(frame_path(str(self._pattern()), number))
                for draft, path in zip(made, take.files(number), strict=True):
                    os.replace(draft, path)
                self._done += 1


def _lacking(take: Take, numbers: Sequence[int]) -> list[int]:
    return [number for number in numbers if not all(path.is_file() for path in take.files(number))]


def _spans(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Numbers that follow each other, in one list."""
    span: list[int] = []
    for number in numbers:
        if span and number != span[-1] + 1:
            yield span
            span = []
        span.append(number)
    if span:
        yield span
