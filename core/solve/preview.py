"""Previews: a small picture of the work, rewritten while it goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from ..images import save_picture
from ..protocol import JobError
from ..resize import resized

log = logging.getLogger(__name__)

SIDE = 384  # pixels of the longer side
EVERY = 1.5  # seconds


class Previewer:
    """Writes a preview now and then. finish: what turns the work into what is shown."""

    def __init__(self, path: str, finish: Callable[[Tensor], Tensor]) -> None:
        self._path = path
        self._finish = finish
        self._last = 0.0

    def __call__(self, picture: Callable[[], Tensor]) -> str:
        """Show the work (1, 3, H, W), if it is time; returns the preview's path if it was written now."""
        now = time.monotonic()
        if not self._path or now - self._last < EVERY:
            return ""
        self._last = now
        shown = self._finish(picture())
        try:
            save_picture(Path(self._path), resized(shown, min(SIDE, max(shown.shape[-2:]))).clamp(0, 1).cpu())
        except JobError as error:  # its reader may hold the file (Windows): no reason to stop painting
            log.info("no preview: %s", error.message)
            return ""
        return self._path
