"""A job that is ready to be painted: everything read and chosen, and what it will cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from . import devices
from .canvas import Canvas, Stage
from .encoder import Encoder, load_encoder
from .encoder.download import URLS
from .job import announce, identity
from .memory import release_memory, return_freed_memory
from .protocol import PaintedJob
from .solve.checkpoint import Checkpoint
from .solve.hold import Hold
from .solve.live import Live
from .solve.losses import Losses
from .solve.plan import Plan, make_plan
from .solve.progress import Watcher
from .solve.solver import Painted, paint
from .solve.stage import Settings, StyledRegion, measuring
from .styling import losses_of


@dataclass(frozen=True)
class Work:
    """What ``paint`` needs, and the plan for it."""

    canvas: Canvas
    regions: Sequence[StyledRegion]
    encoder: Encoder
    stages: Sequence[Stage]
    settings: Settings
    plan: Plan
    checkpoint: Checkpoint | None = None

    def paint(
        self, watcher: Watcher, show: Callable[[Callable[[], Tensor]], str], live: Live | None = None
    ) -> Painted:
        """The finished picture. Raises as ``solver.paint``."""
        announce(watcher, f"Planned: {self.plan}")
        if not self.plan.keep:
            return_freed_memory()
        if self.plan.compact:
            self.canvas.compress()
        painted = paint(
            self.canvas,
            self.regions,
            self.encoder,
            self.stages,
            self.settings,
            watcher,
            show,
            self.checkpoint,
            live,
        )
        release_memory()  # what steps took, before writing takes more
        return painted

    def discard_checkpoint(self) -> None:
        """The result is safe: what was kept in case of a break is not needed any more."""
        if self.checkpoint is not None:
            self.checkpoint.discard()


def open_encoder(job: PaintedJob, watcher: Watcher) -> Encoder:
    """The job's network on the job's device. Raises JobError as ``resolve`` and ``load_encoder``."""
    device = devices.resolve(job.device)
    if job.controls.network in URLS:
        announce(watcher, "Reading the network, which is downloaded the first time")
    return load_encoder(device, devices.fast_dtype(device), job.controls.network, job.controls.pooling)


def make_work(
    job: PaintedJob,
    canvas: Canvas,
    regions: Sequence[StyledRegion],
    encoder: Encoder,
    stages: Sequence[Stage],
    holds: Sequence[Hold] = (),
) -> Work:
    """Plan a job. Raises JobError as ``make_plan``."""
    checkpoint = Checkpoint(job.checkpoint, identity(job, encoder.name)) if job.checkpoint else None
    return planned(canvas, regions, encoder, stages, losses_of(job.controls), job.seed, checkpoint, holds)


def planned(
    canvas: Canvas,
    regions: Sequence[StyledRegion],
    encoder: Encoder,
    stages: Sequence[Stage],
    losses: Losses,
    seed: int,
    checkpoint: Checkpoint | None = None,
    holds: Sequence[Hold] = (),
) -> Work:
    """Work that fits into what its device has. Raises JobError as ``make_plan``."""
    free, held = devices.free_memory(encoder.device), devices.held_memory(encoder.device)
    plan = make_plan(canvas, encoder, stages, free, held, measuring(regions, stages, losses))
    return Work(
        canvas, regions, encoder, stages, Settings(losses, seed, plan.compact, tuple(holds)), plan, checkpoint
    )


def describe(job: PaintedJob, work: Work, painted: Painted) -> dict[str, Any]:
    """What is worth keeping with any job's result."""
    return {
        "quality": job.quality,
        "device": str(work.encoder.device),
        "network": work.encoder.name,
        "seed": job.seed,
        "stopped_early": bool(painted.early),
        "planned_seconds": round(work.plan.seconds, 1),
        "planned_bytes": round(work.plan.bytes),
    }
