"""The animation job: repaint frames so that strokes stick to what they are painted on."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator, Sequence
from functools import cached_property, partial
from typing import Any, Protocol

from torch import Tensor

from ..files import remove_unfinished
from ..job import announce
from ..motion.animate import Painter
from ..motion.estimate import OpenEstimator, open_estimator
from ..protocol import KEYS, VECTORS, AnimationJob
from ..solve.plan import Plan
from ..solve.progress import Watcher
from ..stereo.layout import both
from .job import UNPAINTED, open_render
from .shot import Shot, frame_job, outputs_of
from .studio import Studio
from .watching import FrameWatcher

Pictures = Sequence[Tensor]
"""A painted frame (1, 3, H, W), of one eye or of two."""


class Crew(Protocol):
    """Paints the frames of a job. studio: of the eye that is painted first."""

    @property
    def studio(self) -> Studio: ...

    @property
    def notes(self) -> list[str]:
        """What is to be said of the result, beside what the first picture says."""
        ...

    def begin(self) -> None:
        """Raise JobError, before anything is painted, for what can be known."""
        ...

    def finished(self, number: int) -> bool:
        """Whether an earlier run has written a frame, of the render that there is."""
        ...

    def key_frames(self) -> Iterator[int]:
        """Paint the keys alone, in their order."""
        ...

    def frames(self, wanted: Container[int]) -> Iterator[tuple[int, Pictures]]:
        """Frames in their order, painted."""
        ...

    def save(self, number: int, pictures: Pictures) -> None:
        """Write a painted frame. Raises as ``Render.save``."""
        ...

    def discard(self) -> None:
        """Delete what is kept to go on from."""
        ...

    def record(self) -> dict[str, Any]:
        """What is worth keeping with the result."""
        ...


class OneEye:
    """Paints the frames of one eye."""

    def __init__(self, job: AnimationJob, shot: Shot, studio: Studio) -> None:
        self._job, self._shot, self.studio = job, shot, studio

    @property
    def notes(self) -> list[str]:
        return self.studio.notes

    @cached_property
    def _painter(self) -> Painter:
        return painter_of(self._job, self._shot, self.studio)

    def begin(self) -> None:
        self.studio.begin()

    def finished(self, number: int) -> bool:
        return self.studio.finished(number)

    def key_frames(self) -> Iterator[int]:
        return self._painter.all_keys(self._shot.numbers, self._job.every)

    def frames(self, wanted: Container[int]) -> Iterator[tuple[int, Pictures]]:
        for number, picture in self._painter.frames(self._shot.numbers, self._job.every, wanted):
            yield number, (picture,)

    def save(self, number: int, pictures: Pictures) -> None:
        self.studio.save(number, pictures[0])

    def discard(self) -> None:
        self.studio.ledger.discard()

    def record(self) -> dict[str, Any]:
        return {"painted": self.studio.painted}


def painter_of(job: AnimationJob, shot: Shot, studio: Studio) -> Painter:
    """Who paints the frames of one eye in a studio."""
    return Painter(
        studio.read,
        studio.show,
        studio.paint,
        studio.ledger,
        studio.redraw,
        job.hold if job.boil > 0 else 0,
        shot.painted,
        studio.ledger.folder,
        studio.around,
    )


def stylize_animation(
    job: AnimationJob, watcher: Watcher, estimator: OpenEstimator = open_estimator
) -> dict[str, Any]:
    """Do an animation job; returns what is worth keeping with the result. Frames are written as they finish.

    What an earlier run has left is gone on from, and deleted when all frames are done. estimator: opens what
    estimates motion, where the frames have no vectors. Raises JobError with a sentence for the artist,
    JobCancelled when the watcher wishes.
    """
    started = time.monotonic()
    shot = Shot(job)
    if job.strength == 0:
        return unpainted(job, shot, watcher, partial(_as_it_was, job))
    studio = Studio(job, shot, FrameWatcher(watcher, len(shot.wanted)), estimator)
    return filmed(job, shot, OneEye(job, shot, studio), started)


def filmed(job: AnimationJob, shot: Shot, crew: Crew, started: float) -> dict[str, Any]:
    """As ``stylize_animation``. started: by a monotonic clock, in seconds."""
    studio, keys_alone = crew.studio, job.only == KEYS
    announce(studio.watcher, "Looking at what is done")
    crew.begin()
    done = [] if keys_alone else [number for number in shot.wanted if crew.finished(number)]
    left = frozenset() if keys_alone else frozenset(shot.wanted) - set(done)
    studio.watcher.done = len(done)
    if keys_alone:
        for _ in crew.key_frames():
            studio.watcher.done += 1
    for number, pictures in crew.frames(left):
        studio.watcher.title = ""  # of the last frame that was painted
        announce(studio.watcher, f"Writing frame {number}")
        crew.save(number, pictures)
        studio.watcher.done += 1
    if not job.only:
        crew.discard()
        for number in shot.numbers:
            for output in outputs_of(job, number):
                remove_unfinished(output)
    first = studio.first
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": list(first.canvas.shape),
        "quality": job.quality,
        "device": str(studio.encoder.device),
        "network": studio.encoder.name,
        "seed": job.seed,
        "stroke": first.strokes.size,
        "part": job.part,
        "frames": [shot.wanted[0], shot.wanted[-1]],
        "written": len(left),
        **crew.record(),
        "flow": studio.flow,
        **first.record,
        "notes": [*crew.notes, *first.notes, *_estimated(studio.flow), *_resumed(len(done))],
    }


def unpainted(
    job: AnimationJob, shot: Shot, watcher: Watcher, write: Callable[[int], Sequence[int]]
) -> dict[str, Any]:
    """As ``stylize_animation`` at strength 0, where frames go through everything but painting, as stills do.

    write: writes a frame so, and says its size.
    """
    wanted = [] if job.only == KEYS else shot.wanted
    size: Sequence[int] = []
    for done, number in enumerate(wanted):
        announce(watcher, f"Writing frame {number}", done / len(wanted))
        size = write(number)
    return {
        "size": list(size),
        "part": job.part,
        "seed": job.seed,
        "frames": [shot.wanted[0], shot.wanted[-1]],
        "written": len(wanted),
        "painted": [],
        "notes": [UNPAINTED],
    }


def _as_it_was(job: AnimationJob, number: int) -> Sequence[int]:
    one = frame_job(job, number)
    render = open_render(one)
    render.save(one.output, render.content)
    return render.content.shape[-2:]


def plan_animation(job: AnimationJob, watcher: Watcher) -> Plan:
    """What its first frame costs, which is painted whole. Raises as ``stylize_animation``."""
    shot, (side, _) = Shot(job), both(job.stereo.layout)
    return Studio(job, shot, FrameWatcher(watcher, len(shot.numbers)), open_estimator, side).first.work.plan


def _estimated(flow: str) -> list[str]:
    """A note where motion is not known for sure."""
    if flow == VECTORS:
        return []
    return [
        f"The motion between frames was estimated from the pictures ({flow.upper()}). Renders with a Vector "
        "pass know it exactly."
    ]


def _resumed(count: int) -> list[str]:
    """A note of frames that were done by an earlier run."""
    return [f"{count} of the frames had been made before."] if count else []
