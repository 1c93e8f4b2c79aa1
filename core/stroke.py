"""How large strokes are: as asked for, as far as the canvas and the painting can show it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .job import MAGNIFY
from .metrics.strokes import SHORTEST

SPAN = 0.75  # world size of the whole painting over the object's extent, if not asked otherwise
WHOLE = 48  # pixels across the whole canvas that even the largest strokes leave
LEAST_PAINTING = 16  # pixels of the painting's longer side that even the smallest strokes leave


@dataclass(frozen=True)
class Strokes:
    """size: from one stroke to the next, span: of the painting's longer side, both in the canvas's units.

    notes: a sentence for the artist if the size is not the one that was asked for.
    """

    size: float
    span: float
    notes: tuple[str, ...] = ()


def automatic_span(diagonal: float, area: float) -> float:
    """World size of the painting's longer side on an object, if not asked otherwise.

    diagonal: of its bounding box, area: of its surface. Long and thin objects are painted at the scale of
    their width.
    """
    return SPAN * min(diagonal, math.sqrt(area))


def choose_strokes(
    asked: float, wavelength: float, painting: int, automatic: float, extent: float, texel: float
) -> Strokes:
    """Strokes of a size asked for, or for 0 those of a painting that spans ``automatic``.

    wavelength: from stroke to stroke in the painting, painting: its longer side, both in
    its pixels. extent: of the whole canvas, texel: of its smallest detail, both in the
    canvas's units. Strokes finer than the texels or coarser than the canvas cannot be shown:
    the nearest that can are taken.
    """
    share = wavelength / painting
    least = max(SHORTEST * texel, share * LEAST_PAINTING * texel)
    most = max(least, share * extent * max(1.0, MAGNIFY * painting / WHOLE))
    size = min(max(asked or share * automatic, least), most)
    notes: tuple[str, ...] = ()
    if asked and size > asked:
        notes = (
            f"A stroke size of {asked:.3g} is finer than the pixels of the result; {size:.3g} was used. "
            "Choose a larger size to have finer strokes.",
        )
    elif asked and size < asked:
        notes = (f"A stroke size of {asked:.3g} is too large to be shown here; {size:.3g} was used.",)
    return Strokes(size, size / share, notes)
