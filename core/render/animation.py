"""The animation job: repaint frames so that strokes stick to what they are painted on."""

from __future__ import annotations

import time
from typing import Any

from ..files import remove_unfinished
from ..job import announce
from ..motion.animate import Painter
from ..motion.estimate import OpenEstimator, open_estimator
from ..protocol import KEYS, VECTORS, AnimationJob
from ..protocol.numbered import frame_path
from ..solve.plan import Plan
from ..solve.progress import Watcher
from .job import UNPAINTED, open_render
from .shot import Shot
from .studio import Part, Studio


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
        return _unpainted(job, shot, watcher)
    announce(watcher, "Looking at what is done")
    studio = Studio(job, shot, Part(watcher, len(shot.wanted)), estimator)
    studio.read(shot.numbers[0])  # whether what moves can be known, before anything is painted
    ledger, keys_alone = studio.ledger, job.only == KEYS
    done = [] if keys_alone else [n for n in shot.wanted if ledger.finished(n, frame_path(job.output, n))]
    left = frozenset() if keys_alone else frozenset(shot.wanted) - set(done)
    studio.watcher.done = len(done)
    hold = job.hold if job.boil > 0 else 0
    studio.check_painted()
    painter = Painter(
        studio.read,
        studio.show,
        studio.paint,
        ledger,
        studio.redraw,
        hold,
        shot.painted,
        ledger.folder,
        studio.around,
    )
    if keys_alone:
        for _ in painter.all_keys(shot.numbers, job.every):
            studio.watcher.done += 1
    for number, picture in painter.frames(shot.numbers, job.every, left):
        announce(studio.watcher, f"Writing frame {number}")
        studio.save(number, picture)
        studio.watcher.done += 1
    if not job.only:
        ledger.discard()
        for number in shot.numbers:
            remove_unfinished(frame_path(job.output, number))
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
        "painted": studio.painted,
        "flow": studio.flow,
        **first.record,
        "notes": [*studio.notes, *first.notes, *_estimated(studio.flow), *_resumed(len(done))],
    }


def _unpainted(job: AnimationJob, shot: Shot, watcher: Watcher) -> dict[str, Any]:
    """At strength 0 frames go through everything but painting, as stills do."""
    wanted = [] if job.only == KEYS else shot.wanted
    size: list[int] = []
    for done, number in enumerate(wanted):
        announce(watcher, f"Writing frame {number}", done / len(wanted))
        content, output = (str(frame_path(path, number)) for path in (job.content, job.output))
        render = open_render(job.of_frame(content, output))
        render.save(output, render.content)
        size = list(render.content.shape[-2:])
    return {
        "size": size,
        "part": job.part,
        "seed": job.seed,
        "frames": [shot.wanted[0], shot.wanted[-1]],
        "written": len(wanted),
        "painted": [],
        "notes": [UNPAINTED],
    }


def plan_animation(job: AnimationJob, watcher: Watcher) -> Plan:
    """What its first frame costs, which is painted whole. Raises as ``stylize_animation``."""
    shot = Shot(job)
    return Studio(job, shot, Part(watcher, len(shot.numbers)), open_estimator).first.work.plan


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
