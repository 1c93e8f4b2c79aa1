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
from .sphere_look import SphereLook

STEP = 16  # that heights are multiples of, so that levels lie exactly on each other
WINDOW = 512  # pixels of a window's side, at most
LEAST_WINDOW = 48  # and at least: deeper layers see nothing in less
HALF_VIEW = math.tan(math.radians(35.0))  # from a window's middle to its side, at distance 1, at most
LOOK_PIXELS = 4 * 256 * 256  # view pixels that share one pass through the network
TURN = math.radians(10.0)  # by which windows are turned from upright to either side, at most
# Around the poles upright is every way. From the first latitude windows are turned ever more, until at the
# second all ways are alike: else what each of them asks for would cancel out.
LEVEL, POLAR = math.radians(40.0), math.radians(70.0)
COLORS = 262144
PLASTIC = 1.32471795724474602596  # powers of its inverse fill a square most evenly (Roberts 2018)


@dataclass(frozen=True)
class Surrounding:
    """An equirectangular panorama.

    half: only the half before the viewer. seed: where windows face first. turn: of the circle, by which the
    picture is turned to the right before it is painted, so that one that was turned is painted as it was.
    """

    half: bool = False
    seed: int = 0
    turn: float = 0.0

    steady = False

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

    def continued(self, picture: Tensor, columns: int) -> Tensor:
        return self.around.continued(picture, 0, columns)

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
    """Windows whose middles fill the sphere evenly, those of each step where earlier ones left most room."""

    def __init__(self, around: Around, seed: int, most: int) -> None:
        self._around, self._seed, self._most = around, seed, most
        self._look_pixels = LOOK_PIXELS
        self._count = 0

    def looks(
        self, stage: Stage, size: Size, device: torch.device, where: Tensor | None = None, beyond: int = 0
    ) -> list[SphereLook]:
        # A window that shows something shows what is near it, too: ``beyond`` asks for no more.
        side, count, per_look = self._layout(stage, size)
        if where is not None:
            count = max(count, round(count / stage.share))
        first, self._count = self._count, self._count + count
        turns = self._turns(first, count, self._spread(side, size))
        if where is not None:
            turns = self._showing(turns, side, where, stage.share)
        parts = turns.to(device).split(per_look)
        return [SphereLook(part, side, size[0], self._around) for part in parts]

    def pixels(self, stage: Stage, size: Size, where: Tensor | None = None) -> tuple[int, int]:
        side, count, per_look = self._layout(stage, size)
        if where is not None:
            count = max(1, round(count * float((where > 0).float().mean())))
        return count * side**2, min(count, per_look) * side**2

    def shrink(self) -> bool:
        if self._look_pixels <= LEAST_WINDOW**2:
            return False
        self._look_pixels //= 2
        return True

    def state(self) -> dict[str, Tensor]:
        return {"windows": torch.tensor(self._count)}

    def restore(self, state: dict[str, Tensor]) -> None:
        self._count = int(state["windows"])

    def _layout(self, stage: Stage, size: Size) -> tuple[int, int, int]:
        """Pixels of a window's side, windows of a step, and those in one look."""
        per_unit = size[0] / math.pi  # pixels for each radian, or at distance 1 in a window's middle
        side = max(LEAST_WINDOW, min(self._most, int(2 * HALF_VIEW * per_unit) // STEP * STEP))
        sphere = 2 * self._spread(side, size) * per_unit**2
        count = max(1, round(stage.share * sphere / side**2))
        return side, count, max(1, self._look_pixels // side**2)

    def _showing(self, turns: Tensor, side: int, where: Tensor, share: float) -> Tensor:
        """A share of the windows that show something of ``where``: one that looks at it if none does."""
        height = where.shape[-2]
        seen = [
            float(SphereLook(one[None], side, height, self._around).gather(where.cpu()).max())
            for one in turns
        ]
        found = turns[torch.tensor(seen) > 0]
        if len(found):
            return found[: max(1, round(share * len(found)))]
        row, column = divmod(int(where.argmax()), where.shape[-1])
        longitude = (column + 0.5 - where.shape[-1] / 2) * math.pi / height
        latitude = math.pi * (0.5 - (row + 0.5) / height)
        place = torch.tensor([[longitude], [latitude], [0.0]], dtype=torch.float64)
        return upright(*place)

    def _spread(self, side: int, size: Size) -> float:
        """Radians of longitude over which windows lie: beyond a half's ends, or those would count less."""
        beyond = math.atan(side / 2 * math.pi / size[0])
        return min(2 * math.pi, math.pi + 2 * beyond) if self._around.half else 2 * math.pi

    def _turns(self, first: int, count: int, spread: float) -> Tensor:
        """The axes (count, 3, 3) of windows of these numbers, whose first of all is 0."""
        numbers = torch.arange(first, first + count, dtype=torch.float64)
        start = torch.rand(3, dtype=torch.float64, generator=torch.Generator().manual_seed(self._seed))
        across, high, turn = ((one + numbers / PLASTIC**power) % 1 for power, one in enumerate(start, 1))
        latitude = torch.asin(2 * high - 1)
        polar = ((latitude.abs() - LEVEL) / (POLAR - LEVEL)).clamp(0, 1)
        return upright(spread * (across - 0.5), latitude, (2 * turn - 1) * (TURN + polar * (math.pi - TURN)))


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
