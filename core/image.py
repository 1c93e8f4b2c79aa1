"""The image job: repaint a flat picture."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from .canvas.image import ImageCanvas
from .images import load_picture, save_picture
from .job import announce, check_output
from .masks import guides, picture_mask
from .metrics.tiling import line_steps
from .protocol import ImageJob
from .regions import (
    Place,
    colors_within,
    in_last_colors,
    keeps,
    open_places,
    recolored_content,
    stages_of,
    styled_regions,
)
from .resize import resized, resized_to
from .solve.live import Live
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS
from .stroke import Strokes, choose_strokes
from .style.source import Style
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
    live = Live(job.live, lambda picture: _save(ready, picture, job.live, draft=True))
    painted = ready.work.paint(watcher, Previewer(job.preview, lambda picture: picture), live)
    announce(watcher, "Writing the picture", 1.0)
    _save(ready, painted.picture, job.output)
    ready.work.discard_checkpoint()
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": list(ready.canvas.shape),
        **describe(job, ready.work, painted),
        "stroke": ready.strokes.size,
        **ready.record,
        "notes": [*ready.notes, *painted.notes],
    }


@dataclass(frozen=True)
class ReadyImage:
    """An image job that is ready to be painted.

    original: the content (1, 3, H, W), where its colours will be needed. alpha: (1, 1, H, W), if any.
    record: what identifies the style. notes: sentences for the artist.
    """

    work: Work
    canvas: ImageCanvas
    places: list[Place]
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
    canvas = ImageCanvas(rgb, long_side, encoder.device, wrap)
    masks = [picture_mask(mask.mask) for mask in job.controls.masks]
    masks = [canvas.softened(mask, one.soften) for mask, one in zip(masks, job.controls.masks, strict=True)]
    places, record = open_places(job, guides(masks, canvas.fit), colors_within(canvas, rgb), encoder)

    def choose(style: Style, asked: float) -> Strokes:
        return choose_strokes(asked, style.wavelength, style.long_side, long_side, long_side, 1.0)

    strokes = choose(places[0].style, job.stroke)
    canvas.span = strokes.span
    regions, stroke_notes = styled_regions(job.controls.masks, job.strength, places, strokes, choose)
    canvas.whole = recolored_content(rgb.to(encoder.device), places)
    stages = stages_of(regions, strokes.span / long_side, strokes.span, EFFORTS[job.quality])
    work = make_work(job, canvas, regions, encoder, stages)
    notes = (*(_edge_notes(rgb, wrap) if job.strength < 1 else ()), *strokes.notes, *stroke_notes)
    original = rgb if keeps(places) else None
    return ReadyImage(work, canvas, places, original, alpha, strokes, record, notes)


def _save(ready: ReadyImage, picture: Tensor, path: str, draft: bool = False) -> None:
    """Write what was painted (1, 3, H, W) at the content's size. Raises as ``save_picture``."""
    finished = ready.canvas.finished(picture).cpu()
    if ready.original is not None:
        finished = in_last_colors(finished, ready.original, ready.places)
    save_picture(path, finished, ready.alpha, draft)


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
