"""What is missing of a picture that is painted already: in a further frame, or for the other eye."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from torch import Tensor

from ..canvas.healing import HealingCanvas
from ..canvas.image import ImageCanvas
from ..masks import guides
from ..motion.feather import feathered
from ..picture import ReadyPicture
from ..protocol import RenderJob
from ..regions import Place, recolored_content
from ..solve.checkpoint import Checkpoint
from ..solve.progress import Watcher
from ..styling import losses_of
from ..work import planned
from .guidance import guidance_of
from .layers import Layers

FEATHER = 0.7  # strokes over which old paint fades into new beside it: a seam shows with less


def healing_canvas(
    first: ReadyPicture,
    content: Tensor,
    there: Tensor,
    missing: Tensor,
    index: Tensor | None,
    renew: float | Tensor = 1.0,
    noise: float = 1.0,
) -> HealingCanvas:
    """A canvas for what is missing (1, 1, H, W), bool, of the paint that is there, with the first's strokes.

    index: as of ``feathered``. The rest is as in ``HealingCanvas``.
    """
    device, canvas = first.work.encoder.device, first.canvas
    width = max(1, round(FEATHER * first.strokes.size / first.pixel))
    share = feathered(missing, index, width, canvas.chart.around)
    return HealingCanvas(content, canvas.span, device, there, share, renew, noise, canvas.chart)


def places_in(
    first: ReadyPicture, job: RenderJob, canvas: ImageCanvas, masks: Sequence[Tensor]
) -> list[Place]:
    """The first picture's places, with the masks (1, 1, H, W) of another."""
    if not masks:
        return first.places
    pairs = zip(masks, job.controls.masks, strict=True)
    own = guides([canvas.softened(mask, one.soften / first.pixel) for mask, one in pairs], canvas.fit)
    return [replace(place, guide=guide) for place, guide in zip(first.places, own, strict=True)]


def healed(
    first: ReadyPicture,
    job: RenderJob,
    layers: Layers | None,
    masks: Sequence[Tensor],
    canvas: HealingCanvas,
    watcher: Watcher,
    show: Callable[[Callable[[], Tensor]], str],
    checkpoint: Checkpoint | None = None,
) -> Tensor:
    """The whole picture (1, 3, H, W), painted as the first was.

    layers: of its render. Raises as ``Work.paint``.
    """
    places, work = places_in(first, job, canvas, masks), first.work
    regions = [replace(region, guide=place.guide) for region, place in zip(work.regions, places, strict=True)]
    if canvas.whole is not None:
        canvas.whole = recolored_content(canvas.whole, places)
    losses, holds = losses_of(job.controls), guidance_of(job, layers).holds(canvas)
    own = planned(canvas, regions, work.encoder, work.stages, losses, job.seed, checkpoint, holds)
    return canvas.finished(own.paint(watcher, show).picture).cpu()
