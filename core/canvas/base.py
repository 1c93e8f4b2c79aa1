"""What every canvas offers to the solver."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from .coordinates import Coordinates


@dataclass(frozen=True)
class Stage:
    """One scale of the coarse-to-fine schedule.

    painting: the painting's longer side at this scale, in view pixels.
    steps: gradient steps. rate: step size of the optimiser, in units of colour [0, 1].
    share: part of the canvas that the views of one step see, about.
    layers: encoder layers whose statistics are matched. content: those that hold content.
    finest: the last of several scales, which only sharpens what coarser ones have laid out.
    """

    painting: int
    steps: int
    rate: float
    share: float
    layers: tuple[str, ...]
    content: tuple[str, ...]
    finest: bool = False


@dataclass(frozen=True)
class Palette:
    """A painting's colours: mean (3,), and a root (3, 3) of their covariance."""

    mean: Tensor
    root: Tensor

    def noise(self, like: Tensor, generator: torch.Generator) -> Tensor:
        """Random colours of the palette, less its mean, for points (n, 3) or pixels (1, 3, h, w)."""
        if like.ndim == 2:
            return torch.randn(like.shape, generator=generator).to(like.device) @ self.root
        noise = torch.randn(like.shape, generator=generator).to(like.device)
        return torch.einsum("nchw,cd->ndhw", noise, self.root)

    @staticmethod
    def noise_over(levels: int, has_content: bool) -> float:
        """Amplitude for each of several levels. Content needs a little noise to be repainted from."""
        return (0.35 if has_content else 1.0) / math.sqrt(levels)


class Look(Protocol):
    """A batch of B views, all of one size (h, w).

    weight: (B, 1, h, w) in [0, 1], how much each pixel counts in the style statistics.
    """

    @property
    def weight(self) -> Tensor: ...

    @property
    def valid(self) -> Tensor | None:
        """(B, 1, h, w) in {0, 1}: the pixel belongs to the canvas. None: all do."""
        ...

    @property
    def wrap(self) -> tuple[bool, bool]:
        """Whether each view goes on at its other end: down, across."""
        ...

    def gather(self, picture: Tensor) -> Tensor:
        """(1, C, H, W) to (B, C, h, w), linear."""
        ...

    def scatter(self, gradient: Tensor, into: Tensor) -> None:
        """Add the transpose of ``gather``, of (B, C, h, w), to (1, C, H, W)."""
        ...


def add_transposed(gather: Callable[[Tensor], Tensor], gradient: Tensor, into: Tensor) -> None:
    """``Look.scatter`` for any ``gather`` that autograd knows its way through."""
    with torch.enable_grad():
        anywhere = into.detach().requires_grad_()  # linear: the transpose is the same everywhere
        (found,) = torch.autograd.grad(gather(anywhere), anywhere, gradient)
    into += found


class Canvas(Protocol):
    """Pixels that may change, held as a pyramid of levels from coarse to fine.

    steady: ``looks`` are the same at every step of a stage, so that the loss is one function.
    """

    @property
    def steady(self) -> bool: ...

    def start(self, stage: Stage, palette: Palette, generator: torch.Generator) -> list[Tensor]:
        """The levels to start the first stage from: the content, if any, and noise of the palette."""
        ...

    def begin(self, stage: Stage, levels: list[Tensor]) -> list[Tensor]:
        """The levels to optimise at a stage: those given, and new ones at zero after them."""
        ...

    def decode(self, levels: list[Tensor]) -> Tensor:
        """The picture (1, 3, H, W) of the levels, differentiable."""
        ...

    def subject(self, stage: Stage, levels: list[Tensor]) -> Tensor:
        """What a stage's looks are of (1, 3, H', W'), differentiable: the picture, or what stands for it."""
        ...

    def as_subject(self, stage: Stage, picture: Tensor) -> Tensor:
        """A picture (1, C, H, W) of the canvas, a mask perhaps, as a stage's looks can look at it."""
        ...

    def as_large(self, gradients: list[Tensor]) -> list[Tensor]:
        """Gradients in levels as they were if all pixels were as large; may change those given."""
        ...

    def coordinates(self, like: Tensor) -> Coordinates | None:
        """In which L-BFGS moves pictures like the finest level; None where it cannot, as looks change."""
        ...

    def colors(self, picture: Tensor) -> Tensor:
        """Some colours (P, 3) of a picture of ``decode``, each standing for as much canvas."""
        ...

    def content(self, stage: Stage) -> Tensor | None:
        """The content at a stage's scale, shaped like ``subject``; None for none."""
        ...

    def looks(self, stage: Stage, checkpoint: Callable[[], None]) -> Sequence[Look]:
        """The views of the next step. Each entry fits into memory on its own, and sees something.

        ``checkpoint`` is called now and then and may raise to stop.
        """
        ...

    def around(self, stage: Stage) -> Sequence[Look]:
        """Views of what is painted already, which the rest is to be like; none as a rule."""
        ...

    def views(self, stage: Stage) -> tuple[int, int]:
        """About how many pixels ``looks`` have, all together and the largest of them alone."""
        ...

    def footprint(self, stage: Stage, compact: bool, keep: bool) -> float:
        """About how many bytes a stage takes beside its views.

        compact: 16 bits where that will do. keep: the process keeps the memory that it frees.
        """
        ...

    def shrink(self) -> bool:
        """Take smaller views from now on, as memory ran out. False if they are as small as they get."""
        ...

    def compress(self) -> None:
        """Keep the content in 16 bits where that halves the memory that it takes."""
        ...

    def state(self) -> dict[str, Tensor]:
        """What changes from step to step beside the levels, as it is now: of a checkpoint."""
        ...

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a ``state`` whose tensors are as there, or on the CPU."""
        ...
