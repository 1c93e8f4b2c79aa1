"""The coarse-to-fine solver: paints any canvas in the style of a painting."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..canvas import Canvas, Stage
from ..encoder import Encoder
from ..memory import is_out_of_memory, release_memory
from ..protocol import JobCancelled, JobError
from ..style.source import palette_of
from .checkpoint import Checkpoint, Saved
from .live import SETTLED, Live
from .palettes import in_palettes
from .plan import stage_work
from .plateau import on_plateau
from .progress import Clock, Report, Watcher, check_cancelled
from .stage import Settings, StageRun, StyledRegion

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Painted:
    """A finished picture (1, 3, H, W).

    early: a sentence that says when the watcher found it good enough; empty if all stages were done.
    """

    picture: Tensor
    early: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the artist should know about it."""
        return (self.early,) if self.early else ()


@torch.inference_mode(False)
@torch.enable_grad()
def paint(
    canvas: Canvas,
    regions: Sequence[StyledRegion],
    encoder: Encoder,
    stages: Sequence[Stage],
    settings: Settings,
    watcher: Watcher,
    show: Callable[[Callable[[], Tensor]], str],
    checkpoint: Checkpoint | None = None,
    live: Live | None = None,
) -> Painted:
    """Run all stages, or so many steps as the watcher wants, and finish the picture.

    regions: at least one; the first gives the scale of strokes and the palette to start from.
    ``show`` turns what makes a picture into a preview's path (empty for none). checkpoint: where the work is
    kept meanwhile and when it is cancelled, and gone on from; the caller discards it. On the same machine the
    result is as if there had been no break. live: writes the work as if it were finished, meanwhile.
    Where memory runs out, the stage begins again with smaller views.

    Raises JobCancelled; JobError as ``Checkpoint``; and what says that memory ran out where no view can
    be smaller.
    """
    return _Painter(canvas, regions, encoder, stages, settings, watcher, show, checkpoint, live).run()


@dataclass
class _Painter:
    canvas: Canvas
    regions: Sequence[StyledRegion]
    encoder: Encoder
    stages: Sequence[Stage]
    settings: Settings
    watcher: Watcher
    show: Callable[[Callable[[], Tensor]], str]
    checkpoint: Checkpoint | None
    live: Live | None

    def run(self) -> Painted:
        saved = self.checkpoint.load(self.encoder.device) if self.checkpoint else None
        if saved is None:
            generator = torch.Generator().manual_seed(self.settings.seed)
            levels = self.canvas.start(self.stages[0], palette_of(self.regions[0].style), generator)
            saved = Saved(0, levels, self._canvas_state(), {})
        work = [stage.steps * stage_work(self.canvas, stage) for stage in self.stages]
        clock = Clock(sum(work))
        clock.reach(sum(work[: saved.stage]))
        levels, early = saved.levels, ""
        while saved.stage < len(self.stages) and not early:
            short_of_memory = False
            try:
                reached, levels = self._stage(saved, clock)
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
            if reached.stage == saved.stage:
                early = (
                    f"Painting was ended early, in pass {saved.stage + 1} of {len(self.stages)}, "
                    "and its result is what was painted by then."
                )
            saved = reached
            clock.reach(sum(work[: saved.stage]))
            if self.checkpoint is not None and self.checkpoint.due:
                self._keep(saved)
        picture = self._finished(levels, self.stages[min(saved.stage, len(self.stages) - 1)])
        self._heed(saved)
        return Painted(picture, early)

    def _stage(self, saved: Saved, clock: Clock) -> tuple[Saved, list[Tensor]]:
        """Go through a stage, or so far into it as the watcher wants: where that is, and what is painted."""
        number, stage = saved.stage + 1, self.stages[saved.stage]
        name = f"Painting, pass {number} of {len(self.stages)}"
        self._heed(saved)
        if saved.stage > 0 and not saved.run and self.watcher.enough():
            return saved, self.canvas.begin(stage, saved.levels)
        run = self._begun(saved, stage)
        if saved.run:
            run.restore(saved.run)
        if saved.canvas:
            self.canvas.restore(saved.canvas)
        work = stage_work(self.canvas, stage)
        clock.reach(clock.done + run.steps * work)
        preview = ""

        def show(picture: Callable[[], Tensor]) -> None:
            nonlocal preview
            preview = self.show(picture)

        state = self._canvas_state()  # after a whole step: one that is broken off has changed some of it
        while not self._over(run, stage):
            if (saved.stage > 0 or run.steps > 0) and self.watcher.enough():
                return _so_far(saved, run, state), run.result()
            try:
                loss = run.step(lambda: check_cancelled(self.watcher), show)
                state = self._canvas_state()
                clock.advance(work)
                live = self._show_live(saved, run, stage)
                report = Report(name, clock.fraction, run.steps, stage.steps, loss, clock.eta, preview, live)
                self.watcher.progress(report)
            except JobCancelled:
                self._keep(_so_far(saved, run, state))
                raise
            if self.checkpoint is not None and self.checkpoint.due:
                self._keep(_so_far(saved, run, state))
        levels = run.result()
        return Saved(saved.stage + 1, levels, self._canvas_state(), {}), levels

    def _begun(self, saved: Saved, stage: Stage) -> StageRun:
        # Nothing else holds the levels that it begins with: it has its own of them.
        levels = saved.levels if saved.run else self.canvas.begin(stage, saved.levels)
        return StageRun(self.canvas, self.regions, self.encoder, stage, levels, self.settings)

    def _over(self, run: StageRun, stage: Stage) -> bool:
        """Whether a stage is done."""
        return run.steps >= stage.steps or (self.canvas.steady and on_plateau(run.losses, stage.steps))

    def _show_live(self, saved: Saved, run: StageRun, stage: Stage) -> str:
        """The path of the live result, if it was written now. The last stage ends with the result itself."""
        over = self._over(run, stage)
        settled = saved.stage > 0 or run.steps >= min(SETTLED, stage.steps)
        if self.live is None or not settled or (over and saved.stage + 1 == len(self.stages)):
            return ""
        return self.live(lambda: self._finished(run.result(), stage), over)

    @torch.no_grad()
    def _finished(self, levels: list[Tensor], stage: Stage) -> Tensor:
        """The picture (1, 3, H, W) that levels of a stage make, in the paintings' palettes."""
        picture = self.canvas.decode(levels)
        if picture is levels[0]:
            picture = picture.clone()
        return in_palettes(picture, self.canvas, self.regions, stage)

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
