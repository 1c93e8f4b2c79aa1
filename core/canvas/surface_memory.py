"""How much memory a surface takes to paint, in bytes.

Numbers are counted array by array: what is made ready once for each texel, pixel and point, and what a step
takes beside that, or a preview amid one.
"""

from __future__ import annotations

from collections.abc import Sequence

# Held from first to last. Texel: where it lies (24), its area (4), its neighbours (24). Pixel: whether it is
# in an island (1), the texture before (12); outside islands, which texel is nearest (16). Point: its place
# and normal (36), the tree that finds it (20), its neighbours (24), how much was seen of it (4).
TEXEL, PIXEL, OUTSIDE, POINT = 52.0, 13.0, 16.0, 84.0
CONTENT = 12.0  # of a texel, where something is painted over
# A step: levels, twice (24), and Adam's moments and mean (36, or 18 in 16 bits); of the finest, its colours,
# their gradient (24) and what is made meanwhile (24). A preview: texels' colours (12), pictures of them (24).
LEVELS, MOMENTS, COMPACT, FINEST = 24.0, 36.0, 18.0, 48.0
SHOWN_TEXEL, SHOWN_PIXEL = 12.0, 24.0


def footprint(
    texels: int, pixels: int, points: Sequence[int], level: int, content: bool, compact: bool
) -> float:
    """Bytes beside those of views. points: of each level. level: the finest one that is painted."""
    held = TEXEL * texels + PIXEL * pixels + OUTSIDE * (pixels - texels) + POINT * sum(points)
    if content:
        held += CONTENT * texels
    step = (LEVELS + (COMPACT if compact else MOMENTS)) * sum(points[: level + 1]) + FINEST * points[level]
    return held + step + SHOWN_TEXEL * texels + SHOWN_PIXEL * pixels
