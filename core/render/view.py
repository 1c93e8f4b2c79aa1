"""View transforms: from scene-linear light to what the screen shows, and back to light that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..exr import linear_to_srgb, srgb_to_linear
from ..protocol import JobError, Remedy
from ..strips import by_strips

STEPS = 12  # of the search for the light that shows a colour
REACH = 1.0  # stops that a step of it may go
SLOPE = 0.02  # of display per stop below which a step would know nothing of where to go
DARK = 2.0**-14  # light that a table's lowest stop is taken of


class View(Protocol):
    """A view transform."""

    def shown(self, light: Tensor) -> Tensor:
        """What the screen shows in [0, 1] of light (1, 3, H, W), which may be beyond 1."""
        ...

    def lit(self, display: Tensor, light: Tensor) -> Tensor:
        """The light that shows display colours (1, 3, H, W) in [0, 1], as like ``light`` as can be.

        Where ``shown(light)`` is asked for, it is ``light`` itself; where nothing shows a colour, it is what
        shows the nearest that was found.
        """
        ...


class StandardView:
    """The sRGB curve, clipped: Blender's view transform Standard."""

    def shown(self, light: Tensor) -> Tensor:
        return by_strips(self._at, light)

    def lit(self, display: Tensor, light: Tensor) -> Tensor:
        """Beyond white, highlights are as many times as bright as white as they were."""
        return by_strips(self._lit, display, light)

    def _at(self, light: Tensor) -> Tensor:
        return linear_to_srgb(light.clamp(0, 1)).clamp(0, 1)

    def _lit(self, display: Tensor, light: Tensor) -> Tensor:
        before = light.clamp(0, 1)
        wanted = torch.where(display == self._at(light), before, srgb_to_linear(display))
        return torch.where(light > 1, wanted * light, wanted + light.clamp_max(0))


@dataclass(frozen=True, eq=False)
class TableView:
    """A view transform that was measured: AgX, Filmic, or one of a studio's own.

    table: (N, N, N, 3), what the screen shows in [0, 1] of light of 2^low to 2^high, in equal stops along
    each axis: red, green, blue. The lowest stands for black, too.
    """

    table: Tensor
    low: float
    high: float

    def shown(self, light: Tensor) -> Tensor:
        return by_strips(lambda strip: self._at(self._stops(strip)), light)

    def lit(self, display: Tensor, light: Tensor) -> Tensor:
        return by_strips(self._lit, display, light)

    def _lit(self, display: Tensor, light: Tensor) -> Tensor:
        """Damped steps along each channel, whose own light changes it most."""
        stops = self._stops(light)
        found = self._at(stops)
        best, least = stops, (found - display).abs().sum(1, keepdim=True)
        for _ in range(STEPS):
            slope = (self._at((stops + 0.1).clamp_max(self.high)) - found) / 0.1
            step = (display - found) / slope.clamp_min(SLOPE)
            stops = (stops + step.clamp(-REACH, REACH)).clamp(self.low, self.high)
            found = self._at(stops)
            error = (found - display).abs().sum(1, keepdim=True)
            best, least = torch.where(error < least, stops, best), torch.minimum(error, least)
        unchanged = best == self._stops(light)
        return torch.where(unchanged, light, torch.exp2(best) * (best > self.low))

    def _stops(self, light: Tensor) -> Tensor:
        return light.clamp_min(DARK).log2().clamp(self.low, self.high)

    def _at(self, stops: Tensor) -> Tensor:
        """The table's entry for stops (1, 3, h, w)."""
        places = (stops - self.low) * (2 / (self.high - self.low)) - 1
        grid = places.permute(0, 2, 3, 1).flip(-1)[:, None]  # x is the table's last axis: blue
        volume = self.table.permute(3, 0, 1, 2)[None].to(stops)
        return F.grid_sample(volume, grid, padding_mode="border", align_corners=True)[:, :, 0]


def open_view(path: str) -> View:
    """The view transform of a file that the add-on made; "" for Standard.

    The file is an .npz with "table", "low" and "high", as of ``TableView``. Raises JobError
    ("view_unreadable").
    """
    if not path:
        return StandardView()
    try:
        with np.load(Path(path), allow_pickle=False) as data:
            table = torch.from_numpy(np.asarray(data["table"], np.float32))
            low, high = float(data["low"]), float(data["high"])
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise _unreadable(path) from error
    if table.ndim != 4 or len(set(table.shape[:3])) != 1 or table.shape[3] != 3 or not low < high:
        raise _unreadable(path)
    return TableView(table.clamp(0, 1), low, high)


def _unreadable(path: str) -> JobError:
    return JobError(
        "view_unreadable",
        f"The view transform {path} cannot be read. Let Blender write it again, or leave it out: Standard.",
        Remedy.CHANGE_SETTING,
    )
