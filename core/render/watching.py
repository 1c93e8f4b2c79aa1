"""How far an animation is, frame by frame."""

from __future__ import annotations

from dataclasses import replace

from ..solve.progress import Report, Watcher


class FrameWatcher:
    """Reports how far a frame is as a part of all. done: frames that are finished."""

    def __init__(self, watcher: Watcher, total: int) -> None:
        self._watcher, self._total = watcher, total
        self.done, self.title = 0, ""

    def progress(self, report: Report) -> None:
        fraction = min(1.0, (self.done + report.fraction) / max(1, self._total))
        self._watcher.progress(replace(report, stage=self.title + report.stage, fraction=fraction, eta=-1.0))

    def cancelled(self) -> bool:
        return self._watcher.cancelled()

    def enough(self) -> bool:
        """A frame is never left half painted, which others would inherit."""
        return False
