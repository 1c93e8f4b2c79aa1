"""The image job: repaint a flat picture."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from .canvas.chart import Flat
from .images import load_picture, save_picture
from .job import announce, check_output
from .masks import picture_mask
from .metrics.tiling import line_steps
from .picture import ReadyPicture, prepare_picture
from .projection import Projection
from .protocol import ImageJob
from .resize import resized, resized_to
from .solve.live import Live
from .solve.plan import Plan
from .solve.progress import Watcher
from .work import describe, open_encoder

ENDS = ("top and bottom", "left and right")
EDGE = 1.2  # times the largest difference of neighbouring lines, beyond which a picture does not repeat


def stylize_image(job: ImageJob, watcher: Watcher) -> dict[str, Any]:
    """Do an image job; returns what is worth keeping with the result.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes.
    Nothing but the checkpoint is written before the whole picture is done.
    """
    started = time.monotonic()
    ready = prepare_image(job, watcher)
    picture = ready.picture
    live = Live(job.live, lambda painted: _save(ready, painted, job.live, draft=True))
    painted = picture.paint(watcher, job.preview, live)
    announce(watcher, "Writing the picture", 1.0)
    _save(ready, painted.picture, job.output)
    picture.work.discard_checkpoint()
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": list(picture.canvas.shape),
        **describe(job, picture.work, painted),
        "stroke": picture.strokes.size,
        **picture.record,
        "notes": [*ready.notes, *picture.notes, *painted.notes],
    }


def plan_image(job: ImageJob, watcher: Watcher) -> Plan:
    """What the job would cost. Raises JobError, JobCancelled."""
    return prepare_image(job, watcher).picture.work.plan


@dataclass(frozen=True)
class ReadyImage:
    """An image job that is ready to be painted.

    alpha: (1, 1, H, W), if any. notes: sentences for the artist.
    """

    picture: ReadyPicture
    alpha: Tensor | None
    notes: tuple[str, ...]


def prepare_image(job: ImageJob, watcher: Watcher) -> ReadyImage:
    """Read and plan an image job. Raises JobError, JobCancelled."""
    announce(watcher, "Reading the files")
    check_output(job, {"style": job.style, "content": job.content, **job.controls.sources})
    wrap = ("y" in job.tile, "x" in job.tile)
    content = load_picture(job.content, "content")
    rgb = resized(content.rgb, job.size or max(content.rgb.shape[-2:]), wrap)
    alpha = None if content.alpha is None else resized_to(content.alpha, rgb.shape[-2:], wrap)
    announce(watcher, "Looking at the painting")
    encoder = open_encoder(job, watcher)
    masks = [picture_mask(mask.mask) for mask in job.controls.masks]
    picture = prepare_picture(job, rgb, masks, encoder, Projection(Flat(wrap)))
    return ReadyImage(picture, alpha, _edge_notes(rgb, wrap) if job.strength < 1 else ())


def _save(ready: ReadyImage, painted: Tensor, path: str, draft: bool = False) -> None:
    """Write what was painted (1, 3, H, W) at the content's size. Raises as ``save_picture``."""
    save_picture(path, ready.picture.finished(painted), ready.alpha, draft)


def _edge_notes(rgb: Tensor, wrap: tuple[bool, bool]) -> tuple[str, ...]:
    """What to say of a picture (1, 3, H, W) that is to repeat and does not."""
    axes = zip((2, 3), wrap, ENDS, strict=True)
    broken = [ends for dim, wraps, ends in axes if wraps and _differ(rgb, dim)]
    if not broken:
        return ()
    return (
        f"The picture does not repeat: {' and '.join(broken)} differ, and that edge stays to be seen "
        "where copies meet. Choose a picture that repeats, or the full strength.",
    )


def _differ(rgb: Tensor, dim: int) -> bool:
    """Whether a picture's first and last lines differ more than any neighbours do."""
    steps = line_steps(rgb, dim)
    return len(steps) > 1 and float(steps[0]) > EDGE * float(steps[1:].max()) + 1 / 255
