"""The regions of a job: where each style goes, how large its strokes are, what becomes of colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from .canvas import Canvas, Stage
from .colour import recolored_strip
from .encoder import Encoder
from .job import COARSEST, MAGNIFY
from .masks import Guide
from .protocol import Mask, PaintedJob
from .solve.palettes import belonging
from .solve.schedule import Effort, schedule
from .solve.stage import StyledRegion, relative_scale
from .strips import by_strips
from .stroke import WHOLE, Strokes
from .style.source import CoarseAndFine, Mixture, Style, too_far_apart
from .styling import Colors, Own, blended, open_style

MOST_APART = 4.0  # times that strokes may differ in size; beyond, no scale has statistics of both
UNEVEN = (
    "The strokes of the paintings that are mixed differ too much to be brought to one size. Choose paintings "
    "whose strokes are more alike."
)
LEAST_FINEST = 16  # pixels of the painting's longer side at the last scale, at least


@dataclass(frozen=True)
class Place:
    """A style, what becomes of colours, and where; guide None for all of the canvas."""

    style: Style
    colors: Colors
    guide: Guide | None = None


def open_places(
    job: PaintedJob, guides: Sequence[Guide], own: Callable[[Guide | None], Own], encoder: Encoder
) -> tuple[list[Place], dict[str, str]]:
    """The places of a job's style and of its masks', and what identifies the style.

    guides: of each, none without masks. own: what is painted over within a guide. Raises JobError as
    ``open_style``.
    """
    controls = job.controls
    rest = guides[0] if controls.masks else None
    colors = Colors(controls.color, own(rest))
    painting, record = open_style(job.style, encoder, colors)
    places = [Place(blended(painting, controls, encoder, colors), colors, rest)]
    for mask, guide in zip(controls.masks, guides[1:], strict=True):
        colors = Colors(mask.color or controls.color, own(guide))
        places.append(Place(open_style(mask.style, encoder, colors)[0], colors, guide))
    return places, record


def colors_within(canvas: Canvas, content: Tensor) -> Callable[[Guide | None], Own]:
    """The colours of a content picture, shaped like the canvas's once finished, within a guide."""
    everywhere = canvas.colors(content).cpu()

    def within(guide: Guide | None) -> Own:
        colors = everywhere
        if guide is not None:
            inside = belonging(canvas, guide(None))
            if inside is not None:
                colors = everywhere[inside.cpu()]
        return lambda palette: colors

    return within


def styled_regions(
    masks: Sequence[Mask],
    strength: float,
    places: Sequence[Place],
    main: Strokes,
    choose: Callable[[Style, float], Strokes],
) -> tuple[list[StyledRegion], tuple[str, ...]]:
    """What the solver paints, and sentences about strokes that cannot be as large as a mask says.

    strength, main: of the first place and its strokes. choose: strokes of a style that are as large as asked
    for.
    """
    regions = [StyledRegion(places[0].style, strength, places[0].guide)]
    notes: list[str] = [UNEVEN] if _is_uneven(places[0].style) else []
    for mask, place in zip(masks, places[1:], strict=True):
        pull = strength if mask.strength < 0 else mask.strength
        size = 1.0
        if mask.stroke > 0:
            strokes = choose(place.style, mask.stroke)
            notes.extend(strokes.notes)
            size = min(max(strokes.size / main.size, 1 / MOST_APART), MOST_APART)
            if size != strokes.size / main.size:
                notes.append(
                    f"A stroke size of {mask.stroke:.3g} differs too much from {main.size:.3g}, that of the "
                    f"rest; {size * main.size:.3g} was used."
                )
        if too_far_apart(place.style, places[0].style, size):
            notes.append(
                f"The strokes of {Path(mask.style).name} differ too much from the main painting's to be "
                "brought to that size. Choose paintings whose strokes are more alike."
            )
        regions.append(StyledRegion(place.style, pull, place.guide, size))
    return regions, tuple(notes)


def _is_uneven(style: Style) -> bool:
    if isinstance(style, CoarseAndFine):
        style = style.fine
    return isinstance(style, Mixture) and style.uneven


def stages_of(regions: Sequence[StyledRegion], spans: float, texels: float, effort: Effort) -> list[Stage]:
    """From the composition of the largest strokes to the detail of the finest.

    spans, texels: how many whole canvases, and how many of its pixels, the first painting spans.
    """
    scales = [relative_scale(one, regions[0]) for one in regions]
    largest = max(scales)
    coarsest = max(COARSEST / largest, WHOLE * spans)
    useful = max(one.style.long_side * MAGNIFY / scale for one, scale in zip(regions, scales, strict=True))
    finest = max(LEAST_FINEST, min(texels, useful))
    return schedule(round(coarsest), round(finest), effort, largest)


def recolored_content(content: Tensor, places: Sequence[Place]) -> Tensor:
    """The content (1, 3, H, W) in the colours that each place wants it in."""
    maps = [place.colors.of_content(place.style) for place in places]

    def changed(number: int, strip: Tensor) -> Tensor:
        return recolored_strip(strip, maps[number])

    return _mixed(changed, places, content)


def in_last_colors(painted: Tensor, original: Tensor, places: Sequence[Place]) -> Tensor:
    """The painted picture in its last colours; both (1, 3, H, W)."""
    if not keeps(places):
        return painted

    def finished(number: int, strip: Tensor, own: Tensor) -> Tensor:
        return places[number].colors.finished(strip, own)

    return _mixed(finished, places, painted, original.to(painted))


def keeps(places: Sequence[Place]) -> bool:
    """Whether the original's colours are kept anywhere."""
    return any(place.colors.mode == "keep" for place in places)


def _mixed(function: Callable[..., Tensor], places: Sequence[Place], *pictures: Tensor) -> Tensor:
    """What a function of a place's number and strips of pictures makes, mixed by the places' guides."""
    shares = [place.guide(None).to(pictures[0]) for place in places if place.guide is not None]
    if not shares:
        return by_strips(lambda *strips: function(0, *strips), *pictures)

    def mixed(*strips: Tensor) -> Tensor:
        own, share = strips[: len(pictures)], strips[len(pictures) :]
        whole = function(0, *own) * share[0]
        for number in range(1, len(places)):
            whole = whole + function(number, *own) * share[number]
        return whole

    return by_strips(mixed, *pictures, *shares)
