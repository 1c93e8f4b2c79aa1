"""The coarse-to-fine solver: paints any canvas in the style of a painting."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ..canvas import Canvas, Look, Stage
from ..colour import monge_kantorovich
from ..encoder import Encoder
from ..style.moments import Statistics, scale
from ..style.source import Style, palette_of, stroke_share
from .gradient import backpropagate
from .losses import Losses, region_losses, whole_canvas_terms
from .objective import Objective, Region
from .progress import Clock, Watcher, check_cancelled

MEMORY = 0.8  # how much of the statistics of earlier steps is kept from step to step
AVERAGE = 0.9  # of the iterates: what a stage hands on is their moving average
# Adam moves what hardly has a gradient as fast as the rest. Where a gradient is below this part
# of its level's usual size, it is moved less: texels that are seldom seen would turn to noise.
QUIET = 0.1
FEW = 64  # colours that are too few to know a region's spread of colours
OUT_OF_RANGE = 30.0  # how strongly colours are held within [0, 1]


@dataclass(frozen=True)
class StyledRegion:
    """A style, and where it goes. strength: 0 content .. 1 style.

    guide: its mask at a stage, shaped like the canvas's picture; None for all of the canvas.
    """

    style: Style
    strength: float
    guide: Callable[[Stage], Tensor] | None = None


@dataclass(frozen=True)
class Settings:
    """losses: what is minimised. seed: of all randomness."""

    losses: Losses = field(default_factory=Losses)
    seed: int = 0


def paint(
    canvas: Canvas,
    regions: Sequence[StyledRegion],
    encoder: Encoder,
    stages: Sequence[Stage],
    settings: Settings,
    watcher: Watcher,
    show: Callable[[Tensor], str],
) -> Tensor:
    """Run all stages and return the finished picture (1, 3, H, W).

    regions: at least one; the first gives the scale of strokes and the palette to start from.
    ``show`` turns a picture into a preview's path (empty for none). Raises JobCancelled.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    levels = canvas.start(stages[0], palette_of(regions[0].style), generator)
    # A guess from the first stages' sizes; corrected by the clock as work is done.
    clock = Clock(sum(stage.steps * _cost(stage) for stage in stages))
    for number, stage in enumerate(stages, 1):
        check_cancelled(watcher)
        run = _StageRun(canvas, regions, encoder, stage, canvas.begin(stage, levels), settings)
        name = f"Painting, pass {number} of {len(stages)}"
        for step in range(1, stage.steps + 1):
            loss = run.step(lambda: check_cancelled(watcher))
            clock.advance(_cost(stage))
            preview = show(run.picture)
            watcher.progress(name, clock.fraction, step, stage.steps, loss, clock.eta, preview)
        levels = run.averaged()
    with torch.no_grad():
        picture = canvas.decode(levels)
        return _in_palettes(picture, canvas, regions, stages[-1]).clamp(0, 1)


def _in_palettes(picture: Tensor, canvas: Canvas, regions: Sequence[StyledRegion], stage: Stage) -> Tensor:
    """The picture with exactly the painting's mean colour and spread of colours, in each region.

    Views blur what they look at a little, so the canvas itself ends up with more contrast than
    its views were asked to have.
    """
    colors = canvas.colors(picture)
    finished = torch.zeros_like(picture)
    for one in regions:
        guide = torch.ones_like(picture[:, :1]) if one.guide is None else one.guide(stage)
        inside = canvas.colors(guide.expand(-1, 3, -1, -1))[:, 0] > 0.5
        mapped = picture
        if int(inside.sum()) >= FEW:
            matrix, offset = monge_kantorovich(colors[inside], one.style.colors())
            mapped = torch.einsum("nchw,cd->ndhw", picture, matrix) + offset.view(1, 3, 1, 1)
        finished += mapped * guide
    return finished


def _cost(stage: Stage) -> float:
    return stage.share * stage.painting**2 * (0.5 if "relu4_1" not in stage.layers else 1.0)


class _StageRun:
    """One stage: its targets, optimiser, memory and averaged iterate."""

    def __init__(
        self,
        canvas: Canvas,
        regions: Sequence[StyledRegion],
        encoder: Encoder,
        stage: Stage,
        levels: list[Tensor],
        settings: Settings,
    ) -> None:
        self._canvas, self._encoder, self._stage = canvas, encoder, stage
        parts = [_region(one, regions[0].style, stage, settings) for one in regions]
        content = canvas.content(stage)
        if content is None:
            parts = [replace(part, keeps=()) for part in parts]
        self._objective = Objective(tuple(parts), whole_canvas_terms(settings.losses), content)
        self._levels = [level.detach().clone().requires_grad_() for level in levels]
        self._averages = [level.detach().clone() for level in self._levels]
        self._steps = 0
        self._optimizer: torch.optim.Optimizer | None = None
        self.picture = canvas.decode([level.detach() for level in self._levels])

    def step(self, checkpoint: Callable[[], None]) -> float:
        """One gradient step; returns the loss."""
        looks = self._canvas.looks(self._stage, checkpoint)
        picture = self._canvas.decode(self._levels)
        leaf = picture.detach().requires_grad_()
        result = backpropagate(leaf, looks, self._encoder, self._objective, checkpoint)
        if leaf.grad is None:
            raise RuntimeError("no view saw the canvas")
        pixels = _pixels(looks)
        outside = (leaf - leaf.clamp(0, 1)).detach()
        picture.backward(leaf.grad + outside * (2 * OUT_OF_RANGE / pixels))
        self._descend()
        self._remember(result.statistics)
        self._average()
        self.picture = leaf.detach()
        return result.loss

    def averaged(self) -> list[Tensor]:
        return self._averages

    def _descend(self) -> None:
        if self._optimizer is None:
            self._optimizer = torch.optim.Adam(
                [{"params": [level], "eps": QUIET * _rms(level)} for level in self._levels], betas=(0.9, 0.99)
            )
        done = self._steps / self._stage.steps
        for group in self._optimizer.param_groups:
            group["lr"] = self._stage.rate * (0.1 + 0.45 * (1 + math.cos(math.pi * done)))
        self._optimizer.step()
        self._optimizer.zero_grad()

    def _remember(self, seen: Sequence[Statistics]) -> None:
        regions = []
        for region, statistics in zip(self._objective.regions, seen, strict=True):
            memory = scale(statistics, MEMORY)
            if region.memory is not None:
                memory = {k: (region.memory[k] + m).scaled(MEMORY) for k, m in statistics.items()}
            regions.append(replace(region, memory=memory))
        self._objective = replace(self._objective, regions=tuple(regions))

    def _average(self) -> None:
        self._steps += 1
        keep = min(AVERAGE, self._steps / (self._steps + 10))
        with torch.no_grad():
            for average, level in zip(self._averages, self._levels, strict=True):
                average.lerp_(level, 1 - keep)


def _region(one: StyledRegion, first: Style, stage: Stage, settings: Settings) -> Region:
    """The region's losses at a stage, its strokes as large as those of the first region's style."""
    scale = stroke_share(first) / stroke_share(one.style)
    own = replace(stage, painting=max(16, round(stage.painting * scale)))
    guide = None if one.guide is None else one.guide(stage)
    return region_losses(one.style, own, settings.losses, one.strength, guide, settings.seed)


def _rms(level: Tensor) -> float:
    return 0.0 if level.grad is None else float(level.grad.square().mean().sqrt().clamp_min(1e-20))


def _pixels(looks: Sequence[Look]) -> float:
    return float(sum(look.weight.numel() for look in looks))
