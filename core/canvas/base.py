"""What every canvas offers to the solver."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class Stage:
    """One scale of the coarse-to-fine schedule.

    painting: the painting's longer side at this scale, in view pixels.
    steps: gradient steps. rate: step size of the optimiser, in units of colour [0, 1].
    share: part of the canvas that the views of one step see, about.
    layers: encoder layers whose statistics are matched. content: those that hold content.
    """

    painting: int
    steps: int
    rate: float
    share: float
    layers: tuple[str, ...]
    content: tuple[str, ...]


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
    def valid(self) -> Tensor:
        """(B, 1, h, w) in {0, 1}: the pixel belongs to the canvas."""
        ...

    def gather(self, picture: Tensor) -> Tensor:
        """(1, C, H, W) to (B, C, h, w), differentiable."""
        ...


class Canvas(Protocol):
    """Pixels that may change, held as a pyramid of levels from coarse to fine."""

    def start(self, stage: Stage, palette: Palette, generator: torch.Generator) -> list[Tensor]:
        """The levels to start the first stage from: the content, if any, and noise of the palette."""
        ...

    def begin(self, stage: Stage, levels: list[Tensor]) -> list[Tensor]:
        """The levels to optimise at a stage: those given, and new ones at zero after them."""
        ...

    def decode(self, levels: list[Tensor]) -> Tensor:
        """The picture (1, 3, H, W) of the levels, differentiable."""
        ...

    def colors(self, picture: Tensor) -> Tensor:
        """Some colours (P, 3) of a picture of ``decode``, each standing for as much canvas."""
        ...

    def content(self, stage: Stage) -> Tensor | None:
        """The content picture at a stage's scale, shaped like ``decode``'s; None for none."""
        ...

    def looks(self, stage: Stage, checkpoint: Callable[[], None]) -> Sequence[Look]:
        """The views of the next step. Each entry fits into memory on its own, and sees something.

        ``checkpoint`` is called now and then and may raise to stop.
        """
        ...
