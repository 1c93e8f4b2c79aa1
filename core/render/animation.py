"""The animation job: repaint frames so that strokes stick to what they are painted on."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cached_property
from typing import Any

from torch import Tensor

from ..canvas.healing import HealingCanvas
from ..encoder import Encoder
from ..job import announce
from ..masks import guides
from ..motion.animate import Painter
from ..motion.clip import Frame, read_frame
from ..motion.numbered import frame_path, frames_there
from ..picture import ReadyPicture, prepare_picture
from ..protocol import AnimationJob, JobError, Remedy, RenderJob
from ..regions import in_last_colors, recolored_content
from ..solve.plan import Plan
from ..solve.preview import Previewer
from ..solve.progress import Report, Watcher
from ..styling import losses_of
from ..work import open_encoder, planned
from .job import Render, open_render, render_mask


def stylize_animation(job: AnimationJob, watcher: Watcher) -> dict[str, Any]:
    """Do an animation job; returns what is worth keeping with the result. Frames are written as they finish.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes.
    """
    started = time.monotonic()
    numbers = numbers_of(job)
    studio = _Studio(job, _Part(watcher, len(numbers)))
    painter = Painter(studio.read, studio.show, studio.paint)
    for done, (number, picture) in enumerate(painter.frames(numbers, job.every)):
        studio.watcher.done = done
        announce(studio.watcher, f"Writing frame {number}")
        studio.save(number, picture)
        studio.watcher.done = done + 1
    first = studio.first
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": list(first.canvas.shape),
        "quality": job.quality,
        "device": str(first.work.encoder.device),
        "network": first.work.encoder.name,
        "seed": job.seed,
        "stroke": first.strokes.size,
        "part": job.part,
        "frames": [numbers[0], numbers[-1]],
        "painted": studio.painted,
        **first.record,
        "notes": list(first.notes),
    }


def plan_animation(job: AnimationJob, watcher: Watcher) -> Plan:
    """What its first frame costs, which is painted whole. Raises as ``stylize_animation``."""
    numbers = numbers_of(job)
    studio = _Studio(job, _Part(watcher, len(numbers)))
    studio.prepare(numbers[0])
    return studio.first.work.plan


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


class _Studio:
    """Reads, paints and writes the frames of a job. The first that it paints decides strokes and colours."""

    def __init__(self, job: AnimationJob, watcher: _Part) -> None:
        self._job = job
        self.watcher = watcher
        self.painted: list[int] = []
        self._first: ReadyPicture | None = None
        self._open: tuple[int, Render] | None = None

    @property
    def first(self) -> ReadyPicture:
        """The first frame, whose strokes and colours the others share."""
        assert self._first is not None
        return self._first

    def read(self, number: int) -> Frame:
        frame = read_frame(frame_path(self._job.content, number), self._job.view_layer)
        if self._first is not None and tuple(frame.colors.shape[-2:]) != self.first.canvas.shape:
            raise JobError(
                "sizes_differ",
                f"Frame {number} is not as large as the first. Render all frames at one size.",
                Remedy.CHOOSE_IMAGE,
            )
        return frame

    def show(self, number: int) -> Tensor:
        return self._render(number).content

    def prepare(self, number: int) -> ReadyPicture:
        """A frame that is to be painted whole."""
        render = self._render(number)
        job, masks = self._of_frame(number), self._masks(render)
        self._first = prepare_picture(job, render.content, masks, self._encoder)
        return self._first

    def paint(self, number: int, there: Tensor | None, missing: Tensor | None) -> Tensor:
        self.watcher.title = f"Frame {number}: "
        self.painted.append(number)
        if there is None or missing is None:
            first = self.prepare(number)
            painted = first.work.paint(self.watcher, self._preview)
            return first.canvas.finished(painted.picture).cpu()
        return self._healed(number, there, missing)

    def _healed(self, number: int, there: Tensor, missing: Tensor) -> Tensor:
        first, render = self.first, self._render(number)
        canvas = HealingCanvas(render.content, first.canvas.span, self._encoder.device, there, missing)
        masks = zip(self._masks(render), self._job.controls.masks, strict=True)
        parts = guides([canvas.softened(mask, one.soften) for mask, one in masks], canvas.fit)
        own = parts if self._job.controls.masks else [None]
        places = [replace(place, guide=part) for place, part in zip(first.places, own, strict=True)]
        regions = [replace(one, guide=part) for one, part in zip(first.work.regions, own, strict=True)]
        canvas.whole = recolored_content(render.content.to(self._encoder.device), places)
        losses = losses_of(self._job.controls)
        work = planned(canvas, regions, self._encoder, first.work.stages, losses, self._job.seed)
        return canvas.finished(work.paint(self.watcher, self._preview).picture).cpu()

    def save(self, number: int, picture: Tensor) -> None:
        """Write a painted frame. Raises as ``Render.save``."""
        render = self._render(number)
        if self.first.original is not None:
            picture = in_last_colors(picture, render.content, self.first.places)
        render.save(str(frame_path(self._job.output, number)), picture)

    def _render(self, number: int) -> Render:
        if self._open is None or self._open[0] != number:
            self._open = number, open_render(self._of_frame(number))
        return self._open[1]

    def _of_frame(self, number: int) -> RenderJob:
        content, output = (frame_path(path, number) for path in (self._job.content, self._job.output))
        return self._job.of_frame(str(content), str(output))

    def _masks(self, render: Render) -> list[Tensor]:
        return [render_mask(mask, render.layers) for mask in self._job.controls.masks]

    @cached_property
    def _preview(self) -> Previewer:
        return Previewer(self._job.preview, lambda picture: picture)

    @cached_property
    def _encoder(self) -> Encoder:
        announce(self.watcher, "Looking at the painting")
        return open_encoder(self._job, self.watcher)


class _Part:
    """Reports how far a frame is as a part of all. done: frames that are finished."""

    def __init__(self, watcher: Watcher, total: int) -> None:
        self._watcher, self._total = watcher, total
        self.done, self.title = 0, ""

    def progress(self, report: Report) -> None:
        fraction = min(1.0, (self.done + report.fraction) / self._total)
        self._watcher.progress(replace(report, stage=self.title + report.stage, fraction=fraction, eta=-1.0))

    def cancelled(self) -> bool:
        return self._watcher.cancelled()

    def enough(self) -> bool:
        """A frame is never left half painted, which others would inherit."""
        return False
