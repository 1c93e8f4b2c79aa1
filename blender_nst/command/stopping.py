"""Ctrl-C and polite kills: noted at once, and obeyed where nothing is left half-done. No bpy in here."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any

from ...core.protocol import JobCancelled


class Stopping:
    """While entered, signals raise nothing: Blender would swallow an exception in the midst of a bake.

    keeps: whether the first Ctrl-C asks for what is painted instead of the job's end.
    """

    def __init__(self) -> None:
        self.keeps = False
        self._stop = False
        self._keep = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Stopping:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def stop(self) -> bool:
        """Whether the job is to end."""
        return self._stop

    def keep(self) -> bool:
        """Whether the job is to end early, with what is painted as its result."""
        return self._keep

    def check(self) -> None:
        """Raise JobCancelled if the job is to end."""
        if self._stop:
            raise JobCancelled

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.keeps and not self._keep and number == signal.SIGINT:
            self._keep = True
        else:
            self._stop = True
