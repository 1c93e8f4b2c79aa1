"""Rendering for the engine as F12 does it: Blender goes on, and Esc stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobCancelled, JobError, Remedy
from .render_settings import NO_CHANGES, Changes, RenderSettings
from .rendering import check_renderable, need_render, render_failed


def start_render(scene: Any) -> None:
    """Start Blender's own render job, which writes its file. Raises RuntimeError if it cannot."""
    if "CANCELLED" in bpy.ops.render.render("INVOKE_DEFAULT", write_still=True, scene=scene.name):
        raise RuntimeError("Blender did not begin")


class WindowRender:
    """A render on its way. The scene is set for it from the beginning to its end, whatever that is.

    Files that are saved meanwhile have the scene as it was. Main thread only, but for what Blender calls when
    the render ends.
    """

    stage = "Rendering; Esc stops it"

    def __init__(
        self,
        scene: Any,
        layer: Any,
        passes: Iterable[str],
        path: Path,
        start: Callable[[Any], None] = start_render,
        changes: Changes = NO_CHANGES,
        files: Sequence[Path] = (),
    ) -> None:
        """Begin. path, changes: as in ``RenderSettings``. files: that are there in the end; path by default.

        Raises JobError: "no_camera", "passes_unsupported", "render_busy", "render_failed"."""
        passes = list(passes)
        check_renderable(scene, passes)
        if bpy.app.is_job_running("RENDER"):
            raise JobError("render_busy", "Blender renders already. Wait until that has ended.", Remedy.RETRY)
        self._files = files or (path,)
        self._stopped = self._closed = False
        self._settings = RenderSettings(scene, layer, passes, path, changes)
        self._handlers = (
            ("render_cancel", self._note_stopped),
            ("save_pre", self._before_saving),
            ("save_post", self._after_saving),
        )
        for name, handler in self._handlers:
            getattr(bpy.app.handlers, name).append(handler)
        self._settings.apply()
        try:
            start(scene)
        except RuntimeError as error:
            self.close()
            raise render_failed(" ".join(str(error).split())) from error

    def ready(self) -> bool:
        """Whether the render is there. Raises JobCancelled if it was stopped, JobError ("render_failed")."""
        if bpy.app.is_job_running("RENDER"):
            return False
        self.close()
        if self._stopped:
            raise JobCancelled
        for path in self._files:
            need_render(path)
        return True

    def cancel(self) -> None:
        """Blender renders to the end, as long as nobody presses Esc."""

    def undone(self) -> None:
        """What an artist did meanwhile, and undoes later, brings back the scene as it was set then."""
        if self._closed and self._settings.applied:
            self._settings.restore()

    def close(self) -> None:
        """Set the scene to what it was, and hear of nothing any more."""
        for name, handler in self._handlers:
            handlers = getattr(bpy.app.handlers, name)
            if handler in handlers:  # Blender forgets them when it opens a file
                handlers.remove(handler)
        self._settings.restore()
        self._closed = True

    def _note_stopped(self, *_scene: Any) -> None:
        self._stopped = True  # by Blender, from the thread that renders: nothing of the scene is touched

    def _before_saving(self, *_path: Any) -> None:
        self._settings.restore()

    def _after_saving(self, *_path: Any) -> None:
        self._settings.apply()
