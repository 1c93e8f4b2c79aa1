"""The live result: the whole work so far, as the result would be, rewritten while it goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from torch import Tensor

from ..memory import is_out_of_memory
from ..protocol import JobError

log = logging.getLogger(__name__)

SETTLED = 4  # steps of the first stage after which there is something to look at
EVERY = 3.0  # seconds between two writes within a stage, at least
SHARE = 0.05  # of the time that writing may take


class Live:
    """Writes the work at the end of stages and now and then between.

    path: what is written, as progress tells it; empty for nothing. write: makes a result of a picture
    (1, 3, H, W) and writes it.
    """

    def __init__(
        self, path: str, write: Callable[[Tensor], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._write = write
        self._clock = clock
        self._due = 0.0

    def __call__(self, picture: Callable[[], Tensor], ends: bool) -> str:
        """Write what ``picture`` makes if a stage ends or it is time; returns the path if so."""
        began = self._clock()
        if not self._path or (began < self._due and not ends):
            return ""
        try:
            self._write(picture())
        except Exception as error:
            # Its reader may hold the file (Windows), or memory is short: no reason to stop painting.
            if not isinstance(error, JobError) and not is_out_of_memory(error):
                raise
            log.info("no live result: %s", error)
            return ""
        finally:
            ended = self._clock()
            self._due = ended + max(EVERY, (ended - began) / SHARE)
        return self._path
