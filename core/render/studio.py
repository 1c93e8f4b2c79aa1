"""Reads, paints and writes the frames of an animation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from torch import Tensor

from ..canvas.healing import HealingCanvas
from ..encoder import Encoder
from ..files import file_digest
from ..images import load_picture
from ..job import announce, identity
from ..masks import guides
from ..motion.clip import Frame, read_frame
from ..picture import ReadyPicture, prepare_picture
from ..protocol import AnimationJob, JobError, Remedy, RenderJob
from ..protocol.numbered import frame_path, frames_there, state_folder
from ..regions import in_last_colors, recolored_content
from ..solve.checkpoint import Checkpoint
from ..solve.preview import Previewer
from ..solve.progress import Report, Watcher
from ..styling import losses_of
from ..work import open_encoder, planned
from .guidance import guidance_of
from .job import Render, open_render, render_mask
from .ledger import Ledger

BOILING = 3.0  # times the usual noise that strokes which boil wholly begin from: as without content


class Studio:
    """What a job's frames are painted with. The job's first frame decides strokes and colours of all.

    painted: the numbers of frames that were painted, wholly or in part.
    """

    def __init__(self, job: AnimationJob, first: int, watcher: Part) -> None:
        self._job, self._number = job, first
        self.watcher = watcher
        self.painted: list[int] = []
        self._open: tuple[int, Render] | None = None
        self._digests: dict[int, str] = {}

    @cached_property
    def first(self) -> ReadyPicture:
        """The first frame, ready to be painted whole. Raises JobError."""
        return self._prepared(None)

    @cached_property
    def ledger(self) -> Ledger:
        """What is done of the job."""
        job = self._job
        about = {
            **self._identity(self._number),
            "frames": f"{job.first} to {job.last}, {job.every}",
            "boil": f"{job.boil}",
        }
        return Ledger(Path(job.state or state_folder(job.output)), about, self.digest)

    def digest(self, number: int) -> str:
        """What identifies a frame's render, and what was painted over it by hand."""
        if number not in self._digests:
            sources = (self._job.content, self._job.painted, self._job.motion)
            paths = [frame_path(source, number) for source in sources if source]
            self._digests[number] = " ".join(file_digest(path) for path in paths if path.is_file())
        return self._digests[number]

    def given(self, numbers: Sequence[int]) -> Mapping[int, Tensor]:
        """The frames (1, 3, H, W) that were painted by hand.

        Raises JobError as ``load_picture``, "frames_missing" without the first, and "sizes_differ".
        """
        if not self._job.painted:
            return {}
        there = [number for number in frames_there(self._job.painted) if number in numbers]
        if there[:1] != [numbers[0]]:
            begun = f"begin at frame {there[0]}" if there else "name those that are there"
            raise JobError(
                "frames_missing",
                f"{frame_path(self._job.painted, numbers[0])} is not there: paint goes from a painted frame "
                f"to the next. Paint the first frame, too, or {begun}.",
                Remedy.CHOOSE_IMAGE,
            )
        found = {}
        for number in there:
            found[number] = load_picture(frame_path(self._job.painted, number), "painted frame").rgb
            if tuple(found[number].shape[-2:]) != self.first.canvas.shape:
                raise _other_size(f"The painted frame {number}")
        return found

    def read(self, number: int) -> Frame:
        """What moves in a frame, and what is seen. Raises JobError as ``read_frame``, and "sizes_differ"."""
        job = self._job
        frame = read_frame(frame_path(job.motion or job.content, number), job.view_layer)
        if tuple(frame.colors.shape[-2:]) != self.first.canvas.shape:
            raise _other_size(f"Frame {number}")
        return frame

    def show(self, number: int) -> Tensor:
        """A frame's content. Raises JobError."""
        return self._render(number).content

    def paint(self, number: int, there: Tensor | None, missing: Tensor | None) -> Tensor:
        """As ``core.motion.animate.Paint``."""
        self.watcher.title = f"Frame {number}: "
        self.painted.append(number)
        checkpoint = self.ledger.checkpoint(number, self._identity(number))
        if there is None or missing is None:
            ready = self._prepared(checkpoint)
            return ready.canvas.finished(ready.work.paint(self.watcher, self._preview).picture).cpu()
        canvas = self._healing(number, there, missing)
        return self._healed(number, canvas, self._job.seed, checkpoint)

    def redraw(self, number: int, there: Tensor, own: Tensor, which: int) -> Tensor:
        """As ``core.motion.boil.Redraw``."""
        self.watcher.title = f"Frame {number}, drawing {which + 1}: "
        boil = self._job.boil
        checkpoint = self.ledger.checkpoint(number, self._identity(number) | {"boil": f"{boil}"}, which)
        canvas = self._healing(number, there, own, boil, BOILING * boil)
        return self._healed(number, canvas, self._job.seed + which, checkpoint)

    def save(self, number: int, picture: Tensor) -> None:
        """Write a painted frame. Raises as ``Render.save``."""
        render = self._render(number)
        if self.first.original is not None:
            picture = in_last_colors(picture, render.content, self.first.places)
        output = frame_path(self._job.output, number)
        render.save(str(output), picture)
        self.ledger.finish(number, output)

    def _prepared(self, checkpoint: Checkpoint | None) -> ReadyPicture:
        render = self._render(self._number)
        masks = self._masks(render)
        job = self._of_frame(self._number)
        guidance = guidance_of(job, render.layers)
        ready = prepare_picture(job, render.content, masks, self.encoder, guidance=guidance)
        return replace(ready, work=replace(ready.work, checkpoint=checkpoint))

    def _healing(
        self, number: int, there: Tensor, missing: Tensor, renew: float = 1.0, noise: float = 1.0
    ) -> HealingCanvas:
        content, span = self._render(number).content, self.first.canvas.span
        return HealingCanvas(content, span, self.encoder.device, there, missing, renew, noise)

    def _healed(self, number: int, canvas: HealingCanvas, seed: int, checkpoint: Checkpoint) -> Tensor:
        first, render = self.first, self._render(number)
        masks = zip(self._masks(render), self._job.controls.masks, strict=True)
        parts = guides([canvas.softened(mask, one.soften) for mask, one in masks], canvas.fit)
        own = parts if self._job.controls.masks else [None]
        places = [replace(place, guide=part) for place, part in zip(first.places, own, strict=True)]
        regions = [replace(one, guide=part) for one, part in zip(first.work.regions, own, strict=True)]
        canvas.whole = recolored_content(render.content.to(self.encoder.device), places)
        losses = losses_of(self._job.controls)
        holds = guidance_of(self._of_frame(number), render.layers).holds(canvas)
        stages = first.work.stages
        work = planned(canvas, regions, self.encoder, stages, losses, seed, checkpoint, holds)
        return canvas.finished(work.paint(self.watcher, self._preview).picture).cpu()

    def _render(self, number: int) -> Render:
        if self._open is None or self._open[0] != number:
            self._open = number, open_render(self._of_frame(number))
        return self._open[1]

    def _of_frame(self, number: int) -> RenderJob:
        content, output = (frame_path(path, number) for path in (self._job.content, self._job.output))
        return self._job.of_frame(str(content), str(output))

    def _identity(self, number: int) -> dict[str, str]:
        return identity(self._of_frame(number), self.encoder.name)

    def _masks(self, render: Render) -> list[Tensor]:
        return [render_mask(mask, render.layers) for mask in self._job.controls.masks]

    @cached_property
    def _preview(self) -> Previewer:
        return Previewer(self._job.preview, lambda picture: picture)

    @cached_property
    def encoder(self) -> Encoder:
        """The job's network. Raises JobError."""
        announce(self.watcher, "Looking at the painting")
        return open_encoder(self._job, self.watcher)


class Part:
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


def _other_size(what: str) -> JobError:
    return JobError(
        "sizes_differ",
        f"{what} is not as large as the first render. All frames have to be of one size.",
        Remedy.CHOOSE_IMAGE,
    )
