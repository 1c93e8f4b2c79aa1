"""Stereo renders: the left eye is painted, the right one sees the same paint, and only what the left one does
not see is painted for it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from torch import Tensor

from ..job import announce, check_output
from ..picture import ReadyPicture
from ..protocol import PAIR, RenderJob
from ..protocol.stereo import files_of
from ..regions import in_last_colors
from ..render.healed import healed, healing_canvas
from ..render.job import UNPAINTED, ReadyRender, prepare_opened, render_mask
from ..solve.plan import Plan
from ..solve.preview import Previewer
from ..solve.progress import Watcher
from ..work import describe
from .eyes import Eye, open_eyes, right_view
from .layout import joined


def stylize_stereo(job: RenderJob, watcher: Watcher) -> dict[str, Any]:
    """Do a render job of two eyes. As ``stylize_render``."""
    started = time.monotonic()
    if job.strength == 0:
        return _unpainted(job, watcher)
    left, right, ready = _prepared(job, watcher)
    picture = ready.picture
    painted = picture.paint(watcher, job.preview, None)
    canvas = picture.canvas
    first = canvas.finished(painted.picture).cpu()
    announce(watcher, "Comparing the eyes")
    second, healed = _right(job, left, right, picture, first, watcher)
    announce(watcher, "Writing the pictures", 1.0)
    _save(job, (left, right), (_colored(first, left, picture), _colored(second, right, picture)))
    picture.work.discard_checkpoint()
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": list(canvas.shape),
        **describe(job, picture.work, painted),
        "stroke": picture.strokes.size,
        "healed": round(healed, 4),
        **picture.record,
        "notes": [*left.render.part.notes, *picture.notes, *painted.notes],
    }


def plan_stereo(job: RenderJob, watcher: Watcher) -> Plan:
    """What the left eye would cost. Raises JobError, JobCancelled."""
    return _prepared(job, watcher)[2].picture.work.plan


def _unpainted(job: RenderJob, watcher: Watcher) -> dict[str, Any]:
    """At strength 0 the renders go through everything but painting."""
    left, right = _opened(job, watcher)
    announce(watcher, "Writing the pictures", 1.0)
    _save(job, (left, right), (left.content, right.content))
    size = list(left.content.shape[-2:])
    return {"size": size, "part": job.part, "seed": job.seed, "notes": [UNPAINTED]}


def _prepared(job: RenderJob, watcher: Watcher) -> tuple[Eye, Eye, ReadyRender]:
    left, right = _opened(job, watcher)
    return left, right, prepare_opened(job, left.render, watcher)


def _opened(job: RenderJob, watcher: Watcher) -> tuple[Eye, Eye]:
    announce(watcher, "Reading the files")
    for content, output in zip(
        files_of(job.content, job.stereo.layout), files_of(job.output, job.stereo.written), strict=True
    ):
        read = {"style": job.style, "content": content, "depth": job.stereo.depth, "view": job.view}
        check_output(replace(job, output=output), {**read, **job.controls.sources})
    return open_eyes(job)


def _right(
    job: RenderJob, left: Eye, right: Eye, picture: ReadyPicture, painted: Tensor, watcher: Watcher
) -> tuple[Tensor, float]:
    """The right eye's picture (1, 3, H, W) of what the left one's is painted with; how much of it is new."""
    view = right_view(job, left, right)
    there = view.of(painted).clamp(0, 1)
    missing = ~view.seen
    if not bool(missing.any()):
        return there, 0.0
    canvas = healing_canvas(picture, right.content, there, missing, right.surfaces.index)
    layers = right.render.layers
    masks = [render_mask(mask, layers) for mask in job.controls.masks]
    announce(watcher, "Painting what the left eye does not see")
    show = Previewer(job.preview, canvas.shown)
    whole = healed(picture, job, layers, masks, canvas, watcher, show)
    return whole, float(missing.float().mean())


def _colored(painted: Tensor, eye: Eye, picture: ReadyPicture) -> Tensor:
    if picture.original is None:
        return painted
    return in_last_colors(painted, eye.content, picture.places)


def _save(job: RenderJob, eyes: tuple[Eye, Eye], pictures: tuple[Tensor, Tensor]) -> None:
    layout = job.stereo.written
    if layout == PAIR:
        for eye, picture, path in zip(eyes, pictures, files_of(job.output, layout), strict=True):
            eye.render.save(path, picture)
        return
    lights = [eye.render.part.lit(picture) for eye, picture in zip(eyes, pictures, strict=True)]
    alphas = [eye.render.alpha for eye in eyes]
    alpha = None if alphas[0] is None or alphas[1] is None else joined(alphas[0], alphas[1], layout)
    eyes[0].render.write(job.output, joined(lights[0], lights[1], layout), alpha)
