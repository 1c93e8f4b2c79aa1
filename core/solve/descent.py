"""Ways down, and Adam: the one for a loss that is another function at each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

# Adam moves what hardly has a gradient as fast as the rest. Where a gradient is below this part
# of its level's usual size, it is moved less: points that are seldom seen would turn to noise.
QUIET = 0.1
BETAS = (0.9, 0.99)
AVERAGE = 0.9  # of the iterates: what a stage hands on is their moving average
CHUNK = 2**22  # numbers that are moved at a time: what that needs meanwhile stays small

Evaluate = Callable[[], tuple[float, list[Tensor]]]  # loss, and its gradient in each level


class Descent(Protocol):
    """Moves levels, in place."""

    def step(self, evaluate: Evaluate, rate: float) -> float:
        """One evaluation and one move; returns the loss before it. rate: of Adam, in units of colour."""
        ...

    def result(self) -> list[Tensor]:
        """The levels to go on with."""
        ...

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint keeps of it; empty if it can only begin again, which is soon done."""
        ...

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a ``state`` on any device."""
        ...


class Adam:
    """Adam (Kingma and Ba 2015) on each level of a pyramid, with a moving average of the iterates.

    Differs in its epsilon, a share of each level's first gradient. compact: large levels keep moments and
    average in 16 bits, which halves the memory that they take; the arithmetic stays in float32. as_large: as
    of ``Canvas``; else what is small would be quiet.
    """

    def __init__(
        self,
        levels: Sequence[Tensor],
        compact: bool = False,
        as_large: Callable[[list[Tensor]], list[Tensor]] = lambda gradients: gradients,
    ) -> None:
        self._levels, self._as_large = levels, as_large
        small = [compact and level.numel() > CHUNK for level in levels]
        self._first = [
            torch.zeros_like(v, dtype=torch.bfloat16 if s else v.dtype)
            for v, s in zip(levels, small, strict=True)
        ]
        self._second = [torch.zeros_like(first) for first in self._first]
        self._average = [
            level.to(torch.float16 if s else level.dtype, copy=True)
            for level, s in zip(levels, small, strict=True)
        ]
        self._quiet: list[float] = []
        self._steps = 0

    def step(self, evaluate: Evaluate, rate: float) -> float:
        loss, gradients = evaluate()
        gradients = self._as_large(gradients)
        if not self._quiet:
            self._quiet = [QUIET * max(float(g.square().mean().sqrt()), 1e-20) for g in gradients]
        self._steps += 1
        every = (self._levels, gradients, self._first, self._second, self._average)
        for quiet, *tensors in zip(self._quiet, *every, strict=True):
            for x, g, first, second, average in zip(
                *(t.reshape(-1).split(CHUNK) for t in tensors), strict=True
            ):
                self._move(x, g, first, second, average, quiet, rate)
        return loss

    def result(self) -> list[Tensor]:
        return [x.to(v.dtype) for x, v in zip(self._average, self._levels, strict=True)]

    def state(self) -> dict[str, Tensor]:
        found = {f"first.{i}": x for i, x in enumerate(self._first)}
        found |= {f"second.{i}": x for i, x in enumerate(self._second)}
        found |= {f"average.{i}": x for i, x in enumerate(self._average)}
        found["quiet"] = torch.tensor(self._quiet, dtype=torch.float64)
        found["steps"] = torch.tensor(self._steps)
        return found

    def restore(self, state: dict[str, Tensor]) -> None:
        every = (("first", self._first), ("second", self._second), ("average", self._average))
        for name, kept in every:
            for i, x in enumerate(kept):
                x.copy_(state[f"{name}.{i}"])
        self._quiet = state["quiet"].tolist()
        self._steps = int(state["steps"])

    def _move(
        self, x: Tensor, g: Tensor, first: Tensor, second: Tensor, average: Tensor, quiet: float, rate: float
    ) -> None:
        mean = first.to(x.dtype).lerp_(g, 1 - BETAS[0])
        square = second.to(x.dtype).mul_(BETAS[1]).addcmul_(g, g, value=1 - BETAS[1])
        first.copy_(mean)
        second.copy_(square)
        spread = (square / (1 - BETAS[1] ** self._steps)).sqrt_().add_(quiet)
        x.addcdiv_(mean, spread, value=-rate / (1 - BETAS[0] ** self._steps))
        keep = min(AVERAGE, self._steps / (self._steps + 10))
        average.copy_(average.to(x.dtype).lerp_(x, 1 - keep))
