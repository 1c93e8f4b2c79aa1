"""Pictures of any size, a strip of rows at a time."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

PIXELS = 2**21  # of a strip: what a function needs meanwhile is then some tens of megabytes


def by_strips(function: Callable[..., Tensor], *pictures: Tensor, into: Tensor | None = None) -> Tensor:
    """A function that looks at each pixel alone, of pictures (1, C, H, W) of one size, strip by strip.

    into: where the result goes, of the shape and format that it has; may be one of the pictures. None
    makes room for it.
    """
    height, width = pictures[0].shape[-2:]
    rows = max(1, PIXELS // width)
    for top in range(0, height, rows):
        strip = function(*(picture[..., top : top + rows, :] for picture in pictures))
        if into is None:
            into = strip.new_empty(*strip.shape[:2], height, width)
        into[..., top : top + rows, :] = strip
    assert into is not None
    return into
