"""The synthesis job: a texture of any size that looks like a piece of its exemplar, and may repeat."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import torch

from .canvas import Stage
from .canvas.image import ImageCanvas, Sketch
from .images import save_picture
from .job import COARSEST, MAGNIFY, announce, check_output
from .protocol import SynthesisJob
from .quilt import quilted
from .resize import resized
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS, schedule
from .style.painting import Painting
from .style.source import Style
from .styling import blended, open_style, regions
from .work import Work, describe, make_work, open_encoder

SMALLEST = 16.0  # pixels of the exemplar's longer side that the network needs
LEAST = 24.0  # pixels of the exemplar that are shown at least
TOLERANCE = 1.02  # times the scale that was asked for, within which nothing is said


def synthesize_texture(job: SynthesisJob, watcher: Watcher) -> dict[str, Any]:
    """Do a synthesis job; returns what is worth keeping with the result.

    (Gatys, Ecker and Bethge 2015, "Texture Synthesis Using Convolutional Neural Networks".) A picture is
    changed until its features have the exemplar's statistics. Differs from the paper in four ways. It is
    painted from coarse to fine, as the statistics reach only as far as the network sees. Instead
    of noise it starts from a quilt of the exemplar's patches (``quilted``), unless noise is asked for, which
    keeps bricks in their courses; the network then joins the patches. Statistics are means and
    covariances under the Wasserstein-2 distance, together with nearest neighbours, instead of Gram matrices.
    And where the texture repeats, the network sees it go on at its other end, so that it has no border.

    The result has exactly the size that was asked for. Along an axis that repeats it is painted at the next
    multiple of 16 pixels, which the network needs, and resized by these few pixels if that is another size.

    Raises JobError with a sentence for the artist, JobCancelled when the watcher wishes.
    Nothing but the checkpoint is written before the whole picture is done.
    """
    started = time.monotonic()
    ready = prepare_synthesis(job, watcher)
    picture = ready.work.paint(watcher, Previewer(job.preview, lambda picture: picture))
    announce(watcher, "Writing the picture", 1.0)
    picture = ready.canvas.finished(picture).cpu()
    save_picture(job.output, picture)
    ready.work.discard_checkpoint()
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": list(picture.shape[-2:]),
        **describe(job, ready.work),
        "scale": ready.scale,
        **ready.record,
        "notes": list(ready.notes),
    }


@dataclass(frozen=True)
class ReadySynthesis:
    """A synthesis job that is ready to be painted.

    scale: pixels of the result for each of the exemplar. record: what identifies the exemplar. notes:
    sentences for the artist.
    """

    work: Work
    canvas: ImageCanvas
    scale: float
    record: dict[str, str]
    notes: tuple[str, ...]


def prepare_synthesis(job: SynthesisJob, watcher: Watcher) -> ReadySynthesis:
    """Read and plan a synthesis job. Raises JobError, JobCancelled."""
    announce(watcher, "Reading the files")
    check_output(job, {"style": job.style, **job.controls.sources})
    announce(watcher, "Looking at the exemplar")
    encoder = open_encoder(job, watcher)
    exemplar, record = open_style(job.style, encoder, None)
    style = blended(exemplar, job.controls, encoder, None)
    size, wrap = (job.height, job.width), ("y" in job.tile, "x" in job.tile)
    sketch = quilt_of(style, wrap, job.seed) if job.start == "quilt" else None
    canvas = blank(style, size, wrap, job.scale, encoder.device, sketch)
    scale = canvas.span / style.long_side
    work = make_work(
        job,
        canvas,
        regions(style, 1.0, job.controls, encoder, None, canvas.fit),
        encoder,
        stages_of(canvas, style, job.quality),
    )
    return ReadySynthesis(work, canvas, scale, record, _notes(job.scale, scale))


def blank(
    style: Style,
    size: tuple[int, int],
    wrap: tuple[bool, bool],
    scale: float,
    device: torch.device,
    sketch: Sketch | None = None,
) -> ImageCanvas:
    """A canvas without content, of a size (height, width).

    wrap: whether it repeats, down and across. scale: as in ``SynthesisJob``, but no smaller than leaves
    SMALLEST pixels of the exemplar, and no larger than leaves LEAST of its pixels in the result. sketch: what
    painting begins from; None for noise.
    """
    extent = max(size)
    wanted = scale * style.long_side if scale else min(style.long_side, extent)
    most = max(SMALLEST, extent * max(1.0, style.long_side / LEAST))
    span = min(max(wanted, SMALLEST), most)
    return ImageCanvas(size, span, device, wrap, sketch=sketch)


def stages_of(canvas: ImageCanvas, style: Style, quality: str) -> list[Stage]:
    """The schedule of a canvas, from the style's composition to its details."""
    finest = round(max(SMALLEST, min(canvas.span, style.long_side * MAGNIFY)))
    return schedule(COARSEST, finest, EFFORTS[quality])


def quilt_of(style: Style, wrap: tuple[bool, bool], seed: int) -> Sketch | None:
    """What makes a quilt of a style; None for one of which there is no picture, or only a part."""
    if not isinstance(style, Painting) or not style.whole:
        return None
    picture = style.picture
    return lambda stage, size: quilted(resized(picture, stage.painting), size, wrap, seed)


def _notes(asked: float, scale: float) -> tuple[str, ...]:
    if not asked or max(asked / scale, scale / asked) <= TOLERANCE:
        return ()
    return (f"A scale of {asked:.3g} cannot be shown at this size; {scale:.3g} was used.",)
