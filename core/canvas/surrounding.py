"""The chart of a panorama: seen in views that face everywhere, and painted without poles or seam."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..blur import softened
from ..panorama.around import Around, breadths, solid_angles
from ..panorama.cube import AXES
from ..panorama.evened import alike, evened
from ..panorama.resize import resized_around
from .base import Stage
from .chart import LEAST_TILE, TILE, Size, Viewer, halo_of, stride_of
from .coordinates import Coordinates
from .octaves import Octaves
from .sphere_look import Faces, SphereLook
from .tiles import STRIDE, TileLook, tiles

STEP = 16  # that heights are multiples of, so that levels lie exactly on each other
SHARED = 4  # pixels that a view sees beyond its face of the cube
# Pixels from a pole within which Adam moves rows less and less. It would make those at the pole, which have
# no waves around, as strong as others, and leave an edge across it: 1.37 by ``nst metrics panorama``. With
# 1.5 pixels that is 1.29, with 3 it is 1.00 (eight worlds). Without all this, strokes end degrees away from
# a pole.
NEAREST = 3
LOOK_PIXELS = TILE**2  # view pixels that share one pass through the network
COLORS = 262144


@dataclass(frozen=True)
class Surrounding:
    """An equirectangular panorama.

    half: only the half before the viewer. seed: how views are turned. turn: of the circle, by which the
    picture is turned to the right before it is painted, so that one that was turned is painted as it was.
    """

    half: bool = False
    seed: int = 0
    turn: float = 0.0

    def turned(self, picture: Tensor, back: bool = False) -> Tensor:
        columns = round(self.turn * picture.shape[3])
        return picture.roll(-columns if back else columns, 3) if columns else picture

    @property
    def around(self) -> Around:
        """How its pixels lie next to each other."""
        return Around(self.half)

    def size(self, shape: Size, scale: float) -> Size:
        height = max(2 * STEP, round(shape[0] * scale / STEP) * STEP)
        if abs(shape[0] * scale - shape[0]) < STEP / 2:
            height = shape[0]
        return height, self.around.width(height)

    def halved(self, size: Size) -> Size:
        height = (size[0] + 1) // 2
        return height, self.around.width(height)

    def resized(self, picture: Tensor, size: Size) -> Tensor:
        return resized_around(picture, size, self.around)

    def enlarged(self, picture: Tensor, size: Size) -> Tensor:
        return resized_around(picture, size, self.around, antialias=False)

    def evened(self, picture: Tensor) -> Tensor:
        return evened(picture, self.half)

    def noise(self, noise: Tensor) -> Tensor:
        return alike(noise)

    def as_large(self, gradient: Tensor) -> Tensor:
        """Rows near the poles are seen by fewer pixels of views than there are in them."""
        height = gradient.shape[-2]
        return gradient.div_(breadths(height, gradient.device).clamp_min(NEAREST * math.pi / height))

    def softened(self, mask: Tensor, distance: float) -> Tensor:
        # Rows are blurred as if they were all at the horizon: a mask's edge may be wider near the poles.
        return softened(mask, distance, (False, not self.half))

    def colors(self, picture: Tensor) -> Tensor:
        """Rows by the solid angle that they have."""
        height, width = picture.shape[-2:]
        count = min(height, 512)
        ends = solid_angles(height).cumsum(0)
        at = (torch.arange(count, dtype=torch.float64) + 0.5) / count * ends[-1]
        rows = torch.searchsorted(ends, at).clamp(max=height - 1).to(picture.device)
        step = max(1, width // max(1, COLORS // count))
        return picture[:, :, rows, ::step].reshape(picture.shape[1], -1).T

    def coordinates(self, like: Tensor) -> Coordinates:
        return Octaves(self, like)

    def viewer(self, tile: int) -> Viewer:
        return _Views(self.around, self.seed, tile)


class _Views:
    """Six views, one for each face of a cube and a little wider, the same at every step of a stage.

    Where they overlap each counts for a part, so that together they weigh all that is seen alike. The cube is
    turned around the upright at each stage. With views that change from step to step less is left of the
    content: steps then undo each other. Large ones are seen in tiles.
    """

    def __init__(self, around: Around, seed: int, tile: int) -> None:
        self._around, self._seed, self._tile = around, seed, tile
        self._pixels = LOOK_PIXELS

    def looks(
        self, stage: Stage, size: Size, device: torch.device, where: Tensor | None = None, beyond: int = 0
    ) -> list[SphereLook]:
        faces, turns = _faces(size, stride_of(stage)), self._turns(stage)
        cover, turns = faces.cover(turns).to(device), turns.float().to(device)
        found = []
        for tile in self._tiles(faces, stage):
            look = SphereLook(faces, turns, tile.box, tile.own, self._around, cover)
            found += self._parts(look, self._shown(look, where, beyond))
        return found or self._parts(look, turns[:1])

    def pixels(self, stage: Stage, size: Size, where: Tensor | None = None) -> tuple[int, int]:
        found = [look.pixels for look in self.looks(stage, size, torch.device("cpu"), where)]
        return sum(found), max(found)

    def shrink(self) -> bool:
        if self._pixels <= LEAST_TILE**2:
            return False
        self._pixels //= 2
        return True

    def _turns(self, stage: Stage) -> Tensor:
        """The axes (6, 3, 3) of all views. Half a panorama has one straight ahead, and none behind."""
        turn = torch.rand(1, generator=torch.Generator().manual_seed(self._seed + 7919 * stage.painting))
        angle = 0.0 if self._around.half else float(turn) * math.pi / 2
        along, across = math.cos(angle), math.sin(angle)
        about = torch.tensor([[along, 0, -across], [0, 1, 0], [across, 0, along]], dtype=torch.float64)
        return torch.tensor(list(AXES.values()), dtype=torch.float64) @ about

    def _tiles(self, faces: Faces, stage: Stage) -> list[TileLook]:
        """As if a view were a picture: tiles of one size, as far as that goes."""
        most = max(LEAST_TILE, min(self._tile, math.isqrt(self._pixels)))
        tile = math.ceil(faces.side / math.ceil(faces.side / most) / STRIDE) * STRIDE
        return tiles((faces.side, faces.side), torch.device("cpu"), tile, halo_of(stage))

    def _shown(self, look: SphereLook, where: Tensor | None, beyond: int) -> Tensor:
        """The axes of the views in which a tile shows what counts, and some of ``where`` if there is one."""
        if where is None and not self._around.half:
            return look.turns
        top, left, bottom, right = look.own
        wider = replace(look, box=(top - beyond, left - beyond, bottom + beyond, right + beyond))
        shown = torch.ones(len(look.turns), dtype=torch.bool, device=look.turns.device)
        if where is not None:
            shown &= wider.gather(where.to(look.turns.device)).amax((1, 2, 3)) > 0
        return look.turns[shown & (look.weight.amax((1, 2, 3)) > 0)]

    def _parts(self, look: SphereLook, turns: Tensor) -> list[SphereLook]:
        """A look, with as many views as share one pass through the network."""
        if not len(turns):
            return []
        each = look.pixels // len(look.turns)
        return [replace(look, turns=part) for part in turns.split(max(1, self._pixels // each))]


def _faces(size: Size, stride: int) -> Faces:
    """A quarter of the circle, and as much beyond it as views share with each other.

    stride: of the deepest layer, which sees whole blocks of so many pixels.
    """
    return Faces(math.ceil((size[0] / 2 + 2 * SHARED) / stride) * stride, 2 * SHARED, size[0])


def brightest(picture: Tensor) -> float:
    """Which part of the circle a panorama (1, C, H, 2 H) has to be turned by for its light to lie ahead.

    By a whole number of its columns: the direction in which the first harmonic around the horizon is largest.
    """
    height, width = picture.shape[-2:]
    rows = (picture.cpu().double().mean(1) * solid_angles(height)[:, None]).sum((0, 1))
    angle = -torch.fft.rfft(rows)[1].angle()
    return (width // 2 - round(float(angle) / (2 * math.pi) * width)) % width / width
