"""When a stage has nothing left to gain."""

from __future__ import annotations

from collections.abc import Sequence

LEAST = 0.002  # share of the loss that a window of steps has to gain over all before it


def on_plateau(losses: Sequence[float], steps: int) -> bool:
    """Whether the best of a stage's last losses is hardly better than the best before. steps: it may take."""
    width = max(8, steps // 10)
    if len(losses) < 2 * width:
        return False
    before, now = min(losses[:-width]), min(losses[-width:])
    return before - now < LEAST * abs(before)
