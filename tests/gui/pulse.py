"""Whether Blender's main loop goes on: the longest time in which it did not."""

from __future__ import annotations

import time

import bpy

BEAT = 0.02


class Pulse:
    """A timer that fires as often as Blender lets it.

    The script itself runs in Blender's main loop, and waits there for the tools that move the
    pointer: ``busy`` counts that time, and it is taken off the gap in which it falls.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self.beats = 0
        self._busy = 0.0
        self._last = time.monotonic()
        bpy.app.timers.register(self._beat, first_interval=BEAT, persistent=True)

    def restart(self) -> None:
        """Forget what was measured so far."""
        self.longest, self.beats = 0.0, 0
        self._busy, self._last = 0.0, time.monotonic()

    def busy(self, seconds: float) -> None:
        """The script has kept the main loop waiting for so long."""
        self._busy += seconds

    def _beat(self) -> float:
        now = time.monotonic()
        self.longest = max(self.longest, now - self._last - self._busy)
        self.beats += 1
        self._last, self._busy = now, 0.0
        return BEAT
