"""Reads, paints and writes the frames of an animation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from .. import devices
from ..canvas.healing import HealingCanvas
from ..encoder import Encoder
from ..images import load_picture
from ..job import announce, identity
from ..motion.animate import Patch
from ..motion.clip import Frame, Shown, read_shown
from ..motion.estimate import Estimate, OpenEstimator
from ..motion.footage import Footage
from ..motion.surrounding import surrounding
from ..panorama.around import Around, beyond_ends
from ..picture import ReadyPicture, prepare_picture
from ..projection import around_of, projection_of
from ..protocol import RAFT, VECTORS, AnimationJob, JobError, Remedy, RenderJob
from ..protocol.numbered import frame_path, state_folder
from ..regions import in_last_colors
from ..solve.checkpoint import Checkpoint
from ..solve.preview import Previewer
from ..stereo.layout import ONE, Side
from ..work import open_encoder
from .guidance import guidance_of
from .healed import healed, healing_canvas, places_in
from .job import Render, open_render
from .ledger import Ledger
from .moving import flow_of, read_vectors
from .shot import Shot, frame_job
from .watching import FrameWatcher

BEYOND = 8  # part of a panorama's width by which it goes on beyond its ends, where motion is estimated
BOILING = 3.0  # times the usual noise that strokes which boil wholly begin from: as without content


See = Callable[[Frame], Frame]
"""A frame of a renderer, as who looks at it sees it."""


class Studio:
    """What a job's frames are painted with. The job's first frame decides strokes and colours of all.

    open_estimator: for footage without vectors. side: the eye whose frames these are. see: how it sees what a
    renderer says of motion. painted: the numbers of frames that were painted, wholly or in part.
    """

    def __init__(
        self,
        job: AnimationJob,
        shot: Shot,
        watcher: FrameWatcher,
        open_estimator: OpenEstimator,
        side: Side = ONE,
        see: See = lambda frame: frame,
    ) -> None:
        self._job, self._shot, self._open_estimator = job, shot, open_estimator
        self._side, self._see = side, see
        self.watcher = watcher
        self.painted: list[int] = []
        self._open: tuple[int, Render] | None = None

    @cached_property
    def first(self) -> ReadyPicture:
        """The first frame, ready to be painted whole. Raises JobError."""
        return self._prepared(None)

    @cached_property
    def ledger(self) -> Ledger:
        """What is done of the job."""
        job, shot = self._job, self._shot
        about = {
            **self._identity(shot.numbers[0]),
            "frames": f"{shot.numbers[0]} to {shot.numbers[-1]}, keys {shot.keys}",
            "boil": f"{job.boil}, {job.hold}",
            "flow": self.flow,
            "eye": "right" if self._side.right else "",
        }
        return Ledger(Path(job.state or state_folder(job.output)), about, shot.made_of)

    @property
    def notes(self) -> list[str]:
        """What the artist has to know of the first frame's render."""
        return self.render(self._shot.numbers[0]).part.notes

    @property
    def around(self) -> Around | None:
        """How the frames' pixels lie, if they are panoramas."""
        return around_of(self._job.projection)

    def begin(self) -> None:
        """Raise JobError unless what moves can be known, and frames painted by hand will do.

        As ``read``, ``load_picture`` and "sizes_differ".
        """
        self.read(self._shot.numbers[0])
        for number in self._shot.painted:
            self._by_hand(number)

    @cached_property
    def flow(self) -> str:
        """How motion is known: by vectors, or by the name of what estimates it. Raises JobError."""
        job = self._job
        return flow_of(job.flow, self._moving(self._shot.numbers[0]), job.view_layer)

    def read(self, number: int) -> Frame:
        """What moves in a frame, and what is seen.

        Raises JobError as ``read_vectors``, or as ``read_shown`` and the estimator, and "sizes_differ".
        """
        if self.flow != VECTORS:
            return self._footage.read(number)
        frame = read_vectors(self._moving(number), self._job.view_layer, self._side)
        self._check_size(number, frame.colors)
        return self._see(surrounding(frame, self.around))

    def show(self, number: int) -> Tensor:
        """A frame's content. Raises JobError."""
        return self.render(number).content

    def paint(self, number: int, patch: Patch | None) -> Tensor:
        """As ``core.motion.animate.Paint``: a frame that was painted by hand as it is."""
        if patch is None and number in self._shot.painted:
            return self._by_hand(number)
        if patch is not None:
            return self.mended(number, patch.paint, patch.missing, patch.anew.float())
        ready = self._prepared(self._begun(number))
        return ready.canvas.finished(ready.work.paint(self.watcher, self._preview).picture).cpu()

    def mended(self, number: int, there: Tensor, missing: Tensor, renew: float | Tensor = 1.0) -> Tensor:
        """A frame with the paint that is there (1, 3, H, W), and new paint where that is missing.

        missing: (1, 1, H, W), bool. renew: as of ``HealingCanvas``.
        """
        if not bool(missing.any()):
            return there
        checkpoint = self._begun(number)
        canvas = self._healing(number, there, missing, renew)
        return self._healed(number, canvas, self._job.seed, checkpoint)

    def redraw(self, number: int, there: Tensor, own: Tensor, which: int) -> Tensor:
        """As ``core.motion.boil.Redraw``."""
        self.watcher.title = f"{self._name(number)}, drawing {which + 1}: "
        boil = self._job.boil
        checkpoint = self.ledger.checkpoint(number, self._identity(number) | {"boil": f"{boil}"}, which)
        canvas = self._healing(number, there, own, boil, BOILING * boil)
        return self._healed(number, canvas, self._job.seed + which, checkpoint)

    def colored(self, number: int, picture: Tensor) -> Tensor:
        """A painted frame in its last colours."""
        first = self.first
        if first.original is None:
            return picture
        places = places_in(first, self.of_frame(number), first.canvas, self._masks(number))
        return in_last_colors(picture, self.render(number).content, places)

    def save(self, number: int, picture: Tensor) -> None:
        """Write a painted frame. Raises as ``Render.save``."""
        self.render(number).save(str(self._output(number)), self.colored(number, picture))
        self.finish(number)

    def finish(self, number: int) -> None:
        """Note that a frame is written."""
        self.ledger.finish(number, self._output(number))

    def finished(self, number: int) -> bool:
        """Whether an earlier run has written a frame, of the render that there is."""
        return self.ledger.finished(number, self._output(number))

    def _output(self, number: int) -> Path:
        side = replace(self._side, layout=self._job.stereo.written)
        return frame_path(side.file(self._job.output), number)

    def _name(self, number: int) -> str:
        return f"Frame {number}" + (", right eye" if self._side.right else "")

    def _begun(self, number: int) -> Checkpoint:
        """Where the painting of a frame is kept that begins now."""
        self.watcher.title = f"{self._name(number)}: "
        self.painted.append(number)
        return self.ledger.checkpoint(number, self._identity(number))

    def _by_hand(self, number: int) -> Tensor:
        picture = load_picture(frame_path(self._job.painted, number), "painted frame").rgb
        if tuple(picture.shape[-2:]) != self.first.canvas.shape:
            raise _other_size(f"The painted frame {number}")
        return picture

    def _prepared(self, checkpoint: Checkpoint | None) -> ReadyPicture:
        number = self._shot.numbers[0]
        render, job, masks = self.render(number), self.of_frame(number), self._masks(number)
        guidance = guidance_of(job, render.layers)
        projection = projection_of(job.projection, job.seed, render.content)
        ready = prepare_picture(job, render.content, masks, self.encoder, projection, guidance)
        return replace(ready, work=replace(ready.work, checkpoint=checkpoint))

    def _moving(self, number: int) -> Path:
        """The file that a frame's motion is known from."""
        return frame_path(self._side.file(self._job.motion or self._job.content), number)

    def _check_size(self, number: int, colors: Tensor) -> None:
        if tuple(colors.shape[-2:]) != self.first.canvas.shape:
            raise _other_size(f"Frame {number}")

    @cached_property
    def _footage(self) -> Footage:
        size = self.first.canvas.shape
        return Footage(self._look, self._shot.numbers, size, self._estimator, around=self.around)

    def _look(self, number: int) -> Shown:
        shown = read_shown(self._moving(number), self._job.view_layer, self._side)
        self._check_size(number, shown.colors)
        return shown

    def _estimator(self) -> Estimate:
        if self.flow == RAFT:
            announce(self.watcher, "Reading the network that sees motion, which is downloaded the first time")
        estimate = self._open_estimator(self.flow, devices.resolve(self._job.device))

        def watched(here: Tensor, there: Tensor) -> Tensor:
            announce(self.watcher, "Looking at what moves")
            return beyond_ends(self.around, here.shape[-1] // BEYOND, estimate, here, there)

        return watched

    def _healing(
        self, number: int, there: Tensor, missing: Tensor, renew: float | Tensor = 1.0, noise: float = 1.0
    ) -> HealingCanvas:
        content, index = self.render(number).content, self.read(number).surfaces.index
        return healing_canvas(self.first, content, there, missing, index, renew, noise)

    def _healed(self, number: int, canvas: HealingCanvas, seed: int, checkpoint: Checkpoint) -> Tensor:
        job, layers, masks = self.of_frame(number), self.render(number).layers, self._masks(number)
        return healed(
            self.first,
            replace(job, seed=seed),
            layers,
            masks,
            canvas,
            self.watcher,
            self._preview,
            checkpoint,
        )

    def render(self, number: int) -> Render:
        """A frame's render. Raises JobError."""
        if self._open is None or self._open[0] != number:
            self._open = number, open_render(self.of_frame(number), self._side)
        return self._open[1]

    def of_frame(self, number: int) -> RenderJob:
        """The job of one frame, of this eye's files."""
        return frame_job(self._job, number, self._side)

    def _identity(self, number: int) -> dict[str, str]:
        return identity(self.of_frame(number), self.encoder.name)

    def _masks(self, number: int) -> list[Tensor]:
        """The masks (1, 1, H, W) of a frame. What is out of view in it covers nothing."""
        render, found = self.render(number), []
        for mask in self._job.controls.masks:
            try:
                found.append(render.mask(mask))
            except JobError as error:
                if error.code not in ("mask_empty", "matte_missing"):
                    raise
                found.append(torch.zeros(1, 1, *render.content.shape[-2:]))
        return found

    @cached_property
    def _preview(self) -> Previewer:
        return Previewer(self._job.preview, self.first.canvas.shown)

    @cached_property
    def encoder(self) -> Encoder:
        """The job's network. Raises JobError."""
        announce(self.watcher, "Looking at the painting")
        return open_encoder(self._job, self.watcher)


def _other_size(what: str) -> JobError:
    return JobError(
        "sizes_differ",
        f"{what} is not as large as the first render. All frames have to be of one size.",
        Remedy.CHOOSE_IMAGE,
    )
