"""What a picture of any size costs: seconds and peak memory of one step of the solver.

Run with ``python3 dev.py bench``, or alone with ``--size 8192``, which takes minutes on a CPU. The step is
one of the finest scale (rgb to relu3_1, content kept), with the views that the plan chooses for ``--memory``.
Views come one at a time and leave nothing behind, so that a few of them (``--views``) tell the memory of all.
Linux only: peak memory is the process's own high-water mark.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from nst.core.canvas import Look, Stage
from nst.core.canvas.image import ImageCanvas
from nst.core.encoder import load_encoder
from nst.core.memory import keep_freed_memory, return_freed_memory
from nst.core.resize import resized_to
from nst.core.solve.plan import make_plan
from nst.core.solve.schedule import CONTENT_LAYERS, FINEST_LAYERS
from nst.core.solve.stage import Settings, StageRun, StyledRegion
from nst.core.style.painting import Painting

GIB = 2**30


class FewViews(ImageCanvas):
    """Shows some views of a picture, and plans for all."""

    most = 0

    def looks(self, stage: Stage, checkpoint: Callable[[], None]) -> Sequence[Look]:
        every = super().looks(stage, checkpoint)
        return every[: self.most] if self.most else every


def measure(side: int, memory: int, steps: int, views: int) -> tuple[str, float, float]:
    """The plan in words, seconds of a step, and bytes of peak memory. views: at most, 0 for all."""
    keep_freed_memory()
    torch.manual_seed(0)
    encoder = load_encoder()
    painting = Painting(resized_to(torch.rand(1, 3, 32, 32), (512, 512)), encoder)
    content = resized_to(torch.rand(1, 3, 64, 64), (side, side))
    canvas = FewViews(content, float(side), torch.device("cpu"))
    canvas.most = views
    stage = Stage(side, steps, 0.025, 1.0, FINEST_LAYERS, CONTENT_LAYERS)
    plan = make_plan(canvas, encoder, [stage], memory)
    if not plan.keep:
        return_freed_memory()
    if plan.compact:
        canvas.compress()
    coarse = [torch.zeros(1, 3, side // 2, side // 2)]
    run = StageRun(
        canvas,
        [StyledRegion(painting, 0.7)],
        encoder,
        stage,
        canvas.begin(stage, coarse),
        Settings(compact=plan.compact),
    )
    del content, coarse
    started = time.perf_counter()
    for _ in range(steps):
        run.step(lambda: None, lambda _: None)
    seconds = (time.perf_counter() - started) / steps
    levels = run.result()
    del run  # as the solver does before it decodes them
    canvas.decode(levels)
    pixels, largest = canvas.views(stage)
    bits = 16 if plan.compact else 32
    sizes = f"{pixels / largest:.0f} views of {largest**0.5:.0f} px"
    words = f"{sizes}, {bits} bits, {plan.bytes / GIB:.2f} GiB planned"
    return words, seconds, peak()


def peak() -> int:
    """Peak size of this process in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--memory", type=float, default=6.0, help="GiB that the plan may use")
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--views", type=int, default=0, help="look at so many views only; 0 for all")
    options = parser.parse_args()
    words, seconds, bytes_ = measure(options.size, int(options.memory * GIB), options.steps, options.views)
    sys.stdout.write(
        f"{options.size} x {options.size}: {words}; {seconds:.1f} s a step, peak {bytes_ / GIB:.2f} GiB\n"
    )


if __name__ == "__main__":
    main()
