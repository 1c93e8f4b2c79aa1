"""The image job: repaint a flat picture."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from .canvas.image import ImageCanvas
from .colour import recolored
from .images import load_picture, save_picture
from .job import COARSEST, MAGNIFY, announce, check_output
from .metrics.tiling import line_steps
from .protocol import ImageJob
from .resize import resized, resized_to
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS, schedule
from .stroke import Strokes, choose_strokes
from .styling import Colors, blended, open_style, regions
from .work import Work, describe, make_work, open_encoder

ENDS = ("top and bottom", "left and right")
EDGE = 1.2  # times the largest difference of neighbouring lines, beyond which a picture does not repeat


def stylize_image(job: ImageJob, watcher: Watcher) -> dict[str, Any]:
    """Do an image job; returns what is worth keeping with the result.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes.
    Nothing but the checkpoint is written before the whole picture is done.
    """
    started = time.monotonic()
    ready = prepare_image(job, watcher)
    picture = ready.work.paint(watcher, Previewer(job.preview, lambda picture: picture))
    announce(watcher, "Writing the picture", 1.0)
    picture = ready.canvas.finished(picture).cpu()
    if ready.original is not None:
        picture = ready.colors.finished(picture, ready.original)
    save_picture(job.output, picture, ready.alpha)
    ready.work.discard_checkpoint()
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": list(picture.shape[-2:]),
        **describe(job, ready.work),
        "stroke": ready.strokes.size,
        **ready.record,
        "notes": [*ready.notes, *ready.strokes.notes],
    }


@dataclass(frozen=True)
class ReadyImage:
    """An image job that is ready to be painted.

    original: the content (1, 3, H, W), where its colours will be needed. alpha: (1, 1, H, W), if any.
    record: what identifies the style. notes: sentences for the artist.
    """

    work: Work
    canvas: ImageCanvas
    colors: Colors
    original: Tensor | None
    alpha: Tensor | None
    strokes: Strokes
    record: dict[str, str]
    notes: tuple[str, ...]


def prepare_image(job: ImageJob, watcher: Watcher) -> ReadyImage:
    """Read and plan an image job. Raises JobError, JobCancelled."""
    announce(watcher, "Reading the files")
    check_output(job, {"style": job.style, "content": job.content, **job.controls.sources})
    wrap = ("y" in job.tile, "x" in job.tile)
    content = load_picture(job.content, "content")
    long_side = job.size or max(content.rgb.shape[-2:])
    rgb = resized(content.rgb, long_side, wrap)
    alpha = None if content.alpha is None else resized_to(content.alpha, rgb.shape[-2:], wrap)
    announce(watcher, "Looking at the painting")
    encoder = open_encoder(job, watcher)
    colors = Colors(job.controls.color, resized(rgb, min(long_side, 512)).reshape(3, -1).T)
    painting, record = open_style(job.style, encoder, colors)
    style = blended(painting, job.controls, encoder, colors)
    strokes = choose_strokes(job.stroke, painting.wavelength, painting.long_side, long_side, long_side, 1.0)
    canvas = ImageCanvas(recolored(rgb, colors.of_content(style)), strokes.span, encoder.device, wrap)
    finest = round(max(16, min(strokes.span, painting.long_side * MAGNIFY)))
    work = make_work(
        job,
        canvas,
        regions(style, job.strength, job.controls, encoder, colors, canvas.fit),
        encoder,
        schedule(COARSEST, finest, EFFORTS[job.quality]),
    )
    notes = _edge_notes(rgb, wrap) if job.strength < 1 else ()
    original = rgb if colors.mode == "keep" else None
    return ReadyImage(work, canvas, colors, original, alpha, strokes, record, notes)


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
