"""The surface canvas: the texture of a mesh, seen through tangent views."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from ..blur import FADE
from ..protocol import JobError, Remedy
from ..relief import paint_height
from ..resize import resized_to
from ..surface.coverage import Coverage
from ..surface.equalize import SeamSolve
from ..surface.field import direction_field
from ..surface.geometry import Floats, Geometry, SurfacePoints
from ..surface.mesh import SurfaceMesh
from ..surface.pyramid import Source, SurfacePyramid, build_pyramid
from ..surface.shape import shape_light
from ..surface.sheets import sheet_grid, sheet_of, sheet_texel
from ..surface.texels import TexelMap, texel_areas, texel_map
from ..surface.views import WindowMaker
from .base import Look, Palette, Stage
from .scatter import gathered, scattered
from .windows import PointLook, WindowLook

WINDOW = 256  # pixels; wide enough for relu5_1 to see a neighbourhood, small enough for a CPU
SAMPLES = 4.3  # of the surface for each of the pyramid's points, to choose it from
USED = 0.35  # what is left of a window's pixels, on average, after slopes, gaps and borders
LOOK_PIXELS = 4 * 256 * 256  # view pixels that share one pass through the network: 0.4 GB
COLORS = 65536  # texels that stand for all in the palette
POINTS = (
    1.2  # texels between the pyramid's finest points: their neighbours then reach about as far as pixels' do
)
CROWD = 4  # points on the surface for each texel, at most, about
BYTES = 230.0  # for each texel: the pyramid's points and their neighbours, levels, and the solver's state
LEAST_SEEN = 1.0  # pixels, weighted, that views of a step show at least
COARSER = 1.4  # times a texel: views with such pixels show points of the surface,
SHOWN = 2**19  # if they have no more pixels in a step
PATIENCE = 20  # tries to see something of a surface that is hard to see


class SurfaceCanvas:
    """The (size, size) textures of a mesh, stacked to one picture (1, 3, sheets * size, size).

    up: the object's upright direction. direction, angle: of strokes, as in ``TextureJob``.
    span: world size that the painting's longer side has on the surface; set before painting.
    texel: world size of a texel (median). base: (T, 3) colours of its texels before, if any.
    """

    steady = False

    def __init__(
        self,
        mesh: SurfaceMesh,
        size: int,
        up: tuple[float, float, float],
        seed: int,
        device: torch.device,
        direction: str = "up",
        angle: float = 0.0,
    ) -> None:
        self.size, self._device = size, device
        self.geometry = Geometry(mesh)
        self.texels: TexelMap = texel_map(mesh, size)
        areas = texel_areas(self.geometry, self.texels)
        self.texel = self._texel_size(areas)
        self.pyramid: SurfacePyramid = build_pyramid(
            lambda level, spacing: self._samples(spacing, np.random.default_rng([seed, level])),
            self.geometry.portions(self.texels.face, self.texels.barycentric),
            len(self.texels.index),
            POINTS * self.texel,
            self.geometry.diagonal / 4,
            self.geometry.area,
            device,
        )
        self.shape = (self.texels.count * size, size)
        self.seen = np.zeros(self.texels.count * size * size, dtype=np.float32)
        self._sheet = sheet_of(mesh)
        self._rng = np.random.default_rng(seed)
        self._coverage = Coverage(self.geometry, self._rng)
        self._windows = WindowMaker(
            self.geometry, direction_field(self.geometry, direction, angle, up), self._rng
        )
        self._index = torch.from_numpy(self.texels.index).to(device)
        self._areas = torch.from_numpy((areas * self._inside()).astype(np.float32)).to(device)
        self.base: Tensor | None = None
        self.span = self.geometry.diagonal
        self._look_pixels = LOOK_PIXELS

    def painted(self) -> float:
        """Share of the island texels that at least one window has seen."""
        inside = self.texels.inside.reshape(-1)
        return float((self.seen[inside] > 0).mean())

    def pixel(self, stage: Stage) -> float:
        """World size of a view's pixel."""
        return self.span / stage.painting

    def begin(self, stage: Stage, levels: list[Tensor]) -> list[Tensor]:
        wanted = self._count(stage)
        fresh = [torch.zeros(n, 3, device=self._device) for n in self.pyramid.counts[len(levels) : wanted]]
        return [*levels, *fresh]

    def start(self, stage: Stage, palette: Palette, generator: torch.Generator) -> list[Tensor]:
        levels = self.begin(stage, [])
        amount = palette.noise_over(len(levels), has_content=self.base is not None)
        if self.base is None:
            levels[0] += palette.mean
        else:
            levels = self.project(stage, self.picture(self.base))
        return [level + palette.noise(level, generator) * amount for level in levels]

    def laid(self, picture: Tensor) -> Tensor:
        """A picture (1, C, H, W) of any size, laid on the UV map of every sheet."""
        return resized_to(picture.to(self._device), (self.size, self.size)).repeat(1, 1, self.texels.count, 1)

    def spread(self, values: Floats) -> Tensor:
        """Values (F, 3) at the corners of faces, as a picture of all sheets; 0 outside the islands."""
        weight = self.texels.barycentric.astype(np.float64).clip(0, None)  # a gutter has its border's values
        weight /= weight.sum(1, keepdims=True)
        found = np.einsum("tk,tk->t", values[self.texels.face], weight).astype(np.float32)
        return self.picture(torch.from_numpy(found).to(self._device)[:, None])

    def softened(self, mask: Tensor, distance: float) -> Tensor:
        """A mask like the canvas's picture (1, 1, H, W), its edges fading over a world distance."""
        if distance <= 0:
            return mask
        values = mask.reshape(1, -1).T[self._index]
        return self.picture(self.pyramid.diffused(values, self._areas, distance / FADE)).clamp(0, 1)

    def decode(self, levels: list[Tensor]) -> Tensor:
        return self.picture(self.pyramid.decode(levels))

    def subject(self, stage: Stage, levels: list[Tensor]) -> Tensor:
        if self._source(stage) is None:
            return self.decode(levels)
        return self.pyramid.colors(levels).T[None, :, None]

    def as_subject(self, stage: Stage, picture: Tensor) -> Tensor:
        if self._source(stage) is None:
            return picture
        colors = gathered(picture.to(self._device).reshape(picture.shape[1], -1), self._index)
        return self._on_points(stage, colors)

    def _on_points(self, stage: Stage, colors: Tensor) -> Tensor:
        """Texel colours (T, C) as a stage's ``subject`` (1, C, 1, N), around the points that it shows."""
        means, _ = self.pyramid.restricted(colors, self._areas, self._count(stage) - 1)
        return means.T[None, :, None]

    def project(self, stage: Stage, picture: Tensor) -> list[Tensor]:
        """Levels whose ``decode`` is a smoothed ``picture``."""
        colors = gathered(picture.reshape(3, -1), self._index)
        restricted: list[Tensor] = []
        amount = self._areas
        for step in reversed(self.pyramid.steps):
            colors, amount = step.restrict(colors, amount)
            restricted.insert(0, colors)
        levels = [restricted[0]]
        for level in range(1, self._count(stage)):
            levels.append(restricted[level] - self.pyramid.steps[level - 1](restricted[level - 1]))
        return levels

    def colors(self, picture: Tensor) -> Tensor:
        ends = np.cumsum(self._areas.cpu().numpy(), dtype=np.float64)
        at = (np.arange(COLORS) + 0.5) / COLORS * ends[-1]
        chosen = torch.from_numpy(np.minimum(np.searchsorted(ends, at), len(ends) - 1))
        return picture.to(self._device).reshape(3, -1).T[self._index[chosen.to(self._device)]]

    def content(self, stage: Stage) -> Tensor | None:
        if self.base is None:
            return None
        if self._source(stage) is None:
            return self.picture(self.pyramid.smooth(self.base, self._areas, self._count(stage) - 1))
        return self._on_points(stage, self.base)

    def looks(self, stage: Stage, checkpoint: Callable[[], None]) -> Sequence[Look]:
        size, count, per_look = self._windows_of(stage)
        looks: list[Look] = []
        for start in range(0, count, per_look):
            checkpoint()
            look = self._look(stage, self._coverage.least_seen(min(per_look, count - start)), size)
            if float(look.weight.sum()) > LEAST_SEEN:
                looks.append(look)
        for _ in range(PATIENCE):
            if looks:
                return looks
            checkpoint()
            look = self._look(stage, self._coverage.least_seen(per_look), size)
            looks = [look] if float(look.weight.sum()) > LEAST_SEEN else []
        if looks:
            return looks
        raise JobError(
            "strokes_too_large",
            "The object is too thin for strokes of this size: no brush could rest on it. Choose a smaller "
            "stroke size.",
            Remedy.CHANGE_SETTING,
        )

    def views(self, stage: Stage) -> tuple[int, int]:
        size, count, per_look = self._windows_of(stage)
        return count * size**2, min(count, per_look) * size**2

    def footprint(self, stage: Stage, compact: bool) -> float:
        return len(self._index) * BYTES

    def shrink(self) -> bool:
        if self._look_pixels <= WINDOW**2:
            return False
        self._look_pixels //= 2
        return True

    def compress(self) -> None:
        return

    def state(self) -> dict[str, Tensor]:
        random = json.dumps(self._rng.bit_generator.state).encode()
        return {
            "seen": torch.from_numpy(self.seen.copy()),
            "coverage": torch.from_numpy(self._coverage.seen.copy()),
            "random": torch.tensor(list(random), dtype=torch.uint8),
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        self.seen[:] = state["seen"].numpy()
        self._coverage.seen[:] = state["coverage"].numpy()
        self._rng.bit_generator.state = json.loads(bytes(state["random"].tolist()))

    def finished(self, picture: Tensor) -> Tensor:
        """The picture with everything outside the islands filled from the nearest island texel of its sheet.

        So no background bleeds in, at any mip level. Colours stay a hair above black, which marks what was
        never painted.
        """
        return self._filled(picture.clamp(1 / 255, 1))

    def equalized(self, picture: Tensor) -> Tensor:
        """The picture (1, C, H, W) in [0, 1] with gutters that make filtering read the same across seams."""
        planes = SeamSolve(self.geometry.mesh, self.texels)(picture[0].reshape(picture.shape[1], -1))
        return planes.reshape(picture.shape)

    def height(self, picture: Tensor, stroke: float) -> Tensor:
        """The relief (1, 1, H, W) of what is painted, as of ``paint_height``, filled as by ``finished``."""
        colors = gathered(picture.to(self._device).reshape(3, -1), self._index)
        return self._filled(self.picture(paint_height(self.pyramid, colors, self._areas, stroke)[:, None]))

    def _filled(self, picture: Tensor) -> Tensor:
        """A picture that may be written over, with what is nearest outside the islands."""
        flat = picture.reshape(picture.shape[1], -1)
        outside, nearest = (
            torch.from_numpy(part).to(picture.device) for part in (self.texels.outside, self.texels.nearest)
        )
        flat[:, outside] = flat[:, nearest]
        return flat.reshape(1, -1, *self.shape)

    def split(self, picture: Tensor) -> tuple[Tensor, ...]:
        """The sheets (1, C, size, size) of a picture."""
        return tuple(picture[:, :, top : top + self.size] for top in range(0, self.shape[0], self.size))

    def _windows_of(self, stage: Stage) -> tuple[int, int, int]:
        """Pixels of a window's side, how many windows there are in a step, and how many in a look."""
        pixel = self.pixel(stage)
        widest = min(0.6 * stage.painting, self.geometry.diagonal / pixel)
        size = min(WINDOW, max(32, round(widest / 32) * 32))
        count = max(2, round(self._shown(stage) / (USED * size**2)))
        return size, count, max(1, self._look_pixels // size**2)

    def _look(self, stage: Stage, centres: SurfacePoints, size: int) -> Look:
        windows = self._windows.lay(centres, self.pixel(stage), size)
        self._coverage.add(windows)
        sheet = self._sheet[windows.face]
        texel = sheet_texel(windows.uv, sheet, self.size)
        hits = np.bincount(texel.reshape(-1), windows.weight.reshape(-1), len(self.seen))
        self.seen += hits.astype(np.float32)
        weight = torch.from_numpy(windows.weight)[:, None].to(self._device)
        valid = torch.from_numpy(windows.valid)[:, None].to(self._device, torch.float32)
        source = self._source(stage)
        if source is not None:
            shown = windows.valid
            points = self.geometry.points(windows.face[shown], windows.barycentric[shown])
            return PointLook(source.at(points), weight, valid)
        grid = sheet_grid(windows.uv, sheet, self.texels.count, self.size)
        return WindowLook(torch.from_numpy(grid).to(self._device), weight, valid)

    def _source(self, stage: Stage) -> Source | None:
        """The points that a stage's views show; None if they show the texture."""
        return self.pyramid.sources[self._count(stage) - 1] if self._shows_points(stage) else None

    def _shows_points(self, stage: Stage) -> bool:
        """Whether a stage's views show points rather than the texture, which is faster where pixels are many.

        What the texture looks like depends on the unwrap, and the least difference at a coarse scale leads to
        another painting.
        """
        return self.pixel(stage) >= COARSER * self.texel and self._shown(stage) < SHOWN

    def _shown(self, stage: Stage) -> float:
        """Pixels of the surface that a step shows."""
        return stage.share * self.geometry.area / self.pixel(stage) ** 2

    def _count(self, stage: Stage) -> int:
        """Levels that are painted at a stage."""
        spacings = self.pyramid.halves if self._shows_points(stage) else self.pyramid.spacings
        finest = 0.7 * self.pixel(stage)
        return max(1, sum(spacing >= finest for spacing in spacings))

    def _texel_size(self, areas: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        """That of most texels, but so large that CROWD times the texture's own could cover the surface.

        Only UVs that overlap or that give very different sizes to the object's parts
        need more; there, nothing finer is held than memory allows.
        """
        inside = self._inside()
        least = self.geometry.area / (CROWD * max(1, int(inside.sum())))
        return float(np.sqrt(max(np.median(areas[inside]), least)))

    def _samples(self, spacing: float, rng: np.random.Generator) -> Iterator[SurfacePoints]:
        """Enough of the surface to choose points a spacing apart from."""
        return self.geometry.samples(max(4096, round(SAMPLES * self.geometry.area / spacing**2)), rng)

    def _inside(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return self.texels.inside.reshape(-1)[self.texels.index]

    def picture(self, colors: Tensor) -> Tensor:
        """Texel colours (T, C) as a picture (1, C, sheets * size, size), 0 outside the islands."""
        return scattered(colors, self._index, len(self.seen)).reshape(1, colors.shape[1], *self.shape)

    def texel_colors(self, picture: Tensor) -> list[Tensor]:
        """Texel colours (T_s, 3) of a picture of all sheets, of each sheet in turn."""
        colors = gathered(picture.to(self._device).reshape(3, -1), self._index)
        ends = np.searchsorted(self.texels.index, np.arange(1, self.texels.count) * self.size**2)
        return [part.contiguous() for part in colors.tensor_split(ends.tolist())]

    def shape_light(self, occlusion: float, curvature: float, scale: float) -> Tensor:
        """How much lighter (T,) texels are by the object's shape, see ``surface.shape.shape_light``."""
        return shape_light(self.geometry, self.texels, self.pyramid, self._areas, occlusion, curvature, scale)
