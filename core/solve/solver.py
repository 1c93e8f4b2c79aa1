"""The coarse-to-fine solver: paints any canvas in the style of a painting."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..canvas import Canvas, Look, Stage
from ..colour import monge_kantorovich
from ..encoder import Encoder
from ..style.moments import Statistics, scale
from ..style.painting import Painting, style_targets
from .gradient import Objective, backpropagate
from .progress import Clock, Watcher, check_cancelled

MEMORY = 0.8  # how much of the statistics of earlier steps is kept from step to step
AVERAGE = 0.9  # of the iterates: what a stage hands on is their moving average
# Adam moves what hardly has a gradient as fast as the rest. Where a gradient is below this part
# of its level's usual size, it is moved less: texels that are seldom seen would turn to noise.
QUIET = 0.1
OUT_OF_RANGE = 30.0  # how strongly colours are held within [0, 1]


@dataclass(frozen=True)
class Settings:
    """strength: 0 content .. 1 style. losses: mix of style losses. seed: of all randomness."""

    strength: float
    seed: int = 0
    losses: tuple[tuple[str, float], ...] = (("w2", 1.0),)


def paint(
    canvas: Canvas,
    painting: Painting,
    encoder: Encoder,
    stages: Sequence[Stage],
    settings: Settings,
    watcher: Watcher,
    show: Callable[[Tensor], str],
) -> Tensor:
    """Run all stages and return the finished picture (1, 3, H, W).

    ``show`` turns a picture into a preview's path (empty for none). Raises JobCancelled.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    levels = canvas.start(stages[0], painting.palette(), generator)
    # A guess from the first stages' sizes; corrected by the clock as work is done.
    clock = Clock(sum(stage.steps * _cost(stage) for stage in stages))
    for number, stage in enumerate(stages, 1):
        check_cancelled(watcher)
        run = _StageRun(canvas, painting, encoder, stage, canvas.begin(stage, levels), settings)
        name = f"Painting, pass {number} of {len(stages)}"
        for step in range(1, stage.steps + 1):
            loss = run.step(lambda: check_cancelled(watcher))
            clock.advance(_cost(stage))
            preview = show(run.picture)
            watcher.progress(name, clock.fraction, step, stage.steps, loss, clock.eta, preview)
        levels = run.averaged()
    with torch.no_grad():
        return _in_palette(canvas.decode(levels), canvas, painting)


def _in_palette(picture: Tensor, canvas: Canvas, painting: Painting) -> Tensor:
    """The picture with exactly the painting's mean colour and spread of colours.

    Views blur what they look at a little, so the canvas itself ends up with more contrast than
    its views were asked to have.
    """
    matrix, offset = monge_kantorovich(canvas.colors(picture), painting.colors())
    return (torch.einsum("nchw,cd->ndhw", picture, matrix) + offset.view(1, 3, 1, 1)).clamp(0, 1)


def _cost(stage: Stage) -> float:
    return stage.share * stage.painting**2 * (0.5 if "relu4_1" not in stage.layers else 1.0)


class _StageRun:
    """One stage: its targets, optimiser, memory and averaged iterate."""

    def __init__(
        self,
        canvas: Canvas,
        painting: Painting,
        encoder: Encoder,
        stage: Stage,
        levels: list[Tensor],
        settings: Settings,
    ) -> None:
        self._canvas, self._encoder, self._stage = canvas, encoder, stage
        statistics = painting.statistics(stage.painting, stage.layers)
        self._style = style_targets(statistics, dict(settings.losses))
        self._content_picture = canvas.content(stage)
        self._content = self._content_weights(statistics, settings.strength)
        self._memory: Statistics | None = None
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
        objective = Objective(self._style, self._content, self._content_picture, self._memory)
        result = backpropagate(leaf, looks, self._encoder, objective, checkpoint)
        if leaf.grad is None:
            raise RuntimeError("no view saw the canvas")
        pixels = _pixels(looks)
        outside = (leaf - leaf.clamp(0, 1)).detach()
        picture.backward(leaf.grad + outside * (2 * OUT_OF_RANGE / pixels))
        self._descend()
        self._remember(result.statistics)
        self._average()
        self.picture = leaf.detach()
        return result.style + result.content

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

    def _remember(self, statistics: Statistics) -> None:
        if self._memory is None:
            self._memory = scale(statistics, MEMORY)
            return
        self._memory = {k: (self._memory[k] + m).scaled(MEMORY) for k, m in statistics.items()}

    def _average(self) -> None:
        self._steps += 1
        keep = min(AVERAGE, self._steps / (self._steps + 10))
        with torch.no_grad():
            for average, level in zip(self._averages, self._levels, strict=True):
                average.lerp_(level, 1 - keep)

    def _content_weights(self, statistics: Statistics, strength: float) -> dict[str, float]:
        """Weights that make content and style comparable whatever the painting."""
        if self._content_picture is None or strength >= 1:
            return {}
        balance = (1 - strength) / max(strength, 0.02)
        return {
            layer: balance / float(statistics[layer].covariance.diagonal().sum().clamp_min(1e-12))
            for layer in self._stage.content
            if layer in statistics
        }


def _rms(level: Tensor) -> float:
    return 0.0 if level.grad is None else float(level.grad.square().mean().sqrt().clamp_min(1e-20))


def _pixels(looks: Sequence[Look]) -> float:
    return float(sum(look.weight.numel() for look in looks))
