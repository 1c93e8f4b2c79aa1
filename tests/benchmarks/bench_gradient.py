"""What an evaluation costs: seconds, peak bytes per view pixel, and evaluations to a given loss.

Run with ``python3 dev.py bench``. Peak memory is measured in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import torch

from nst.core.canvas import Stage
from nst.core.canvas.tiles import TileLook, tiles
from nst.core.encoder import load_encoder
from nst.core.solve.gradient import backpropagate
from nst.core.solve.losses import Losses, region_losses
from nst.core.solve.objective import Objective
from nst.core.style.painting import Painting

LAYERS = ("rgb", "relu1_1", "relu2_1", "relu3_1", "relu4_1")
SIDE = 256
VIEWS = 4


def problem(views: int) -> tuple[torch.Tensor, list[TileLook], object, Objective]:
    torch.manual_seed(0)
    encoder = load_encoder()
    painting = torch.nn.functional.interpolate(torch.rand(1, 3, 32, 32), SIDE, mode="bicubic").clamp(0, 1)
    stage = Stage(SIDE, 1, 0.03, 1.0, LAYERS, ())
    region = region_losses(Painting(painting, encoder), stage, Losses(), 1.0, None, 0)
    picture = torch.rand(1, 3, SIDE, SIDE * views).requires_grad_()
    looks = tiles((SIDE, SIDE * views), torch.device("cpu"), SIDE, halo=0)
    return picture, looks, encoder, Objective((region,))


def seconds(picture: torch.Tensor, looks: list[TileLook], encoder: object, objective: Objective) -> float:
    backpropagate(picture, looks, encoder, objective)  # type: ignore[arg-type]
    times = []
    for _ in range(3):
        started = time.perf_counter()
        backpropagate(picture, looks, encoder, objective)  # type: ignore[arg-type]
        times.append(time.perf_counter() - started)
    return sorted(times)[1]


def evaluations_to(share: float, limit: int = 60) -> int:
    """Adam steps until the loss is a share of its first value."""
    picture, looks, encoder, objective = problem(1)
    optimizer = torch.optim.Adam([picture], lr=0.03)
    first = None
    for step in range(limit):
        optimizer.zero_grad()
        loss = backpropagate(picture, looks, encoder, objective).style  # type: ignore[arg-type]
        first = first or loss
        if loss < share * first:
            return step
        optimizer.step()
    return limit


def growth(views: int) -> int:
    """Peak bytes that an evaluation with so many views takes, beyond what was there before it. Linux only."""
    code = (
        f"import runpy; m = runpy.run_path({__file__!r}); problem = m['problem']({views}); "
        "open('/proc/self/clear_refs', 'w').write('5'); before = m['peak'](); "  # peak = present size
        "m['backpropagate'](*problem); print(m['peak']() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


def peak() -> int:
    """Peak size of this process in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    say = sys.stdout.write
    one, four = seconds(*problem(1)), seconds(*problem(VIEWS))
    say(f"{'':34}{'seconds':>10}{'kpx/s':>10}\n")
    say(f"{'one view of 256 px, one pass':34}{one:10.2f}{SIDE**2 / one / 1e3:10.0f}\n")
    say(f"{'four views of 256 px, two passes':34}{four:10.2f}{VIEWS * SIDE**2 / four / 1e3:10.0f}\n")
    say(f"two passes over one, per view        {four / VIEWS / one:7.2f}\n")
    say(f"evaluations to a tenth of the loss   {evaluations_to(0.1):7d}\n")
    if sys.platform == "linux":
        low, high = growth(1), growth(VIEWS)
        say(f"peak memory, 1 view and {VIEWS} views       {low / 2**20:7.0f} {high / 2**20:7.0f} MiB\n")
        say(f"bytes per pixel of one view          {low / SIDE**2:7.0f}\n")


if __name__ == "__main__":
    main()
