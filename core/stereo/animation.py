"""Stereo animations: the left eye is painted as an animation is, and the right one sees the same paint.

What it alone sees has paint of its own keys, carried along its own motion; at a key only what neither the
left eye nor an earlier key shows is painted.
"""

from __future__ import annotations

import time
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from torch import Tensor

from ..motion.animate import Painter
from ..motion.estimate import OpenEstimator, open_estimator
from ..protocol import FLAT, AnimationJob
from ..render.animation import Pictures, filmed, painter_of, unpainted
from ..render.shot import Shot, frame_job
from ..render.studio import See, Studio
from ..render.watching import FrameWatcher
from ..solve.progress import Watcher
from .eyes import open_eyes
from .geometry import beside, with_eyes
from .job import as_they_were, check_outputs, save_eyes
from .layout import Side, both
from .studio import RightStudio


def stylize_stereo_animation(
    job: AnimationJob, watcher: Watcher, estimator: OpenEstimator = open_estimator
) -> dict[str, Any]:
    """Do an animation job of two eyes. As ``stylize_animation``."""
    started = time.monotonic()
    shot = Shot(job)
    if job.strength == 0:
        return unpainted(job, shot, watcher, partial(_as_they_were, job))
    return filmed(job, shot, TwoEyes(job, shot, FrameWatcher(watcher, len(shot.wanted)), estimator), started)


class TwoEyes:
    """Paints the frames of two eyes, one after the other."""

    def __init__(
        self, job: AnimationJob, shot: Shot, watcher: FrameWatcher, estimator: OpenEstimator
    ) -> None:
        first = frame_job(job, shot.numbers[0])
        check_outputs(first)
        stereo, self._doubts = with_eyes(first)
        stereo = replace(stereo, depth=job.stereo.depth)
        self._job, self._shot = replace(job, stereo=stereo), shot
        left, right = (_sees(self._job, eye) for eye in both(stereo.layout))
        self.studio = Studio(self._job, shot, watcher, estimator, Side(stereo.layout), left)
        self._right = RightStudio(self._job, shot, self.studio, self._painted_first, estimator, right)

    @cached_property
    def _painters(self) -> tuple[Painter, Painter]:
        left, right = (painter_of(self._job, self._shot, studio) for studio in (self.studio, self._right))
        return left, right

    def begin(self) -> None:
        first = self._shot.numbers[0]
        self.studio.begin()
        self._right.read(first)
        self._doubts = self._doubts or self._right.view(first).doubts

    @property
    def notes(self) -> list[str]:
        return [*self.studio.notes, *self._doubts]

    def finished(self, number: int) -> bool:
        return all(studio.finished(number) for studio in (self.studio, self._right))

    def key_frames(self) -> Iterator[int]:
        left, right = (painter.all_keys(self._shot.numbers, self._job.every) for painter in self._painters)
        for number, _ in zip(left, right, strict=True):
            yield number

    def frames(self, wanted: Container[int]) -> Iterator[tuple[int, Pictures]]:
        numbers, every = self._shot.numbers, self._job.every
        left, right = (painter.frames(numbers, every, wanted) for painter in self._painters)
        for (number, painted), (_, own) in zip(left, right, strict=True):
            yield number, (painted, self._right.of_left(number, painted, own))

    def save(self, number: int, pictures: Pictures) -> None:
        studios = (self.studio, self._right)
        colored = (
            (studio.render(number), studio.colored(number, one))
            for studio, one in zip(studios, pictures, strict=True)
        )
        save_eyes(frame_job(self._job, number), colored)
        for studio in studios:
            studio.finish(number)

    def discard(self) -> None:
        for studio in (self.studio, self._right):
            studio.ledger.discard()

    def record(self) -> dict[str, Any]:
        return {"painted": self.studio.painted, "healed": self._right.painted}

    def _painted_first(self, number: int) -> Tensor:
        """A frame of the left eye, for the right one's key: before its painter has come to it, too."""
        key = self.studio.ledger.load(number)
        if key is not None:
            return key.picture
        numbers, every = self._shot.numbers, self._job.every
        return next(picture for _, picture in self._painters[0].frames(numbers, every, frozenset([number])))


def _sees(job: AnimationJob, side: Side) -> See:
    """How an eye sees what a renderer says of motion."""
    return (lambda frame: frame) if job.projection == FLAT else partial(beside, job.stereo, side.right)


def _as_they_were(job: AnimationJob, number: int) -> Sequence[int]:
    one = frame_job(job, number)
    check_outputs(one)
    left, right = open_eyes(one)
    save_eyes(one, as_they_were(left, right))
    return left.content.shape[-2:]
