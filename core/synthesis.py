"""The synthesis job: a texture of any size that looks like a piece of its exemplar, and may repeat."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .canvas.chart import Flat
from .canvas.image import ImageCanvas, Sketch
from .encoder import Encoder
from .images import save_picture
from .job import announce, check_output
from .masks import guides, picture_mask
from .protocol import SynthesisJob
from .quilt import quilted
from .regions import Place, stages_of, styled_regions
from .resize import resized
from .solve.live import Live
from .solve.plan import Plan
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS
from .stroke import Strokes, choose_strokes
from .style.painting import Painting
from .style.source import Style
from .styling import Colors, blended, open_style
from .work import Work, describe, make_work, open_encoder

SMALLEST = 16.0  # pixels of the exemplar's longer side that the network needs
LEAST = 24.0  # pixels of the exemplar that are shown at least
TOLERANCE = 1.02  # times the scale that was asked for, within which nothing is said
AS_THEY_ARE = Colors("style", lambda palette: palette)  # nothing is painted over whose colours could count


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
    live = Live(job.live, lambda picture: _save(ready, picture, job.live, draft=True))
    painted = ready.work.paint(watcher, Previewer(job.preview, lambda picture: picture), live)
    announce(watcher, "Writing the picture", 1.0)
    _save(ready, painted.picture, job.output)
    ready.work.discard_checkpoint()
    return {
        "seconds": round(time.monotonic() - started, 1),
        "size": list(ready.canvas.shape),
        **describe(job, ready.work, painted),
        "scale": ready.scale,
        **ready.record,
        "notes": [*ready.notes, *painted.notes],
    }


def plan_synthesis(job: SynthesisJob, watcher: Watcher) -> Plan:
    """What the job would cost. Raises JobError, JobCancelled."""
    return prepare_synthesis(job, watcher).work.plan


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
    exemplar, record = open_style(job.style, encoder, AS_THEY_ARE)
    style = blended(exemplar, job.controls, encoder, AS_THEY_ARE)
    size, wrap = (job.height, job.width), ("y" in job.tile, "x" in job.tile)
    sketch = quilt_of(style, wrap, job.seed) if job.start == "quilt" else None
    canvas = blank(style, size, wrap, job.scale, encoder.device, sketch)
    scale = canvas.span / style.long_side
    extent = max(size)

    def choose(style: Style, asked: float) -> Strokes:
        return choose_strokes(asked, style.wavelength, style.long_side, extent, extent, 1.0)

    strokes = Strokes(style.wavelength * scale, canvas.span)
    places = _places(job, style, canvas, encoder)
    regions, notes = styled_regions(job.controls.masks, 1.0, places, strokes, choose)
    stages = stages_of(regions, canvas.span / extent, canvas.span, EFFORTS[job.quality])
    work = make_work(job, canvas, regions, encoder, stages)
    return ReadySynthesis(work, canvas, scale, record, (*_notes(job.scale, scale), *notes))


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
    return ImageCanvas(size, span, device, Flat(wrap), sketch=sketch)


def quilt_of(style: Style, wrap: tuple[bool, bool], seed: int) -> Sketch | None:
    """What makes a quilt of a style; None for one of which there is no picture, or only a part."""
    if not isinstance(style, Painting) or not style.whole:
        return None
    picture = style.picture
    return lambda stage, size: quilted(resized(picture, stage.painting), size, wrap, seed)


def _places(job: SynthesisJob, style: Style, canvas: ImageCanvas, encoder: Encoder) -> list[Place]:
    """The place of a style, and of those of the job's masks. Raises JobError."""
    masks = job.controls.masks
    if not masks:
        return [Place(style, AS_THEY_ARE)]
    softened = [canvas.softened(picture_mask(mask.mask), mask.soften) for mask in masks]
    styles = [style, *(open_style(mask.style, encoder, AS_THEY_ARE)[0] for mask in masks)]
    return [
        Place(one, AS_THEY_ARE, guide)
        for one, guide in zip(styles, guides(softened, canvas.fit), strict=True)
    ]


def _save(ready: ReadySynthesis, picture: Tensor, path: str, draft: bool = False) -> None:
    """Write what was painted (1, 3, H, W) at its last size. Raises as ``save_picture``."""
    save_picture(path, ready.canvas.finished(picture).cpu(), None, draft)


def _notes(asked: float, scale: float) -> tuple[str, ...]:
    if not asked or max(asked / scale, scale / asked) <= TOLERANCE:
        return ()
    return (f"A scale of {asked:.3g} cannot be shown at this size; {scale:.3g} was used.",)
