"""L-BFGS on pixels: the way down where the loss is one function."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import torch
from torch import Tensor

from ..canvas.coordinates import Coordinates
from .descent import Evaluate

HISTORY = 32 * 2**20  # bytes in which steps are remembered, if they are not fewer than SHORT
SHORT, LONG = 10, 100  # steps that are remembered at least and at most
FIRST = 0.05  # units of colour (root of the mean square) by which pixels move as long as curvature is unknown
LONGEST = 0.1  # the same of any step: what was learnt of the curvature does not hold further away
SHRINK = (0.1, 0.5)  # a step that led up is made so much shorter, at most and at least
STUBBORN = 6  # times in a row: then the curvature that was learnt is forgotten
CURVED = 1e-10  # a step is remembered if s.y is above this part of y.y


class QuasiNewton:
    """L-BFGS (Liu and Nocedal 1989) on the pixels, that is, on the finest level of a pyramid.

    It moves coordinates of theirs. A step costs one evaluation: its length is 1, without a search, as usual
    in this field, but it moves pixels by ``LONGEST`` at most. Where the loss is larger than before it, the
    next step goes along the same line, to the bottom of the parabola through what is known of it (Nocedal and
    Wright 2006, section 3.5).
    """

    def __init__(self, levels: Sequence[Tensor], coordinates: Coordinates) -> None:
        self._levels = levels
        self._pixels = levels[-1]
        self._start = self._pixels.clone()
        self._best = self._pixels.clone()
        self._least = math.inf
        self._coordinates = coordinates
        self._curvature = Curvature(history(self._pixels.nbytes))
        # Where the last step started that led down, as coordinates of what was added to the first picture;
        # the loss and the gradient there; where it goes and how far.
        self._at = torch.zeros_like(coordinates.transposed(self._pixels))
        self._loss = math.inf
        self._gradient: Tensor | None = None
        self._direction = torch.zeros_like(self._at)
        self._length = 1.0
        self._failed = 0

    def step(self, evaluate: Evaluate, rate: float) -> float:
        loss, gradients = evaluate()
        if loss < self._least:
            self._least = loss
            self._best.copy_(self._pixels)
        if self._gradient is None or loss <= self._loss:
            self._accept(loss, self._coordinates.transposed(gradients[-1]))
        else:
            self._shorten(loss, self._gradient)
        added = self._coordinates.decode(torch.add(self._at, self._direction, alpha=self._length))
        self._pixels.copy_(self._start + added)
        return loss

    def result(self) -> list[Tensor]:
        return [*self._levels[:-1], self._best]

    def state(self) -> dict[str, Tensor]:
        return {}

    def restore(self, state: dict[str, Tensor]) -> None:
        return

    def _accept(self, loss: float, gradient: Tensor) -> None:
        if self._gradient is not None:
            step = self._direction.mul_(self._length)
            self._at += step
            self._curvature.learn(step, gradient - self._gradient)
        self._loss, self._gradient, self._failed = loss, gradient, 0
        self._direction, self._length = self._down(gradient), 1.0

    def _shorten(self, loss: float, gradient: Tensor) -> None:
        self._failed += 1
        if self._failed % STUBBORN == 0:
            self._curvature.forget()
            self._direction = self._down(gradient)
            self._length = 0.5**self._failed
            return
        slope = self._length * _dot(gradient, self._direction)
        over = loss - self._loss - slope
        bottom = -slope / (2 * over) if math.isfinite(over) and over > 0 else 0.0
        self._length *= min(max(bottom, SHRINK[0]), SHRINK[1])

    def _down(self, gradient: Tensor) -> Tensor:
        """A step, of length 1."""
        step = self._curvature.newton(gradient)
        if not self._curvature or _dot(step, gradient) >= 0:
            self._curvature.forget()
            step = gradient.neg()
        moved = float(self._coordinates.decode(step).square().mean().sqrt())
        furthest = LONGEST if self._curvature else FIRST
        if moved > furthest or not self._curvature:
            step *= furthest / max(moved, 1e-30)
        return step


class Curvature:
    """What steps and the changes of the gradient over them tell of the Hessian (Nocedal 1980)."""

    def __init__(self, count: int) -> None:
        """count: of the last steps that are remembered."""
        self._pairs: deque[tuple[Tensor, Tensor, float]] = deque(maxlen=count)

    def __len__(self) -> int:
        return len(self._pairs)

    def learn(self, step: Tensor, change: Tensor) -> None:
        """Remember a step and how the gradient changed, unless the loss curves downwards there."""
        along = _dot(step, change)
        if along > CURVED * _dot(change, change):
            self._pairs.append((step, change, along))

    def forget(self) -> None:
        self._pairs.clear()

    def newton(self, gradient: Tensor) -> Tensor:
        """Minus the inverse Hessian times a gradient, by the two-loop recursion."""
        step = gradient.neg()
        shares = []
        for s, y, along in reversed(self._pairs):
            shares.append(_dot(s, step) / along)
            step.sub_(y, alpha=shares[-1])
        if self._pairs:
            _, y, along = self._pairs[-1]
            step *= along / _dot(y, y)
        for (s, y, along), share in zip(self._pairs, reversed(shares), strict=True):
            step.add_(s, alpha=share - _dot(y, step) / along)
        return step


def history(size: int) -> int:
    """How many steps L-BFGS remembers of a picture of so many bytes: each takes twice as many."""
    return min(max(HISTORY // (2 * size), SHORT), LONG)


def _dot(x: Tensor, y: Tensor) -> float:
    return float(torch.dot(x.reshape(-1), y.reshape(-1)))
