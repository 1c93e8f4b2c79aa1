"""Previews: a small picture of the work, rewritten while it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from ..images import save_picture
from ..resize import resized

SIDE = 384  # pixels of the longer side
EVERY = 1.5  # seconds


class Previewer:
    """Writes a preview now and then. finish: what turns the work into what is shown."""

    def __init__(self, path: str, finish: Callable[[Tensor], Tensor]) -> None:
        self._path = path
        self._finish = finish
        self._last = 0.0

    def __call__(self, picture: Tensor) -> str:
        """Show the work (1, 3, H, W); returns the preview's path if it was written now."""
        now = time.monotonic()
        if not self._path or now - self._last < EVERY:
            return ""
        self._last = now
        small = resized(self._finish(picture).clamp(0, 1), min(SIDE, max(picture.shape[-2:])))
        save_picture(Path(self._path), small.cpu())
        return self._path
