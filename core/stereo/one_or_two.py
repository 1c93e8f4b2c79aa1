"""Render jobs of one eye or of two."""

from __future__ import annotations

from typing import Any

from ..protocol import RenderJob
from ..render.job import plan_render, stylize_render
from ..solve.plan import Plan
from ..solve.progress import Watcher
from .job import plan_stereo, stylize_stereo


def stylize_seen(job: RenderJob, watcher: Watcher) -> dict[str, Any]:
    """Do a render job. As ``stylize_render``."""
    return stylize_stereo(job, watcher) if job.stereo.layout else stylize_render(job, watcher)


def plan_seen(job: RenderJob, watcher: Watcher) -> Plan:
    """What the job would cost. Raises JobError, JobCancelled."""
    return plan_stereo(job, watcher) if job.stereo.layout else plan_render(job, watcher)
