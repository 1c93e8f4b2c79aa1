"""One stage of a painting: its targets, its way down, and what it remembers of earlier steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor

from ..canvas import Canvas, Stage
from ..encoder import Encoder
from ..protocol import JobError, Remedy
from ..strips import by_strips
from ..style.among import Among
from ..style.gamut import Gamut, WithinGamut
from ..style.moments import Moments, Statistics, scale
from ..style.source import Style, scale_beside
from ..terms import Seen
from .checkpoint import under
from .descent import Adam, Descent
from .gradient import backpropagate, measure
from .hold import Hold, held
from .losses import Losses, passes, region_losses, whole_canvas_terms
from .objective import Objective, Region
from .plan import remembers
from .quasi_newton import QuasiNewton
from .schedule import fitting_layers

MEMORY = 0.8  # how much of the statistics of earlier steps is kept from step to step
PARTS = ("weight", "total", "outer")  # of moments
OUT_OF_RANGE = 30.0  # how strongly colours are held within [0, 1]
OUT_OF_GAMUT = 20.0  # and within the painting's, on a canvas that is seen in parts
AROUND = 0.7  # how far what is painted among other paint is to be like that, not like the painting
PRIOR = 256.0  # positions that such paint is taken to have besides: it may be a few strokes
COARSE = 512 * 512  # pixels of a picture that L-BFGS paints; above it Adam does as well in less memory


@dataclass(frozen=True)
class StyledRegion:
    """A style, and where it goes. strength: 0 content .. 1 style.

    guide: its mask at a stage, shaped like the canvas's picture; None for all of the canvas.
    stroke: the size of its strokes over that of the first region's.
    """

    style: Style
    strength: float
    guide: Callable[[Stage], Tensor] | None = None
    stroke: float = 1.0

    @cached_property
    def gamut(self) -> Gamut:
        """The colours that the style has."""
        return Gamut(self.style.colors())


@dataclass(frozen=True)
class Settings:
    """losses: what is minimised. seed: of all randomness. compact: keep the solver's state in 16 bits.

    holds: where the content is held beside what the regions' strengths leave of it.
    """

    losses: Losses = field(default_factory=Losses)
    seed: int = 0
    compact: bool = False
    holds: tuple[Hold, ...] = ()


class StageRun:
    """The steps of one stage."""

    def __init__(
        self,
        canvas: Canvas,
        regions: Sequence[StyledRegion],
        encoder: Encoder,
        stage: Stage,
        levels: Sequence[Tensor],
        settings: Settings,
    ) -> None:
        self._canvas, self._encoder, self._stage = canvas, encoder, stage
        self._objective = _objective(canvas, regions, stage, settings)
        self.levels = [level.detach().clone(memory_format=torch.contiguous_format) for level in levels]
        around = canvas.around(stage)
        if around:
            known = measure(canvas.subject(stage, self.levels), around, encoder, self._objective)
            among = [
                replace(one, style=Among(one.style, own, AROUND))
                for one, own in zip(regions, known[: len(regions)], strict=True)
            ]
            self._objective = _objective(canvas, among, stage, settings, PRIOR)
        pixels = self.levels[-1].numel() / 3
        coordinates = canvas.coordinates(self.levels[-1]) if pixels <= COARSE else None
        self._descent: Descent = (
            Adam(self.levels, settings.compact, canvas.as_large)
            if coordinates is None
            else QuasiNewton(self.levels, coordinates)
        )
        self._remembered: dict[int, Seen] | None = {} if remembers(canvas, stage) else None
        self.losses: list[float] = []

    @property
    def steps(self) -> int:
        """Those that were made."""
        return len(self.losses)

    def step(self, checkpoint: Callable[[], None], show: Callable[[Callable[[], Tensor]], None]) -> float:
        """One step; returns the loss. ``show`` is given what makes the picture (1, 3, H, W) before it.

        Raises JobError ("not_finite") instead of a step that would leave the picture without colours.
        """
        done = self.steps / self._stage.steps
        rate = self._stage.rate * (0.1 + 0.45 * (1 + math.cos(math.pi * done)))
        loss = self._descent.step(lambda: self._evaluate(checkpoint, show), rate)
        self.losses.append(loss)
        return loss

    def result(self) -> list[Tensor]:
        """The levels that the next stage goes on from."""
        return self._descent.result()

    def state(self) -> dict[str, Tensor]:
        """Of a checkpoint, beside the levels; empty where the stage cannot go on from its middle."""
        descent = self._descent.state()
        if not descent:
            return {}
        found = {f"descent.{name}": value for name, value in descent.items()}
        for i, region in enumerate(self._objective.regions):
            for key, moments in (region.memory or {}).items():
                for name in PARTS:
                    found[f"memory.{i}.{key}.{name}"] = getattr(moments, name)
        found["losses"] = torch.tensor(self.losses, dtype=torch.float64)
        return found

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a ``state`` on any device, made with the levels that belong to it."""
        self._descent.restore(under("descent.", state))
        regions, device = [], self._encoder.device
        for i, region in enumerate(self._objective.regions):
            kept = under(f"memory.{i}.", state)
            keys = {name.removesuffix(".weight") for name in kept if name.endswith(".weight")}
            memory = {key: Moments(*(kept[f"{key}.{name}"].to(device) for name in PARTS)) for key in keys}
            regions.append(replace(region, memory=memory or None))
        self._objective = replace(self._objective, regions=tuple(regions))
        self.losses = state["losses"].tolist()

    def _evaluate(
        self, checkpoint: Callable[[], None], show: Callable[[Callable[[], Tensor]], None]
    ) -> tuple[float, list[Tensor]]:
        looks = self._canvas.looks(self._stage, checkpoint)
        leaves = [level.detach().requires_grad_() for level in self.levels]
        subject = self._canvas.subject(self._stage, leaves)
        seen = subject.detach().requires_grad_()
        found = backpropagate(seen, looks, self._encoder, self._objective, checkpoint, self._remembered)
        if seen.grad is None:
            raise RuntimeError("no view saw the canvas")
        beyond = _hold_within_range(seen.detach(), seen.grad, OUT_OF_RANGE / found.pixels)
        if not self._canvas.steady:
            self._remember(found.statistics)
        show(lambda: self._canvas.decode([level.detach() for level in self.levels]))
        loss = found.loss + beyond
        if not math.isfinite(loss + float(seen.grad.sum())):
            raise JobError(
                "not_finite",
                "Painting led to numbers without bounds, so it was stopped. Choose smaller weights, another "
                "painting or another network.",
                Remedy.CHANGE_SETTING,
            )
        gradients = torch.autograd.grad(subject, leaves, seen.grad)
        return loss, list(gradients)

    def _remember(self, seen: Sequence[Statistics]) -> None:
        regions = []
        for region, statistics in zip(self._objective.regions, seen, strict=True):
            memory = scale(statistics, MEMORY)
            if region.memory is not None:
                memory = {k: (region.memory[k] + m).scaled(MEMORY) for k, m in statistics.items()}
            regions.append(replace(region, memory=memory))
        self._objective = replace(self._objective, regions=tuple(regions))


def _hold_within_range(picture: Tensor, gradient: Tensor, weight: float) -> float:
    """Add the gradient of weight times the squared excess beyond [0, 1]; returns its value."""
    values: list[float] = []

    def pushed(push: Tensor, colors: Tensor) -> Tensor:
        excess = colors - colors.clamp(0, 1)
        values.append(weight * float(excess.square().sum()))
        return push.add(excess, alpha=2 * weight)

    by_strips(pushed, gradient, picture, into=gradient)
    return sum(values)


def relative_scale(one: StyledRegion, first: StyledRegion) -> float:
    """How large a region's painting is seen, over the first region's: so that strokes have their sizes.

    As far as ``scale_beside`` goes.
    """
    return scale_beside(one.style, first.style, one.stroke / first.stroke)


def measuring(regions: Sequence[StyledRegion], stages: Sequence[Stage], losses: Losses) -> float:
    """Pixels of paintings that are encoded before the steps of all stages."""
    sizes = [
        (one.style, size)
        for stage in stages
        for one, size in zip(regions, _sizes(regions, stage), strict=True)
    ]
    return passes(losses) * sum(style.pixels(size) for style, size in sizes)


def _sizes(regions: Sequence[StyledRegion], stage: Stage) -> list[int]:
    """Longer sides at which the regions' paintings are seen at a stage."""
    return [max(16, round(stage.painting * relative_scale(one, regions[0]))) for one in regions]


def _own(stage: Stage, painting: int, largest: int) -> Stage:
    """The stage as a region sees it whose painting has this size; largest: of all regions."""
    return replace(stage, painting=painting, layers=fitting_layers(stage.layers, painting, largest))


def _objective(
    canvas: Canvas,
    regions: Sequence[StyledRegion],
    stage: Stage,
    settings: Settings,
    prior: float = 0.0,
) -> Objective:
    sizes = _sizes(regions, stage)
    parts = [
        _region(canvas, one, stage, _own(stage, size, max(sizes)), settings, prior)
        for one, size in zip(regions, sizes, strict=True)
    ]
    own = _own(stage, sizes[0], max(sizes))
    parts.extend(held(hold, regions[0].style, own) for hold in settings.holds)
    content = canvas.content(stage)
    if content is None:
        parts = [replace(part, keeps=()) for part in parts]
    return Objective(tuple(parts), whole_canvas_terms(settings.losses), content)


def _region(
    canvas: Canvas, one: StyledRegion, stage: Stage, own: Stage, settings: Settings, prior: float
) -> Region:
    """The region's losses at a stage, which it sees as its own."""
    guide = None if one.guide is None else canvas.as_subject(stage, one.guide(stage))
    region = region_losses(one.style, own, settings.losses, one.strength, guide, settings.seed, prior)
    if canvas.steady:
        return region
    return replace(region, terms=(*region.terms, WithinGamut(one.gamut, OUT_OF_GAMUT)))
