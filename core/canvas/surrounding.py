"""The chart of a panorama: seen through windows that face everywhere, and painted without poles or seam."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..blur import softened
from ..panorama.around import Around, solid_angles
from ..panorama.evened import evened, fineness
from ..panorama.resize import resized_around
from .base import Stage
from .chart import Size, Viewer
from .sphere_look import SphereLook, covered

STEP = 16  # that heights are multiples of, so that levels lie exactly on each other
WINDOW = 512  # pixels of a window's side, at most
LEAST_WINDOW = 48  # and at least: deeper layers see nothing in less
HALF_VIEW = math.tan(math.radians(35.0))  # from a window's middle to its side, at distance 1, at most
LOOK_PIXELS = 4 * 256 * 256  # view pixels that share one pass through the network
APART = 0.86  # of a window's view, from one to the next
COLORS = 262144


@dataclass(frozen=True)
class Surrounding:
    """An equirectangular panorama.

    half: only the half before the viewer. seed: how windows are turned. turn: of the circle, by which the
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
        return noise / fineness(noise.shape[-2], noise.device)[:, None]

    def softened(self, mask: Tensor, distance: float) -> Tensor:
        # Rows are blurred as if they were all at the horizon: a mask's edge may be wider near the poles.
        return softened(mask, distance, (False, not self.half))

    def colors(self, picture: Tensor) -> Tensor:
        """Rows by the solid angle that they have."""
        height, width = picture.shape[-2:]
        count = min(height, 512)
        ends = solid_angles(height, picture.device).cumsum(0)
        at = (torch.arange(count, dtype=torch.float64, device=picture.device) + 0.5) / count * ends[-1]
        rows = torch.searchsorted(ends, at).clamp(max=height - 1)
        step = max(1, width // max(1, COLORS // count))
        return picture[:, :, rows, ::step].reshape(picture.shape[1], -1).T

    def viewer(self, tile: int) -> Viewer:
        return _Windows(self.around, self.seed, min(tile, WINDOW))


class _Windows:
    """Windows that cover the sphere, the same at every step of a stage: in bands, and one at each pole.

    Where they overlap each counts for a part, so that together they weigh all that is seen alike. With
    windows that change from step to step less is left of the content: steps then undo each other.
    """

    def __init__(self, around: Around, seed: int, most: int) -> None:
        self._around, self._seed, self._most = around, seed, most
        self._look_pixels = LOOK_PIXELS

    def looks(
        self, stage: Stage, size: Size, device: torch.device, where: Tensor | None = None, beyond: int = 0
    ) -> list[SphereLook]:
        # A window that shows something shows what is near it, too: ``beyond`` asks for no more.
        side, turns = self._side(size), self._turns(stage, size)
        cover = covered(turns, side, size[0])
        if where is not None:
            turns = self._showing(turns, side, where)
        parts = turns.split(max(1, self._look_pixels // side**2))
        cover = cover.to(device)
        return [SphereLook(part.to(device), side, size[0], self._around, cover) for part in parts]

    def pixels(self, stage: Stage, size: Size, where: Tensor | None = None) -> tuple[int, int]:
        side, turns = self._side(size), self._turns(stage, size)
        if where is not None:
            turns = self._showing(turns, side, where)
        return len(turns) * side**2, min(len(turns), max(1, self._look_pixels // side**2)) * side**2

    def shrink(self) -> bool:
        if self._look_pixels <= LEAST_WINDOW**2:
            return False
        self._look_pixels //= 2
        return True

    def _side(self, size: Size) -> int:
        """Pixels of a window's side."""
        per_unit = size[0] / math.pi  # pixels for each radian, or at distance 1 in a window's middle
        return max(LEAST_WINDOW, min(self._most, int(2 * HALF_VIEW * per_unit) // STEP * STEP))

    def _turns(self, stage: Stage, size: Size) -> Tensor:
        """The axes (B, 3, 3) of all windows. Bands are turned otherwise at each stage."""
        view = 2 * math.atan(self._side(size) / 2 * math.pi / size[0])
        step = APART * view
        bands = max(2, math.ceil(math.pi / step))
        start = torch.rand(
            bands + 1, generator=torch.Generator().manual_seed(self._seed + 7919 * stage.painting)
        )
        places = []
        for band in range(bands + 1):
            up = math.pi * (band / bands - 0.5)
            widest = math.cos(max(0.0, abs(up) - view / 2))
            count = 1 if band in (0, bands) else max(3, math.ceil(2 * math.pi * widest / step))
            turn = 0.0 if count == 1 else float(start[band])
            places += [(2 * math.pi * (((one + turn) / count) % 1 - 0.5), up) for one in range(count)]
        if self._around.half:
            places = [place for place in places if abs(place[0]) < (math.pi + view) / 2]
        longitude, latitude = torch.tensor(places, dtype=torch.float64).unbind(1)
        return upright(longitude, latitude, torch.zeros_like(longitude))

    def _showing(self, turns: Tensor, side: int, where: Tensor) -> Tensor:
        """The windows that show something of ``where``; one at least."""
        height, shown = where.shape[-2], where.cpu()
        seen = torch.tensor(
            [float(SphereLook(one[None], side, height, self._around).gather(shown).max()) for one in turns]
        )
        return turns[seen > 0] if bool((seen > 0).any()) else turns[:1]


def brightest(picture: Tensor) -> float:
    """Which part of the circle a panorama (1, C, H, 2 H) has to be turned by for its light to lie ahead.

    By a whole number of its columns: the direction in which the first harmonic around the horizon is largest.
    """
    height, width = picture.shape[-2:]
    rows = (picture.double().mean(1) * solid_angles(height, picture.device)[:, None]).sum((0, 1))
    angle = -torch.fft.rfft(rows)[1].angle()
    return (width // 2 - round(float(angle) / (2 * math.pi) * width)) % width / width


def upright(longitude: Tensor, latitude: Tensor, turn: Tensor) -> Tensor:
    """Axes (B, 3, 3), as of ``SphereLook``, of windows that face these ways, turned from upright; radians."""
    zero = torch.zeros_like(longitude)
    right = torch.stack([longitude.cos(), zero, -longitude.sin()], 1)
    forward = torch.stack(
        [longitude.sin() * latitude.cos(), latitude.sin(), longitude.cos() * latitude.cos()], 1
    )
    up = torch.linalg.cross(forward, right)
    cosine, sine = turn.cos()[:, None], turn.sin()[:, None]
    return torch.stack([right * cosine + up * sine, up * cosine - right * sine, forward], 1)
