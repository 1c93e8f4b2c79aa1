"""What is kept on an image that the engine has made, so that it can be made again."""

from __future__ import annotations

import json
from typing import Any

from ..core.protocol import Hello, job_to_dict
from .host.images import RESULT_MARK
from .runs import Run

STYLE_HASH = "nst_style_sha256"
SEED = "nst_seed"
ENGINE_VERSION = "nst_engine"
_FILES = ("mesh", "sheets", "content", "view", "output", "preview", "live")


def note_settings(image: Any, run: Run, **settings: Any) -> None:
    """Store a finished run's settings on its image, but no paths of this computer's job folders.

    settings: those that are known better than the job does, names in place of files above all.
    """
    kept = job_to_dict(run.job) | settings
    image[RESULT_MARK] = json.dumps({name: value for name, value in kept.items() if name not in _FILES})
    image[STYLE_HASH] = str(run.status.info.get("style_sha256", ""))
    image[SEED] = run.job.seed
    image[ENGINE_VERSION] = run.engine.engine if isinstance(run.engine, Hello) else ""


def said(run: Run) -> tuple[str, ...]:
    """The engine's sentences about a finished run's result."""
    notes = run.status.info.get("notes") or ()
    return tuple(map(str, notes)) if isinstance(notes, (list, tuple)) else (str(notes),)
