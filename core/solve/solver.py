"""The coarse-to-fine solver: paints any canvas in the style of a painting."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..canvas import Canvas, Stage
from ..colour import monge_kantorovich
from ..encoder import Encoder
from ..memory import is_out_of_memory, release_memory
from ..protocol import JobCancelled, JobError
from ..strips import by_strips
from ..style.source import palette_of
from .checkpoint import Checkpoint, Saved
from .plan import stage_work
from .plateau import on_plateau
from .progress import Clock, Watcher, check_cancelled
from .stage import Settings, StageRun, StyledRegion

log = logging.getLogger(__name__)

FEW = 64  # colours that are too few to know a region's spread of colours
WHOLLY, MOSTLY = (
    0.9,
    0.5,
)  # shares of a region in a place that belongs to it; the second where the first are few


def paint(
    canvas: Canvas,
    regions: Sequence[StyledRegion],
    encoder: Encoder,
    stages: Sequence[Stage],
    settings: Settings,
    watcher: Watcher,
    show: Callable[[Tensor], str],
    checkpoint: Checkpoint | None = None,
) -> Tensor:
    """Run all stages and return the finished picture (1, 3, H, W).

    regions: at least one; the first gives the scale of strokes and the palette to start from.
    ``show`` turns a picture into a preview's path (empty for none). checkpoint: where the work is kept
    meanwhile and when it is cancelled, and gone on from; the caller discards it. On the same machine the
    result is as if there had been no break. Where memory runs out, the stage begins again with smaller views.

    Raises JobCancelled; JobError as ``Checkpoint``; and what says that memory ran out where no view can
    be smaller.
    """
    return _Painter(canvas, regions, encoder, stages, settings, watcher, show, checkpoint).run()


@dataclass
class _Painter:
    canvas: Canvas
    regions: Sequence[StyledRegion]
    encoder: Encoder
    stages: Sequence[Stage]
    settings: Settings
    watcher: Watcher
    show: Callable[[Tensor], str]
    checkpoint: Checkpoint | None

    def run(self) -> Tensor:
        saved = self.checkpoint.load(self.encoder.device) if self.checkpoint else None
        if saved is None:
            generator = torch.Generator().manual_seed(self.settings.seed)
            levels = self.canvas.start(self.stages[0], palette_of(self.regions[0].style), generator)
            saved = Saved(0, levels, self._canvas_state(), {})
        work = [stage.steps * stage_work(self.canvas, stage) for stage in self.stages]
        clock = Clock(sum(work))
        clock.reach(sum(work[: saved.stage]))
        while saved.stage < len(self.stages):
            short_of_memory = False
            try:
                levels = self._stage(saved, clock)
            except Exception as error:
                if not is_out_of_memory(error) or not self.canvas.shrink():
                    raise
                log.warning("memory ran out in stage %d: %s", saved.stage + 1, error)
                short_of_memory = True
            if short_of_memory:  # out here, as the error above holds on to what it was about
                release_memory()
                self.canvas.compress()
                self.settings = replace(self.settings, compact=True)
                continue
            clock.reach(sum(work[: saved.stage + 1]))
            saved = Saved(saved.stage + 1, levels, self._canvas_state(), {})
            if self.checkpoint is not None and self.checkpoint.due:
                self._keep(saved)
        with torch.no_grad():
            picture = self.canvas.decode(saved.levels)
            picture = _in_palettes(picture, self.canvas, self.regions, self.stages[-1])
        self._heed(saved)
        return picture

    def _stage(self, saved: Saved, clock: Clock) -> list[Tensor]:
        number, stage = saved.stage + 1, self.stages[saved.stage]
        name = f"Painting, pass {number} of {len(self.stages)}"
        self._heed(saved)
        levels = saved.levels if saved.run else self.canvas.begin(stage, saved.levels)
        run = StageRun(self.canvas, self.regions, self.encoder, stage, levels, self.settings)
        if saved.run:
            run.restore(saved.run)
        if saved.canvas:
            self.canvas.restore(saved.canvas)
        work = stage_work(self.canvas, stage)
        clock.reach(clock.done + run.steps * work)
        preview = ""

        def show(picture: Tensor) -> None:
            nonlocal preview
            preview = self.show(picture)

        state = self._canvas_state()  # after a whole step: one that is broken off has changed some of it
        while run.steps < stage.steps and not (self.canvas.steady and on_plateau(run.losses, stage.steps)):
            try:
                loss = run.step(lambda: check_cancelled(self.watcher), show)
                state = self._canvas_state()
                clock.advance(work)
                self.watcher.progress(name, clock.fraction, run.steps, stage.steps, loss, clock.eta, preview)
            except JobCancelled:
                self._keep(_so_far(saved, run, state))
                raise
            if self.checkpoint is not None and self.checkpoint.due:
                self._keep(_so_far(saved, run, state))
        return run.result()

    def _heed(self, saved: Saved) -> None:
        """Raises JobCancelled, with the work kept, once the watcher wishes so."""
        try:
            check_cancelled(self.watcher)
        except JobCancelled:
            self._keep(saved)
            raise

    def _canvas_state(self) -> dict[str, Tensor]:
        """The canvas's state, where a checkpoint may need it."""
        return self.canvas.state() if self.checkpoint is not None else {}

    def _keep(self, saved: Saved) -> None:
        """Write the checkpoint, if there is to be one. That it cannot be written stops nothing."""
        if self.checkpoint is None:
            return
        try:
            self.checkpoint.save(saved)
        except (JobError, MemoryError) as error:
            log.warning("no checkpoint was written: %s", error)


def _so_far(saved: Saved, run: StageRun, canvas: dict[str, Tensor]) -> Saved:
    """A stage in its middle; where that cannot be kept, its beginning. canvas: its state."""
    state = run.state()
    return Saved(saved.stage, run.levels, canvas, state) if state else saved


def belonging(canvas: Canvas, guide: Tensor) -> Tensor | None:
    """Which of ``canvas.colors`` (P,) are a region's own, not mixed with others' at its soft edges.

    guide: its share (1, 1, H, W). None where they are too few to know its colours.
    """
    shares = canvas.colors(guide.expand(-1, 3, -1, -1))[:, 0]
    for least in (WHOLLY, MOSTLY):
        inside = shares > least
        if int(inside.sum()) >= FEW:
            return inside
    return None


def _in_palettes(picture: Tensor, canvas: Canvas, regions: Sequence[StyledRegion], stage: Stage) -> Tensor:
    """The picture, in place, with exactly the painting's mean colour and spread of colours in each region.

    Views blur what they look at a little, so the canvas itself ends up with more contrast than
    its views were asked to have.
    """
    colors = canvas.colors(picture)
    maps, guides = [], []
    for one in regions:
        guide = torch.ones_like(picture[:, :1]) if one.guide is None else one.guide(stage)
        inside = belonging(canvas, guide)
        maps.append(None if inside is None else monge_kantorovich(colors[inside], one.style.colors()))
        guides.append(guide)

    def mapped(strip: Tensor, *shares: Tensor) -> Tensor:
        finished = torch.zeros_like(strip)
        for share, found in zip(shares, maps, strict=True):
            own = strip
            if found is not None:
                own = torch.einsum("nchw,cd->ndhw", strip, found[0]) + found[1].view(1, 3, 1, 1)
            finished += own * share
        return finished.clamp_(0, 1)

    return by_strips(mapped, picture, *guides, into=picture)
