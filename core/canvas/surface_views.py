"""What a surface is looked at through at each stage: tangent windows where little has been seen."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..protocol import JobError, Remedy
from ..surface.coverage import Coverage
from ..surface.field import DirectionField
from ..surface.geometry import Geometry
from ..surface.pyramid import SurfacePyramid
from ..surface.views import WindowMaker, Windows
from .base import Look, Stage
from .windows import PointLook

WINDOW = 256  # pixels; wide enough for relu5_1 to see a neighbourhood, small enough for a CPU
USED = 0.35  # what is left of a window's pixels, on average, after slopes, gaps and borders
LOOK_PIXELS = 4 * 256 * 256  # view pixels that share one pass through the network: 0.4 GB
LEAST_SEEN = 1.0  # pixels, weighted, that views of a step show at least
COARSER = 1.4  # times the finest pixel: views with such pixels are of points as far apart whatever that is
PATIENCE = 20  # tries to see something of a surface that is hard to see


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
    ) -> None:
        """grain: world size of the finest detail. field: where strokes' up is."""
        self._geometry, self._pyramid, self._grain, self._device = geometry, pyramid, grain, device
        self._rng = np.random.default_rng(seed)
        self._coverage = Coverage(geometry, self._rng)
        self._painting = 0  # the stage's whose windows are counted
        self._windows = WindowMaker(geometry, field, self._rng)
        self._look_pixels = LOOK_PIXELS
        self.span = geometry.diagonal
        self._seen = [torch.zeros(count, 1, device=device) for count in pyramid.counts]

    def looks(self, stage: Stage, checkpoint: Callable[[], None]) -> list[Look]:
        """The windows of one step, laid anew. Raises JobError where no window can show anything."""
        if stage.painting != self._painting:
            # Or the finest windows would lie where the coarse ones did not, and leave the rest blurred.
            self._coverage.forget()
            self._painting = stage.painting
        size, count, _ = self._layout(stage)
        # As many at a time whatever memory there is, or that would decide what is painted.
        bunch = LOOK_PIXELS // size**2
        left = float(count)  # windows, of which those that are cut down count by their area
        looks: list[Look] = []
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
        self._look_pixels //= 2
        return True

    def state(self) -> dict[str, Tensor]:
        random = json.dumps(self._rng.bit_generator.state).encode()
        return {
            "seen": torch.cat(self._seen),
            "coverage": torch.from_numpy(self._coverage.seen.copy()),
            "painting": torch.tensor(self._painting),
            "random": torch.tensor(list(random), dtype=torch.uint8),
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        for level, seen in zip(self._seen, state["seen"].split(self._pyramid.counts), strict=True):
            level.copy_(seen)
        self._coverage.seen[:] = state["coverage"].numpy()
        self._painting = int(state["painting"])
        self._rng.bit_generator.state = json.loads(bytes(state["random"].tolist()))

    def _layout(self, stage: Stage) -> tuple[int, int, int]:
        """Pixels of a window's side, how many windows there are in a step, and how many in a look."""
        widest = min(0.6 * stage.painting, self._geometry.diagonal / self._pixel(stage))
        size = min(WINDOW, max(32, round(widest / 32) * 32))
        count = max(2, round(self._shown(stage) / (USED * size**2)))
        return size, count, max(1, self._look_pixels // size**2)

    def _laid(self, stage: Stage, count: int, checkpoint: Callable[[], None]) -> tuple[list[Look], float]:
        """So many windows where least has been seen, in looks, but for those that see nothing.

        And how many windows they are, of which those that are cut down count by their area.
        """
        size, _, _ = self._layout(stage)
        checkpoint()
        windows = self._windows.lay(self._coverage.least_seen(count), self._pixel(stage), size)
        self._coverage.add(windows)
        looks, pixels = [], 0
        for alike in windows.tight():
            pixels += alike.weight.size
            per_look = max(1, self._look_pixels // alike.weight[0].size)
            parts = (alike[at : at + per_look] for at in range(0, len(alike.weight), per_look))
            looks += [self._look(stage, part) for part in parts if float(part.weight.sum()) > LEAST_SEEN]
        return looks, pixels / size**2

    def _look(self, stage: Stage, windows: Windows) -> Look:
        weight = torch.from_numpy(windows.weight)[:, None].to(self._device)
        valid = torch.from_numpy(windows.valid)[:, None].to(self._device, torch.float32)
        shown = windows.valid
        points = self._geometry.points(windows.face[shown], windows.barycentric[shown])
        level = self.count(stage) - 1
        seen = self._pyramid.sources[level].at(points)
        self._seen[level] += seen.transposed(weight[valid > 0][:, None])
        return PointLook(seen, weight, valid)

    def _pixel(self, stage: Stage) -> float:
        """World size of a view's pixel."""
        return self.span / stage.painting

    def _shown(self, stage: Stage) -> float:
        """Pixels of the surface that a step shows."""
        return stage.share * self._geometry.area / self._pixel(stage) ** 2
