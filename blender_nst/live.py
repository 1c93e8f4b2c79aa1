"""The texture on its model while it is still being painted."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ..core.protocol import JobError, TextureJob
from .host.live import load_live, put_on, refresh, take_off
from .results import TextureTargets
from .runs import Run, State
from .windows import redraw_viewports

log = logging.getLogger(__name__)


class LiveTexture:
    """Lets one run's objects wear what is painted so far, outside Blender's undo. Main thread only.

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
        elif not self._given_up and (not self._on or run.status.lives != self._shown):
            self._show(run)

    def hide(self) -> None:
        """Take it off for now, and whatever an earlier state of the file has brought back of it."""
        self._on = False
        if take_off():
            redraw_viewports()

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
        redraw_viewports()

    def _put_on(self, run: Run) -> None:
        if not isinstance(run.job, TextureJob) or not isinstance(run.target, TextureTargets):
            return
        places, errors = run.target.places()
        images: dict[int, Any] = {}
        groups: dict[str, Any] = {}
        for place in places:
            for sheet in place.target.sheets.values():
                path = run.job.live_of(sheet)
                if path and sheet not in images and Path(path).exists():  # none without a face with an area
                    images[sheet] = load_live(Path(path), f"{place.obj.name} NST")
            image, own = place.of_slots(images)
            put_on(place.obj, image, place.uv_map, own, groups)
        self._on = bool(images)
        if not places:
            raise errors[0]
        if not images:
            self._given_up = True

    def _give_up(self, reason: str) -> None:
        log.info("The texture is not shown while it is painted: %s", reason)
        self._given_up = True
        self.hide()
