"""Work on the engine that goes on while Blender is used."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...core.protocol import JobError, Remedy
from .steps import EngineReport, Steps

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EngineTask:
    """Work on the engine: an installation or a check. ``done`` gets its report or its error."""

    title: str
    steps: Steps
    log_path: Path
    done: Callable[[EngineReport | None, JobError | None], None]


def engine_fault(title: str, error: Exception) -> JobError:
    """Why work on the engine has failed, in a sentence."""
    if isinstance(error, JobError):
        return error
    log.error("%s failed", title, exc_info=error)
    return JobError(
        "install_failed", f"{title} failed ({type(error).__name__}): {error}.", Remedy.SETUP_ENGINE
    )
