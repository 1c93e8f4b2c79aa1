"""What is attached to a peer while it runs: counts evaluations, keeps pictures, times and memory.

A hook that torch offers before every optimiser's step wraps the closure, so no code of a peer is
touched. The clock starts at the first evaluation and stands still while a picture is kept.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook

from .pictures import Convention

CHECKS = (1, 5, 20)  # evaluations at full size whose gradients are kept, to compare objectives


class Finished(Exception):
    """Enough evaluations."""


@dataclass(frozen=True)
class Task:
    """Files are 8-bit pictures of one size. device: "cpu" or "cuda". padding, tile: of our own engine."""

    folder: Path
    size: int
    evaluations: int
    device: str
    padding: str = "zeros"
    tile: int = 1024

    @property
    def content(self) -> Path:
        return self.folder / "content.png"

    @property
    def style(self) -> Path:
        return self.folder / "style.png"

    @property
    def start(self) -> Path:
        return self.folder / "start.png"


@dataclass
class Moment:
    """One evaluation: seconds since the first began, and the loss as the peer itself sees it."""

    evaluation: int
    seconds: float
    own_loss: float | None = None


@dataclass
class Recorder:
    """Keeps what a peer does. before: bytes that the process has with torch at work, and no more."""

    task: Task
    folder: Path
    convention: Convention
    before: int
    moments: list[Moment] = field(default_factory=list)
    evaluations: int = 0
    peak_loading: int = 0
    _whole: int = 0
    _started: float | None = None
    _excluded: float = 0.0

    def attach(self) -> None:
        """Watch every optimiser of this process from now on."""
        register_optimizer_step_pre_hook(self._before_step)

    def wrap(self, closure: Callable[[], Any], picture: Callable[[], Tensor]) -> Callable[[], Any]:
        """A closure that is counted. picture: what it evaluates, in the peer's own convention."""

        def counted() -> Any:
            self.begin()
            loss = closure()
            self.evaluated(picture(), None if loss is None else float(loss))
            return loss

        return counted

    def begin(self) -> None:
        """The first evaluation begins, if it has not yet."""
        if self._started is None:
            if self.task.device != "cpu":
                torch.cuda.synchronize()
            self.peak_loading = peak(self.task.device)
            forget_peak(self.task.device)
            self._started = time.perf_counter()

    def evaluated(self, picture: Tensor, loss: float | None = None) -> None:
        """An evaluation of a picture is over; raises Finished after the last."""
        if self.task.device != "cpu":
            torch.cuda.synchronize()
        now = time.perf_counter()
        if self._started is None:
            raise RuntimeError("begin() was not called before the first evaluation")
        self.evaluations += 1
        self._whole += picture.shape[-1] == self.task.size
        checked = picture.shape[-1] == self.task.size and self._whole in CHECKS
        if checked or self.evaluations in kept(self.task.evaluations):
            self.moments.append(Moment(self.evaluations, now - self._started - self._excluded, loss))
            saved: dict[str, Any] = {"picture": self.convention.decode(picture.detach()).cpu()}
            if checked and picture.grad is not None:
                saved["gradient"] = self.convention.gradient(picture.grad.detach()).cpu()
            torch.save(saved, self.folder / f"{self.evaluations}.pt")
        if self.evaluations >= self.task.evaluations:
            raise Finished
        self._excluded += time.perf_counter() - now

    def result(self) -> dict[str, Any]:
        """What is known at the end, for JSON. peak: since the first evaluation began."""
        return {
            "moments": [asdict(moment) for moment in self.moments],
            "evaluations": self.evaluations,
            "before": self.before,
            "peak_loading": self.peak_loading,
            "peak": peak(self.task.device),
        }

    def _before_step(self, optimizer: Optimizer, words: Any, named: Any) -> Any:
        picture = optimizer.param_groups[0]["params"][0]
        closure = named.get("closure") or next((word for word in words[1:] if callable(word)), None)
        if closure is None:  # as with Adam: the gradient is there already, and the adapter called begin
            self.evaluated(picture)
            return None
        return (words[0],), {"closure": self.wrap(closure, lambda: picture)}


def kept(evaluations: int) -> set[int]:
    """At which evaluations the picture is kept: dense at first, then every 25."""
    steps = {1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 60, 80, 100, *range(125, evaluations + 1, 25)}
    return {step for step in steps if step <= evaluations} | {evaluations}


def present(device: str) -> int:
    """Memory of this process now; on a GPU, that of torch."""
    return int(torch.cuda.memory_allocated()) if device != "cpu" else _status("VmRSS")


def peak(device: str) -> int:
    """The most since ``forget_peak``."""
    return int(torch.cuda.max_memory_allocated()) if device != "cpu" else _status("VmHWM")


def forget_peak(device: str) -> None:
    """The peak is the present from now on. Linux only, for the processor's memory."""
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats()
    elif sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _status(key: str) -> int:
    if sys.platform != "linux":
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))
