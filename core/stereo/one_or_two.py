"""Jobs of renders and of animations, of one eye or of two."""

from __future__ import annotations

from typing import Any

from ..protocol import AnimationJob, RenderJob
from ..render.animation import plan_animation, stylize_animation
from ..render.job import plan_render, stylize_render
from ..solve.plan import Plan
from ..solve.progress import Watcher
from .animation import stylize_stereo_animation
from .job import plan_stereo, stylize_stereo


def stylize_seen(job: RenderJob, watcher: Watcher) -> dict[str, Any]:
    """Do a render job. As ``stylize_render``."""
    return stylize_stereo(job, watcher) if job.stereo.layout else stylize_render(job, watcher)


def stylize_film(job: AnimationJob, watcher: Watcher) -> dict[str, Any]:
    """Do an animation job. As ``stylize_animation``."""
    return stylize_stereo_animation(job, watcher) if job.stereo.layout else stylize_animation(job, watcher)


def plan_film(job: AnimationJob, watcher: Watcher) -> Plan:
    """What the first frame would cost. Raises JobError, JobCancelled."""
    return plan_animation(job, watcher)


def plan_seen(job: RenderJob, watcher: Watcher) -> Plan:
    """What the job would cost. Raises JobError, JobCancelled."""
    return plan_stereo(job, watcher) if job.stereo.layout else plan_render(job, watcher)
