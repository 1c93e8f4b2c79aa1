"""Stereo renders: the left eye is painted, the right one sees the same paint, and only what the left one does
not see is painted for it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from torch import Tensor

from ..job import announce, check_output
from ..picture import ReadyPicture
from ..protocol import FLAT, PAIR, RenderJob
from ..regions import in_last_colors
from ..render.healed import healed, healing_canvas
from ..render.job import UNPAINTED, ReadyRender, Render, prepare_opened, read_render
from ..render.view import View
from ..render.writing import write_light
from ..solve.plan import Plan
from ..solve.preview import Previewer
from ..solve.progress import Watcher
from ..work import describe
from .eyes import Eye, open_eyes
from .layout import both, joined
from .view import right_view


def stylize_stereo(job: RenderJob, watcher: Watcher) -> dict[str, Any]:
    """Do a render job of two eyes. As ``stylize_render``.

    The files are read again after painting, as both eyes of a large panorama would not fit beside it.
    """
    started = time.monotonic()
    if job.strength == 0:
        return _unpainted(job, watcher)
    ready = _prepared(job, watcher)
    picture, notes = ready.picture, ready.render.part.notes
    del ready
    painted = picture.paint(watcher, job.preview, None)
    painted = replace(painted, picture=picture.canvas.finished(painted.picture).cpu())
    second, healed, doubts = _right(job, picture, painted.picture, watcher)
    announce(watcher, "Writing the pictures", 1.0)
    save_eyes(job, _colored(job, picture, (painted.picture, second)))
    picture.work.discard_checkpoint()
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": list(picture.canvas.shape),
        **describe(job, picture.work, painted),
        "stroke": picture.strokes.size,
        "healed": round(healed, 4),
        **picture.record,
        "notes": [*notes, *doubts, *picture.notes, *painted.notes],
    }


def plan_stereo(job: RenderJob, watcher: Watcher) -> Plan:
    """What the left eye would cost. Raises JobError, JobCancelled."""
    return _prepared(job, watcher).picture.work.plan


def _unpainted(job: RenderJob, watcher: Watcher) -> dict[str, Any]:
    """At strength 0 the renders go through everything but painting."""
    left, right = _opened(job, watcher)
    announce(watcher, "Writing the pictures", 1.0)
    save_eyes(job, as_they_were(left, right))
    size = list(left.content.shape[-2:])
    return {"size": size, "part": job.part, "seed": job.seed, "notes": [UNPAINTED]}


def _prepared(job: RenderJob, watcher: Watcher) -> ReadyRender:
    """The left eye's. The right one is read, too, so that what is wrong with it is said now."""
    return prepare_opened(job, _opened(job, watcher)[0].render, watcher)


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
    job: RenderJob, picture: ReadyPicture, painted: Tensor, watcher: Watcher
) -> tuple[Tensor, float, tuple[str, ...]]:
    """The right eye's picture (1, 3, H, W) of what the left one's is painted with; how much of it is new.

    And notes on how the eyes were found to lie.
    """
    announce(watcher, "Comparing the eyes")
    left, right = open_eyes(job)
    view = right_view(job, left, right)
    there, missing, doubts = view.of(painted).clamp_(0, 1), ~view.seen, view.doubts
    del left, view  # they are as large as the pictures, as is what else is let go of here
    if not bool(missing.any()):
        return there, 0.0, doubts
    canvas = healing_canvas(picture, right.content, there, missing, right.surfaces.index)
    layers, masks = right.render.layers, [right.render.mask(mask) for mask in job.controls.masks]
    del right, there
    announce(watcher, "Painting what the left eye does not see")
    show = Previewer(job.preview, canvas.shown)
    whole = healed(picture, job, layers, masks, canvas, watcher, show)
    return whole, float(missing.float().mean()), doubts


def _colored(
    job: RenderJob, picture: ReadyPicture, pictures: Iterable[Tensor]
) -> Iterator[tuple[Render, Tensor]]:
    """Both eyes' painted contents in their last colours, with their renders."""
    for side, painted in zip(both(job.stereo.layout), pictures, strict=True):
        render = read_render(job, side.file(job.content), side)
        yield render, in_last_colors(painted, render.content, picture.places)


def as_they_were(*eyes: Eye) -> Iterator[tuple[Render, Tensor]]:
    """As ``save_eyes`` writes eyes of which nothing was painted."""
    return ((eye.render, eye.content) for eye in eyes)


def save_eyes(job: RenderJob, eyes: Iterable[tuple[Render, Tensor]]) -> None:
    """Write the left and the right eye's painted content, with their renders, laid out as the job's.

    Raises as ``Render.save``.
    """
    layout = job.stereo.written
    if layout == PAIR:
        for side, (render, picture) in zip(both(layout), eyes, strict=True):
            render.save(side.file(job.output), picture)
        return
    (left, alpha, view), (right, other, _) = (_lit(render, picture) for render, picture in eyes)
    light = joined(left, right, layout)
    del left, right
    alpha = None if alpha is None or other is None else joined(alpha, other, layout)
    write_light(job.output, light, alpha, view, FLAT)  # no metadata says that a file holds two


def _lit(render: Render, picture: Tensor) -> tuple[Tensor, Tensor | None, View]:
    return render.part.lit(picture), render.alpha, render.view
