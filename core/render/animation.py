"""The animation job: repaint frames so that strokes stick to what they are painted on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..job import announce
from ..motion.animate import Painter
from ..motion.keys import keys_of
from ..protocol import KEYS, AnimationJob, JobError, Remedy
from ..protocol.numbered import frame_path, frames_there
from ..solve.plan import Plan
from ..solve.progress import Watcher
from .studio import Part, Studio


def stylize_animation(job: AnimationJob, watcher: Watcher) -> dict[str, Any]:
    """Do an animation job; returns what is worth keeping with the result. Frames are written as they finish.

    What an earlier run has left is gone on from, and deleted when all frames are done. Raises JobError with a
    sentence for the artist, JobCancelled when the watcher wishes.
    """
    started = time.monotonic()
    numbers = numbers_of(job)
    wanted = _wanted(job, numbers)
    announce(watcher, "Looking at what is done")
    studio = Studio(job, numbers[0], Part(watcher, len(wanted)))
    ledger = studio.ledger
    outputs = {number: frame_path(job.output, number) for number in wanted}
    left = [] if job.only == KEYS else [n for n in wanted if not ledger.finished(n, outputs[n])]
    studio.watcher.done = len(wanted) - len(left)
    hold = job.hold if job.boil > 0 else 0
    given = studio.given(numbers)
    painter = Painter(studio.read, studio.show, studio.paint, ledger, studio.redraw, hold, given)
    if job.only == KEYS:
        studio.watcher.done = 0
        for _ in painter.all_keys(numbers, job.every):
            studio.watcher.done += 1
    for number, picture in painter.frames(numbers, job.every, frozenset(left)):
        announce(studio.watcher, f"Writing frame {number}")
        studio.save(number, picture)
        studio.watcher.done += 1
    if not job.only:
        ledger.discard()
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
        "frames": [wanted[0], wanted[-1]],
        "written": len(left),
        "painted": studio.painted,
        **first.record,
        "notes": [*first.notes, *_resumed(len(wanted) - len(left) if job.only != KEYS else 0)],
    }


def plan_animation(job: AnimationJob, watcher: Watcher) -> Plan:
    """What its first frame costs, which is painted whole. Raises as ``stylize_animation``."""
    numbers = numbers_of(job)
    return Studio(job, numbers[0], Part(watcher, len(numbers))).first.work.plan


def numbers_of(job: AnimationJob) -> list[int]:
    """The frames of a job. Raises JobError: "not_numbered", "frames_missing"."""
    frame_path(job.output, 0)
    there = frames_there(job.content)
    first, last = job.first, job.last
    if last < first and there:
        first, last = there[0], there[-1]
    wanted = range(first, last + 1)
    gone = sorted(set(wanted) - set(there))
    if gone or not wanted:
        what = f"frame {gone[0]} is not there" if gone else "none of its frames is there"
        more = f", nor are {len(gone) - 1} others" if len(gone) > 1 else ""
        raise JobError(
            "frames_missing",
            f"Of {job.content}, {what}{more}. Render what is missing, or choose other frames.",
            Remedy.CHOOSE_IMAGE,
        )
    return list(wanted)


def _wanted(job: AnimationJob, numbers: Sequence[int]) -> list[int]:
    """The frames that this job makes of all. Raises JobError ("frames_missing")."""
    if job.only == KEYS:
        return keys_of(numbers, job.every)
    if not job.only:
        return list(numbers)
    first, last = job.share
    found = [number for number in numbers if first <= number <= last]
    if not found:
        raise JobError(
            "frames_missing",
            f"Frames {first} to {last} are none of the animation's, which are {numbers[0]} to {numbers[-1]}. "
            "Choose some of these.",
            Remedy.CHANGE_SETTING,
        )
    return found


def _resumed(count: int) -> list[str]:
    """A note of frames that were done by an earlier run."""
    return [f"{count} of the frames had been made before."] if count else []
