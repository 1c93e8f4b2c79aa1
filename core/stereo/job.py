"""Stereo renders: the left eye is painted, the right one sees the same paint, and only what the left one does
not see is painted for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from ..job import announce, check_output
from ..picture import ReadyPicture
from ..protocol import FLAT, PAIR, RenderJob
from ..regions import in_last_colors
from ..render.healed import healed, healing_canvas
from ..render.job import UNPAINTED, ReadyRender, Render, prepare_opened
from ..solve.plan import Plan
from ..solve.preview import Previewer
from ..solve.progress import Watcher
from ..work import describe
from .eyes import Eye, open_eyes, right_view
from .layout import both, joined


def stylize_stereo(job: RenderJob, watcher: Watcher) -> dict[str, Any]:
    """Do a render job of two eyes. As ``stylize_render``."""
    started = time.monotonic()
    if job.strength == 0:
        return _unpainted(job, watcher)
    left, ready = _prepared(job, watcher)
    picture, canvas = ready.picture, ready.picture.canvas
    painted = picture.paint(watcher, job.preview, None)
    painted = replace(painted, picture=canvas.finished(painted.picture).cpu())
    announce(watcher, "Comparing the eyes")
    right = open_eyes(job)[1]  # again, as a large one would not fit beside the painting of the left one
    second, healed = _right(job, left, right, picture, painted.picture, watcher)
    announce(watcher, "Writing the pictures", 1.0)
    colored = _colored(painted.picture, left, picture), _colored(second, right, picture)
    save_eyes(job, (left.render, right.render), colored)
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
    return _prepared(job, watcher)[1].picture.work.plan


def _unpainted(job: RenderJob, watcher: Watcher) -> dict[str, Any]:
    """At strength 0 the renders go through everything but painting."""
    left, right = _opened(job, watcher)
    announce(watcher, "Writing the pictures", 1.0)
    save_eyes(job, (left.render, right.render), (left.content, right.content))
    size = list(left.content.shape[-2:])
    return {"size": size, "part": job.part, "seed": job.seed, "notes": [UNPAINTED]}


def _prepared(job: RenderJob, watcher: Watcher) -> tuple[Eye, ReadyRender]:
    """The left eye. The right one was read, too, so that what is wrong with it is said now."""
    left, _ = _opened(job, watcher)
    return left, prepare_opened(job, left.render, watcher)


def _opened(job: RenderJob, watcher: Watcher) -> tuple[Eye, Eye]:
    announce(watcher, "Reading the files")
    check_outputs(job)
    return open_eyes(job)


def check_outputs(job: RenderJob) -> None:
    """As ``check_output``, of both eyes."""
    for side, written in zip(both(job.stereo.layout), both(job.stereo.written), strict=True):
        content, depth = side.file(job.content), side.file(job.stereo.depth)
        read = {"style": job.style, "content": content, "depth": depth, "view": job.view}
        check_output(replace(job, output=written.file(job.output)), {**read, **job.controls.sources})


def _right(
    job: RenderJob, left: Eye, right: Eye, picture: ReadyPicture, painted: Tensor, watcher: Watcher
) -> tuple[Tensor, float]:
    """The right eye's picture (1, 3, H, W) of what the left one's is painted with; how much of it is new."""
    view = right_view(job, left, right)
    there, missing = view.of(painted).clamp(0, 1), ~view.seen
    del view  # it is as large as the pictures
    if not bool(missing.any()):
        return there, 0.0
    canvas = healing_canvas(picture, right.content, there, missing, right.surfaces.index)
    layers = right.render.layers
    masks = [right.render.mask(mask) for mask in job.controls.masks]
    announce(watcher, "Painting what the left eye does not see")
    show = Previewer(job.preview, canvas.shown)
    whole = healed(picture, job, layers, masks, canvas, watcher, show)
    return whole, float(missing.float().mean())


def _colored(painted: Tensor, eye: Eye, picture: ReadyPicture) -> Tensor:
    if picture.original is None:
        return painted
    return in_last_colors(painted, eye.content, picture.places)


def save_eyes(job: RenderJob, renders: Sequence[Render], pictures: Sequence[Tensor]) -> None:
    """Write the left and the right eye's painted content, laid out as the job's.

    Raises as ``Render.save``.
    """
    layout = job.stereo.written
    if layout == PAIR:
        for side, render, picture in zip(both(layout), renders, pictures, strict=True):
            render.save(side.file(job.output), picture)
        return
    lights = [render.part.lit(picture) for render, picture in zip(renders, pictures, strict=True)]
    alphas = [render.alpha for render in renders]
    alpha = None if alphas[0] is None or alphas[1] is None else joined(alphas[0], alphas[1], layout)
    pair = replace(renders[0], projection=FLAT)  # no metadata says that a file holds two
    pair.write(job.output, joined(lights[0], lights[1], layout), alpha)
