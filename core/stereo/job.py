"""Stereo renders: the left eye is painted, the right one sees the same paint, and only what the left one does
not see is painted for it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from torch import Tensor

from ..canvas.healing import HealingCanvas
from ..job import announce, check_output
from ..masks import guides
from ..motion.feather import feathered
from ..picture import ReadyPicture
from ..protocol import PAIR, RenderJob
from ..protocol.stereo import files_of
from ..regions import Place, in_last_colors, recolored_content
from ..render.guidance import guidance_of
from ..render.job import ReadyRender, prepare_opened, render_mask
from ..solve.plan import Plan
from ..solve.preview import Previewer
from ..solve.progress import Watcher
from ..styling import losses_of
from ..work import describe, planned
from .eyes import Eye, open_eyes, right_view
from .layout import joined

FEATHER = 0.7  # strokes over which old paint fades into new beside it, as in animations


def stylize_stereo(job: RenderJob, watcher: Watcher) -> dict[str, Any]:
    """Do a render job of two eyes. As ``stylize_render``."""
    started = time.monotonic()
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


def _prepared(job: RenderJob, watcher: Watcher) -> tuple[Eye, Eye, ReadyRender]:
    announce(watcher, "Reading the files")
    for content, output in zip(
        files_of(job.content, job.stereo.layout), files_of(job.output, job.stereo.layout), strict=True
    ):
        read = {"style": job.style, "content": content, "depth": job.stereo.depth, "view": job.view}
        check_output(replace(job, output=output), {**read, **job.controls.sources})
    left, right = open_eyes(job)
    return left, right, prepare_opened(job, left.render, watcher)


def _right(
    job: RenderJob, left: Eye, right: Eye, picture: ReadyPicture, painted: Tensor, watcher: Watcher
) -> tuple[Tensor, float]:
    """The right eye's picture (1, 3, H, W) of what the left one's is painted with; how much of it is new."""
    view = right_view(job, left, right)
    there = view.of(painted).clamp(0, 1)
    missing = ~view.seen
    if not bool(missing.any()):
        return there, 0.0
    width = max(1, round(FEATHER * picture.strokes.size / picture.pixel))
    share = feathered(missing, right.surfaces.index, width)
    canvas = HealingCanvas(
        right.content,
        picture.canvas.span,
        picture.work.encoder.device,
        there,
        share,
        chart=picture.canvas.chart,
    )
    return _healed(job, right, canvas, picture, watcher), float(missing.float().mean())


def _healed(
    job: RenderJob, right: Eye, canvas: HealingCanvas, picture: ReadyPicture, watcher: Watcher
) -> Tensor:
    places = _places(job, right, canvas, picture)
    regions = [
        replace(region, guide=place.guide) for region, place in zip(picture.work.regions, places, strict=True)
    ]
    canvas.whole = recolored_content(right.content.to(picture.work.encoder.device), places)
    holds = guidance_of(job, right.render.layers).holds(canvas)
    losses = losses_of(job.controls)
    work = planned(canvas, regions, picture.work.encoder, picture.work.stages, losses, job.seed, None, holds)
    announce(watcher, "Painting what the left eye does not see")
    return canvas.finished(work.paint(watcher, Previewer(job.preview, canvas.shown)).picture).cpu()


def _places(job: RenderJob, eye: Eye, canvas: HealingCanvas, picture: ReadyPicture) -> list[Place]:
    """The places of styles as the right eye sees them."""
    if not job.controls.masks:
        return picture.places
    masks = [render_mask(mask, eye.render.layers) for mask in job.controls.masks]
    soft = [
        canvas.softened(mask, one.soften / picture.pixel)
        for mask, one in zip(masks, job.controls.masks, strict=True)
    ]
    own = guides(soft, canvas.fit)
    return [replace(place, guide=guide) for place, guide in zip(picture.places, own, strict=True)]


def _colored(painted: Tensor, eye: Eye, picture: ReadyPicture) -> Tensor:
    if picture.original is None:
        return painted
    return in_last_colors(painted, eye.content, picture.places)


def _save(job: RenderJob, eyes: tuple[Eye, Eye], pictures: tuple[Tensor, Tensor]) -> None:
    layout = job.stereo.layout
    if layout == PAIR:
        for eye, picture, path in zip(eyes, pictures, files_of(job.output, layout), strict=True):
            eye.render.save(path, picture)
        return
    lights = [eye.render.part.lit(picture) for eye, picture in zip(eyes, pictures, strict=True)]
    alphas = [eye.render.alpha for eye in eyes]
    alpha = None if alphas[0] is None or alphas[1] is None else joined(alphas[0], alphas[1], layout)
    eyes[0].render.write(job.output, joined(lights[0], lights[1], layout), alpha)
