"""The texture on its model while it is still being painted."""

from __future__ import annotations

import logging
from pathlib import Path

import bpy

from ..core.protocol import JobError
from .host.live import put_on, refresh, take_off
from .host.materials import check_materials
from .host.uv_maps import current_uv_map
from .jobs import Run, State
from .texture import TextureTarget, check_editable, find_object

log = logging.getLogger(__name__)


class LiveTexture:
    """Lets one run's object wear what is painted so far, outside Blender's undo. Main thread only.

    Whoever is about to read or keep the scene's materials hides it first; the next ``follow`` shows it again.
    """

    def __init__(self) -> None:
        self._run = ""
        self._shown = 0
        self._on = False
        self._given_up = False

    @property
    def on(self) -> bool:
        """Whether an object wears it now."""
        return self._on

    def follow(self, run: Run | None, wanted: bool) -> None:
        """Show the newest that a run has written, if it is wanted; an earlier run's comes off.

        Where the object cannot wear it any more, it goes on without.
        """
        if run is None or run.id != self._run:
            self.end()
            self._run = run.id if run is not None else ""
        if run is None or not run.status.live or run.status.state is State.CANCELLING:
            return
        if not wanted:
            if self._on:
                self.hide()
        elif not self._given_up and (not self._on or run.status.lives != self._shown) and not _rendering():
            self._show(run)

    def hide(self) -> None:
        """Take it off for now, and whatever an earlier state of the file has brought back of it."""
        self._on = False
        if take_off():
            _redraw()

    def end(self) -> None:
        """Take it off for good: the run has ended."""
        self.hide()
        self._run, self._given_up = "", False

    def _show(self, run: Run) -> None:
        try:
            if not self._on:
                self._put_on(run)
            elif not refresh():
                self._give_up("it was taken off")
        except JobError as error:
            self._give_up(error.message)
        self._shown = run.status.lives
        _redraw()

    def _put_on(self, run: Run) -> None:
        target = run.target
        if not isinstance(target, TextureTarget):
            return
        obj = find_object(target)
        check_editable(obj)
        check_materials(obj)
        put_on(obj, Path(run.status.live), current_uv_map(obj, target.uv_map, target.uv_print))
        self._on = True

    def _give_up(self, reason: str) -> None:
        log.info("The texture is not shown while it is painted: %s", reason)
        self._given_up = True
        self.hide()


def _rendering() -> bool:
    """A render reads materials from a thread of its own."""
    return any(bpy.app.is_job_running(job) for job in ("RENDER", "OBJECT_BAKE"))


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
