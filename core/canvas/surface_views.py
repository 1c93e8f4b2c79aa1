"""What a surface is looked at through at each stage: tangent windows where little has been seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..protocol import JobError, Remedy
from ..surface.coverage import Coverage
from ..surface.field import DirectionField
from ..surface.geometry import Geometry
from ..surface.pyramid import SurfacePyramid
from ..surface.views import WindowMaker, Windows
from .ahead import Ahead
from .base import Look, Stage
from .windows import PointLook

WINDOW = 256  # pixels; wide enough for relu5_1 to see a neighbourhood, small enough for a CPU
USED = 0.35  # what is left of a window's pixels, on average, after slopes, gaps and borders
LOOK_PIXELS = 4 * 256 * 256  # view pixels that share one pass through the network: 0.4 GB
LEAST_SEEN = 1.0  # pixels, weighted, that views of a step show at least
COARSER = 1.4  # times the finest pixel: views with such pixels are of points as far apart whatever that is
PATIENCE = 20  # tries to see something of a surface that is hard to see


@dataclass(frozen=True)
class _Laid:
    """What decides where windows come to lie: what was seen, at which stage, and chance."""

    seen: NDArray[np.float64]
    painting: int
    random: Mapping[str, Any]


class SurfaceViews:
    """Windows on a surface whose texture is made of a pyramid's points, through which these are seen.

    They do not show the texture: what that looks like depends on the unwrap, and the least difference leads
    to another painting.
    span: world size that the painting's longer side has on the surface.
    """

    def __init__(
        self,
        geometry: Geometry,
        pyramid: SurfacePyramid,
        grain: float,
        field: DirectionField,
        seed: int,
        device: torch.device,
        ahead: bool | None = None,
    ) -> None:
        """grain: world size of the finest detail. field: where strokes' up is.

        ahead: lay the next step's windows while a step goes on; None where a card paints, which would have to
        wait for the processor, that lays them. It changes nothing in what is painted.
        """
        self._geometry, self._pyramid, self._grain, self._device = geometry, pyramid, grain, device
        self._rng = np.random.default_rng(seed)
        self._coverage = Coverage(geometry, self._rng)
        self._painting = 0  # the stage's whose windows are counted
        self._windows = WindowMaker(geometry, field, self._rng)
        self._look_pixels = LOOK_PIXELS
        self.span = geometry.diagonal
        self._seen = [torch.zeros(count, 1, device=device) for count in pyramid.counts]
        ahead = device.type != "cpu" if ahead is None else ahead
        self._ahead = Ahead(self._step, self._saved, self._load) if ahead else None

    def looks(self, stage: Stage, checkpoint: Callable[[], None]) -> Sequence[Look]:
        """The windows of one step, laid anew. Raises JobError where no window can show anything."""
        checkpoint()
        looks = self._step(stage, checkpoint) if self._ahead is None else self._ahead.take(stage)
        level = self.count(stage) - 1
        for look in looks:
            self._seen[level] += look.seen.transposed(look.weight[look.valid > 0][:, None])
        return looks

    def pixels(self, stage: Stage) -> tuple[int, int]:
        """View pixels of a step, and of one look."""
        size, count, per_look = self._layout(stage)
        return count * size**2, min(count, per_look) * size**2

    def count(self, stage: Stage) -> int:
        """Levels of the pyramid that are painted at a stage."""
        pixel = self._pixel(stage)
        spacings = self._pyramid.halves if pixel >= COARSER * self._grain else self._pyramid.spacings
        finest = 0.7 * pixel
        return max(1, sum(spacing >= finest for spacing in spacings))

    def seen(self) -> Tensor:
        """How much of each of the pyramid's targets (T,) windows have shown, in weighted pixels."""
        return self._pyramid.decode(self._seen)[:, 0]

    def shrink(self) -> bool:
        """Put fewer windows into a look; False if that is not possible."""
        if self._look_pixels <= WINDOW**2:
            return False
        if self._ahead is not None:
            self._ahead.forget()
        self._look_pixels //= 2
        return True

    def state(self) -> dict[str, Tensor]:
        laid = self._saved() if self._ahead is None else self._ahead.state()
        return {
            "seen": torch.cat(self._seen),
            "coverage": torch.from_numpy(laid.seen),
            "painting": torch.tensor(laid.painting),
            "random": torch.tensor(list(json.dumps(laid.random).encode()), dtype=torch.uint8),
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        for level, seen in zip(self._seen, state["seen"].split(self._pyramid.counts), strict=True):
            level.copy_(seen)
        if self._ahead is not None:
            self._ahead.forget()
        random = json.loads(bytes(state["random"].tolist()))
        self._load(_Laid(state["coverage"].numpy(), int(state["painting"]), random))

    def _saved(self) -> _Laid:
        return _Laid(self._coverage.seen.copy(), self._painting, self._rng.bit_generator.state)

    def _load(self, laid: _Laid) -> None:
        self._coverage.seen[:] = laid.seen
        self._painting = laid.painting
        self._rng.bit_generator.state = dict(laid.random)

    def _layout(self, stage: Stage) -> tuple[int, int, int]:
        """Pixels of a window's side, how many windows there are in a step, and how many in a look."""
        widest = min(0.6 * stage.painting, self._geometry.diagonal / self._pixel(stage))
        size = min(WINDOW, max(32, round(widest / 32) * 32))
        count = max(2, round(self._shown(stage) / (USED * size**2)))
        return size, count, max(1, self._look_pixels // size**2)

    def _step(self, stage: Stage, checkpoint: Callable[[], None] = lambda: None) -> list[PointLook]:
        """The windows of one step."""
        if stage.painting != self._painting:
            # Or the finest windows would lie where the coarse ones did not, and leave the rest blurred.
            self._coverage.forget()
            self._painting = stage.painting
        size, count, _ = self._layout(stage)
        # As many at a time whatever memory there is, or that would decide what is painted.
        bunch = LOOK_PIXELS // size**2
        left = float(count)  # windows, of which those that are cut down count by their area
        looks: list[PointLook] = []
        while left >= 0.5:
            found, windows = self._laid(stage, max(1, min(bunch, int(left))), checkpoint)
            looks += found
            left -= windows
        for _ in range(PATIENCE):
            if looks:
                return looks
            looks, _ = self._laid(stage, bunch, checkpoint)
        if looks:
            return looks
        raise JobError(
            "strokes_too_large",
            "The object is too thin for strokes of this size: no brush could rest on it. Choose a smaller "
            "stroke size.",
            Remedy.CHANGE_SETTING,
        )

    def _laid(
        self, stage: Stage, count: int, checkpoint: Callable[[], None]
    ) -> tuple[list[PointLook], float]:
        """So many windows where least has been seen, in looks, but for those that see nothing.

        And how many windows they are, of which those that are cut down count by their area.
        """
        size, _, _ = self._layout(stage)
        checkpoint()
        windows = self._windows.lay(self._coverage.least_seen(count), self._pixel(stage), size)
        self._coverage.add(windows)
        looks: list[PointLook] = []
        pixels = 0
        for alike in windows.tight():
            pixels += alike.weight.size
            per_look = max(1, self._look_pixels // alike.weight[0].size)
            parts = (alike[at : at + per_look] for at in range(0, len(alike.weight), per_look))
            looks += [self._look(stage, part) for part in parts if float(part.weight.sum()) > LEAST_SEEN]
        return looks, pixels / size**2

    def _look(self, stage: Stage, windows: Windows) -> PointLook:
        weight = torch.from_numpy(windows.weight)[:, None].to(self._device)
        valid = torch.from_numpy(windows.valid)[:, None].to(self._device, torch.float32)
        shown = windows.valid
        points = self._geometry.points(windows.face[shown], windows.barycentric[shown])
        return PointLook(self._pyramid.sources[self.count(stage) - 1].at(points), weight, valid)

    def _pixel(self, stage: Stage) -> float:
        """World size of a view's pixel."""
        return self.span / stage.painting

    def _shown(self, stage: Stage) -> float:
        """Pixels of the surface that a step shows."""
        return stage.share * self._geometry.area / self._pixel(stage) ** 2
