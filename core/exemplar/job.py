"""The sphere job: make renders look like a painted sphere."""

from __future__ import annotations

from typing import Any

from ..protocol import SphereJob
from ..solve.progress import Watcher


def stylize_sphere(job: SphereJob, watcher: Watcher) -> dict[str, Any]:
    """Do a sphere job; returns what is worth keeping with the result. Raises JobError, JobCancelled."""
    raise NotImplementedError
