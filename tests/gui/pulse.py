"""Whether Blender's main loop goes on: the longest time in which it did not."""

from __future__ import annotations

import time

import bpy

BEAT = 0.02


class Pulse:
    """A timer that fires as often as Blender lets it.

    The script itself runs in Blender's main loop, and waits there for the tools that move the
    pointer: ``busy`` counts that time, and it is taken off the gap in which it falls.

    longest: seconds. at_work: seconds of it in which the main thread computed; in the rest it
    waited, for the processor or for a software renderer's threads.
    """

    def __init__(self) -> None:
        self.restart()
        bpy.app.timers.register(self._beat, first_interval=BEAT, persistent=True)

    def restart(self) -> None:
        """Forget what was measured so far."""
        self.longest, self.at_work, self.beats = 0.0, 0.0, 0
        self._busy, self._last, self._worked = 0.0, time.monotonic(), time.thread_time()

    def busy(self, seconds: float) -> None:
        """The script has kept the main loop waiting for so long."""
        self._busy += seconds

    def _beat(self) -> float:
        now, worked = time.monotonic(), time.thread_time()
        gap = now - self._last - self._busy
        if gap > self.longest:
            self.longest, self.at_work = gap, worked - self._worked
        self.beats += 1
        self._last, self._busy, self._worked = now, 0.0, worked
        return BEAT
