"""How a picture lies: where its borders are, how it is scaled, and through what it is seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from ..blur import softened
from ..encoder.vgg import stride
from ..panorama.around import Around
from ..resize import enlarged, resized_to
from .base import Look, Stage
from .coordinates import Coordinates, Spectrum
from .tiles import HALOS, STRIDE, TileLook, tiles

TILE = 1024  # pixels of a tile's own area, at most
LEAST_TILE = 64
COARSEST = 16  # pixels of a level's shorter side, below which there is no coarser one
SAMPLE = 512  # rows and columns of which colours are taken

Size = tuple[int, int]


class Viewer(Protocol):
    """Chooses the views of pictures, the same at every step of a stage."""

    def looks(
        self, stage: Stage, size: Size, device: torch.device, where: Tensor | None = None, beyond: int = 0
    ) -> Sequence[Look]:
        """Those of a picture (height, width).

        where: (1, 1, height, width); only those that show some of it, or are no more pixels than that away.
        """
        ...

    def pixels(self, stage: Stage, size: Size, where: Tensor | None = None) -> tuple[int, int]:
        """About how many pixels they have, all together and the largest of them alone."""
        ...

    def shrink(self) -> bool:
        """As ``Canvas.shrink``."""
        ...


class Chart(Protocol):
    """How a picture lies. Pictures are (1, C, H, W), sizes (height, width)."""

    @property
    def around(self) -> Around | None:
        """How the pixels of a panorama lie next to each other; None for a flat picture."""
        ...

    def turned(self, picture: Tensor, back: bool = False) -> Tensor:
        """As it is painted, or back as it was."""
        ...

    def size(self, shape: Size, scale: float) -> Size:
        """The size at a scale of a picture that is to have a shape in the end."""
        ...

    def halved(self, size: Size) -> Size:
        """The size of the next coarser level."""
        ...

    def resized(self, picture: Tensor, size: Size) -> Tensor:
        """At another size, without aliasing, values kept in [0, 1]."""
        ...

    def enlarged(self, picture: Tensor, size: Size) -> Tensor:
        """At a larger size; linear."""
        ...

    def evened(self, picture: Tensor) -> Tensor:
        """Without detail that is finer than what can be seen there; linear."""
        ...

    def noise(self, noise: Tensor) -> Tensor:
        """White noise as it has to be for ``evened`` to make it as strong everywhere."""
        ...

    def as_large(self, gradient: Tensor) -> Tensor:
        """A gradient as it were if all pixels were as large; may change the one given."""
        ...

    def softened(self, mask: Tensor, distance: float) -> Tensor:
        """A mask with edges that fade over a distance in pixels."""
        ...

    def colors(self, picture: Tensor) -> Tensor:
        """Some colours (P, C), each standing for as much of the picture as one sees."""
        ...

    def coordinates(self, like: Tensor) -> Coordinates:
        """Of pictures such as one."""
        ...

    def viewer(self, tile: int) -> Viewer:
        """A viewer with views of about so many pixels across."""
        ...


@dataclass(frozen=True)
class Flat:
    """A flat picture. wrap: whether it repeats, down and across."""

    wrap: tuple[bool, bool] = (False, False)

    @property
    def around(self) -> None:
        """It is no panorama."""
        return None

    def turned(self, picture: Tensor, back: bool = False) -> Tensor:
        return picture

    def size(self, shape: Size, scale: float) -> Size:
        """Where it repeats the next multiple of STRIDE."""
        height, width = (
            max(STRIDE, math.ceil(length * scale / STRIDE - 1e-6) * STRIDE)
            if wraps
            else max(STRIDE, round(length * scale))
            for length, wraps in zip(shape, self.wrap, strict=True)
        )
        return height, width

    def halved(self, size: Size) -> Size:
        return (size[0] + 1) // 2, (size[1] + 1) // 2

    def resized(self, picture: Tensor, size: Size) -> Tensor:
        return resized_to(picture, size, self.wrap)

    def enlarged(self, picture: Tensor, size: Size) -> Tensor:
        return enlarged(picture, size, self.wrap)

    def evened(self, picture: Tensor) -> Tensor:
        return picture

    def noise(self, noise: Tensor) -> Tensor:
        return noise

    def as_large(self, gradient: Tensor) -> Tensor:
        return gradient

    def softened(self, mask: Tensor, distance: float) -> Tensor:
        return softened(mask, distance, self.wrap)

    def colors(self, picture: Tensor) -> Tensor:
        small = picture
        if max(picture.shape[-2:]) > SAMPLE:
            small = F.interpolate(picture, size=(SAMPLE, SAMPLE))
        return small.reshape(small.shape[1], -1).T

    def coordinates(self, like: Tensor) -> Coordinates:
        return Spectrum(like)

    def viewer(self, tile: int) -> Viewer:
        return _Tiles(self.wrap, tile)


def octaves(chart: Chart, size: Size) -> list[Size]:
    """The sizes of a pyramid's levels, each twice as fine as the one before, the last as given."""
    sizes = [size]
    while min(sizes[0]) >= COARSEST:
        sizes.insert(0, chart.halved(sizes[0]))
    return sizes


class _Tiles:
    """Exact tiles."""

    def __init__(self, wrap: tuple[bool, bool], tile: int) -> None:
        self._wrap, self._tile = wrap, tile

    def looks(
        self, stage: Stage, size: Size, device: torch.device, where: Tensor | None = None, beyond: int = 0
    ) -> list[TileLook]:
        found = tiles(size, device, self._tile, halo_of(stage), self._wrap)
        return found if where is None else [look for look in found if _shows(look, where, beyond)]

    def pixels(self, stage: Stage, size: Size, where: Tensor | None = None) -> tuple[int, int]:
        found = [look.pixels for look in self.looks(stage, size, torch.device("cpu"), where)]
        return sum(found), max(found)

    def shrink(self) -> bool:
        smaller = self._tile // 2 // STRIDE * STRIDE
        if smaller < LEAST_TILE:
            return False
        self._tile = smaller
        return True


def _shows(look: TileLook, where: Tensor, beyond: int) -> bool:
    """Whether a tile's own, or so many pixels around it, have something of ``where``."""
    top, left, bottom, right = look.own
    rows, columns = (
        slice(max(0, start - beyond), end + beyond) for start, end in ((top, bottom), (left, right))
    )
    return bool(where[..., rows, columns].max() > 0)


def stride_of(stage: Stage) -> int:
    """Pixels between two features of a stage's deepest layer."""
    return max(map(stride, stage.layers))


def halo_of(stage: Stage) -> int:
    """Pixels that a tile has to see beyond its own at a stage."""
    return HALOS[stride_of(stage)]
