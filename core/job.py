"""What the jobs have in common."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from .solve.progress import Watcher, check_cancelled

COARSEST = 144  # pixels of the painting's longer side at the first scale: its composition
MAGNIFY = 2.0  # how far a painting is enlarged beyond its own pixels
MAX_STYLE = 4096  # pixels of the longer side that a painting is read at


def announce(watcher: Watcher, stage: str) -> None:
    """Say what a job does now. Raises JobCancelled if it should not."""
    check_cancelled(watcher)
    watcher.progress(stage, 0.0, 0, 0, 0.0, -1.0, "")


def style_record(path: str) -> dict[str, Any]:
    """What identifies a painting later: its name and the hash of its file."""
    file = Path(path)
    return {"style": file.name, "style_sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
