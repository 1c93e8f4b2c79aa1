"""The frames of an animation job: which there are, which are painted, and what each is made of."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from functools import cached_property
from itertools import product
from pathlib import Path

from ..files import file_digest
from ..job import check_sources
from ..motion.keys import keys_of
from ..protocol import KEYS, AnimationJob, JobError, Remedy, RenderJob
from ..protocol.numbered import MOVIES, frame_path, frames_there, numbered
from ..stereo.layout import ONE, Side, both


class Shot:
    """The frames of a job. numbers: of all. painted: of those painted by hand. keys: of all that are painted.

    Raises JobError: "not_numbered", "frames_missing", and "overwrites_source" where a frame would be written
    over one that is read.
    """

    def __init__(self, job: AnimationJob) -> None:
        self._job, self._sides = job, both(job.stereo.layout)
        frame_path(job.output, 0)  # raises
        self.numbers = numbers_of(self._sides[0].file(job.content), job.first, job.last)
        there = frames_there(job.painted) if job.painted else []
        self.painted = [number for number in there if self.numbers[0] <= number <= self.numbers[-1]]
        self.keys = keys_of(self.numbers, job.every, frozenset(self.painted))
        self._check()

    @cached_property
    def wanted(self) -> list[int]:
        """The frames that the job makes of all. Raises JobError ("frames_missing")."""
        if self._job.only == KEYS:
            return self.keys
        if not self._job.only:
            return self.numbers
        first, last = self._job.share
        found = [number for number in self.numbers if first <= number <= last]
        if not found:
            raise JobError(
                "frames_missing",
                f"Frames {first} to {last} are none of the animation's, which are {self.numbers[0]} to "
                f"{self.numbers[-1]}. Choose some of these.",
                Remedy.CHANGE_SETTING,
            )
        return found

    def made_of(self, number: int) -> str:
        """What identifies all that a frame depends on: the files of all frames up to the next key."""
        at = bisect_left(self.keys, number)
        while len(self._chain) <= at:
            before = self._chain[-1] if self._chain else ""
            start = self.keys[len(self._chain) - 1] + 1 if self._chain else self.numbers[0]
            digests = (self._digest(frame) for frame in range(start, self.keys[len(self._chain)] + 1))
            self._chain.append(hashlib.sha256(" ".join([before, *digests]).encode()).hexdigest())
        return self._chain[at]

    @cached_property
    def _chain(self) -> list[str]:
        """As far as it was asked for: what identifies the files up to each key."""
        return []

    def _digest(self, number: int) -> str:
        paths = (Path(numbered(pattern, number)) for pattern in self._sources)
        return " ".join(file_digest(path) if path.is_file() else "-" for path in paths)

    @cached_property
    def _sources(self) -> list[str]:
        """What a frame is made of, patterns or files for all."""
        job = self._job
        rendered = [
            side.file(path) for path in (job.content, job.motion, job.stereo.depth) for side in self._sides
        ]
        return list(dict.fromkeys(filter(None, (*rendered, job.painted))))

    def _check(self) -> None:
        job, first = self._job, self.numbers[0]
        if job.painted and self.painted[:1] != [first]:
            begun = f"begin at frame {self.painted[0]}" if self.painted else "name those that are there"
            raise JobError(
                "frames_missing",
                f"{frame_path(job.painted, first)} is not there: paint goes from a painted frame to the "
                f"next. Paint the first frame, too, or {begun}.",
                Remedy.CHOOSE_IMAGE,
            )
        for pattern in self._sources:
            if pattern != job.painted and "#" in Path(pattern).name:
                _need(pattern, set(self.numbers) - set(frames_there(pattern)))
        for number in self.numbers:
            for output, pattern in product(outputs_of(job, number), self._sources):
                source = {"picture that it is made of": numbered(pattern, number)}
                check_sources(str(output), source, "painted frame")


def outputs_of(job: AnimationJob, number: int) -> list[Path]:
    """The files that a frame goes to: two for a pair of eyes. Raises JobError ("not_numbered")."""
    sides = both(job.stereo.written)
    return list(dict.fromkeys(frame_path(side.file(job.output), number) for side in sides))


def frame_job(job: AnimationJob, number: int, side: Side = ONE) -> RenderJob:
    """The job of one frame; of an eye's files, or as both say them. Raises JobError ("not_numbered")."""
    content, output = (str(frame_path(side.file(path), number)) for path in (job.content, job.output))
    return job.of_frame(content, output, numbered(job.stereo.depth, number))


def numbers_of(content: str, start: int | None, end: int | None) -> list[int]:
    """The frames from one to another of a pattern's; None for the first and the last that are there.

    Raises JobError: "not_numbered", also for a movie, and "frames_missing".
    """
    _need_frames(Path(content))
    there = frames_there(content)
    first = start if start is not None else there[0] if there else 1
    last = end if end is not None else there[-1] if there else first
    if not there or last < first:
        raise JobError(
            "frames_missing",
            f"Of {content}, "
            + (f"there is no frame from {first} to {last}" if there else "none of its frames is there")
            + ". Render what is missing, or choose other frames.",
            Remedy.CHOOSE_IMAGE,
        )
    wanted = range(first, last + 1)
    _need(content, set(wanted) - set(there))
    return list(wanted)


def _need_frames(content: Path) -> None:
    if content.suffix.lower() in MOVIES:
        frames = f"{content.stem}_####.png"
        raise JobError(
            "not_numbered",
            f"{content.name} is a movie, of which the engine reads no frames. Blender does: blender -b "
            f"--command nst animation --renders {content.name}. Or take them out with ffmpeg -i "
            f"{content.name} {content.stem}_%04d.png, and choose {frames}.",
            Remedy.CHOOSE_IMAGE,
        )


def _need(pattern: str, gone: set[int]) -> None:
    if gone:
        first, count = min(gone), len(gone) - 1
        more = (
            f", nor {'are' if count > 1 else 'is'} {count} other{'s' if count > 1 else ''}" if count else ""
        )
        raise JobError(
            "frames_missing",
            f"Of {Path(pattern)}, frame {first} is not there{more}. Render what is missing, or choose other "
            "frames.",
            Remedy.CHOOSE_IMAGE,
        )
