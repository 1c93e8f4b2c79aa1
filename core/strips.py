"""Pictures of any size, a strip at a time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from torch import Tensor

PIXELS = 2**21  # of a strip: what a function needs meanwhile is then some tens of megabytes


def by_strips(function: Callable[..., Tensor], *pictures: Tensor, into: Tensor | None = None) -> Tensor:
    """A function that looks at each pixel alone, of pictures (1, C, H, W) of one size, strip by strip.

    into: where the result goes, of the shape and format that it has; may be one of the pictures. None
    makes room for it.
    """
    height, width = pictures[0].shape[-2:]
    rows, columns = max(1, PIXELS // width), min(PIXELS, width)
    for top, left in product(range(0, height, rows), range(0, width, columns)):
        part = ..., slice(top, top + rows), slice(left, left + columns)
        strip = function(*(picture[part] for picture in pictures))
        if into is None:
            into = strip.new_empty(*strip.shape[:2], height, width)
        into[part] = strip
    assert into is not None
    return into
