"""A flat picture that is ready to be painted: what jobs of pictures and of renders have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from .canvas.image import ImageCanvas
from .encoder import Encoder
from .guidance import NOTHING, Guidance
from .masks import guides
from .projection import Projection
from .protocol import ImageJob, RenderJob
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
from .solve.live import Live
from .solve.preview import Previewer
from .solve.progress import Watcher
from .solve.schedule import EFFORTS
from .solve.solver import Painted
from .stroke import Strokes, choose_strokes
from .style.source import Style
from .work import Work, make_work


@dataclass(frozen=True)
class ReadyPicture:
    """original: the content (1, 3, H, W), where its colours will be needed. pixel: in the unit of strokes.

    record: what identifies the style. notes: sentences for the artist.
    """

    work: Work
    canvas: ImageCanvas
    places: list[Place]
    original: Tensor | None
    strokes: Strokes
    pixel: float
    record: dict[str, str]
    notes: tuple[str, ...]

    def paint(self, watcher: Watcher, preview: str, live: Live | None) -> Painted:
        """The finished picture. Raises as ``Work.paint``."""
        return self.work.paint(watcher, Previewer(preview, self.canvas.shown), live)

    def finished(self, picture: Tensor) -> Tensor:
        """What was painted (1, 3, H, W), at the content's size and in its last colours."""
        found = self.canvas.finished(picture).cpu()
        return found if self.original is None else in_last_colors(found, self.original, self.places)


def prepare_picture(
    job: ImageJob | RenderJob,
    rgb: Tensor,
    masks: Sequence[Tensor],
    encoder: Encoder,
    projection: Projection = Projection(),  # noqa: B008 - frozen
    guidance: Guidance = NOTHING,
) -> ReadyPicture:
    """Plan the painting of a content (1, 3, H, W) at its size.

    masks: (1, 1, any, any) of the job's masks. projection: what it shows of the world. guidance: where
    more of it is kept. Raises JobError.
    """
    size = tuple(rgb.shape[-2:])
    pixel, extent, whole = projection.pixel(size), projection.extent(size), projection.span(size)
    canvas = ImageCanvas(rgb, whole / pixel, encoder.device, projection.chart)
    soft = [
        canvas.softened(mask, one.soften / pixel) for mask, one in zip(masks, job.controls.masks, strict=True)
    ]
    places, record = open_places(job, guides(soft, canvas.fit), colors_within(canvas, rgb), encoder)

    def choose(style: Style, asked: float) -> Strokes:
        return choose_strokes(asked, style.wavelength, style.long_side, whole, extent, pixel)

    strokes = choose(places[0].style, job.stroke)
    canvas.span = strokes.span / pixel
    regions, notes = styled_regions(job.controls.masks, job.strength, places, strokes, choose)
    canvas.whole = recolored_content(rgb.to(encoder.device), places)
    stages = stages_of(regions, strokes.span / extent, canvas.span, EFFORTS[job.quality])
    work = make_work(job, canvas, regions, encoder, stages, guidance.holds(canvas))
    original = rgb if keeps(places) else None
    return ReadyPicture(work, canvas, places, original, strokes, pixel, record, (*strokes.notes, *notes))
