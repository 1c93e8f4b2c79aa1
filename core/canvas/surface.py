"""The surface canvas: the texture of a mesh, seen through tangent views."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..blur import FADE
from ..relief import paint_height
from ..resize import resized_to
from ..surface.diffusion import diffused
from ..surface.equalize import SeamSolve
from ..surface.field import direction_field
from ..surface.geometry import Floats, Geometry, SurfacePoints
from ..surface.grain import grain
from ..surface.mesh import SurfaceMesh
from ..surface.pyramid import SurfacePyramid, build_pyramid
from ..surface.shape import shape_light
from ..surface.texels import TexelMap, fill_outside, own_faces, texel_areas, texel_map, texel_places
from .base import Look, Palette, Stage
from .scatter import gathered, scattered
from .surface_memory import footprint
from .surface_views import SurfaceViews

SAMPLES = 4.3  # of the surface for each of the pyramid's points, to choose it from
COLORS = 65536  # texels that stand for all in the palette
POINTS = 1.2  # of the finest pixels between the finest points: their neighbours reach about as far as theirs


class SurfaceCanvas:
    """The (size, size) textures of a mesh, stacked to one picture (1, 3, sheets * size, size).

    up: the object's upright direction. direction, angle: of strokes, as in ``TextureJob``.
    grain: world size of the finest detail that is painted. base: (T, 3) colours of its texels before, if any.
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
        self.texels: TexelMap = texel_map(mesh, size)
        whole = Geometry(mesh)
        self.geometry = whole.only(own_faces(whole, self.texels))
        areas = texel_areas(self.geometry, self.texels)
        self.grain = grain(self.geometry.area, self.texels.inside.size, areas[self._inside()])
        self.pyramid: SurfacePyramid = build_pyramid(
            lambda level, spacing: self._samples(spacing, np.random.default_rng([seed, level])),
            self.geometry.portions(self.texels.face, self.texels.barycentric),
            len(self.texels.index),
            POINTS * self.grain,
            self.geometry.diagonal / 4,
            device,
        )
        self.shape = (self.texels.count * size, size)
        field = direction_field(self.geometry, direction, angle, up)
        self._views = SurfaceViews(self.geometry, self.pyramid, self.grain, field, seed, device)
        self._index = torch.from_numpy(self.texels.index).to(device)
        self._areas = torch.from_numpy((areas * self._inside()).astype(np.float32)).to(device)
        self.base: Tensor | None = None

    @property
    def span(self) -> float:
        """World size that the painting's longer side has on the surface; set before painting."""
        return self._views.span

    @span.setter
    def span(self, span: float) -> None:
        self._views.span = span

    def seen(self) -> Tensor:
        """How much of each of its texels (T,) windows have shown, in weighted pixels."""
        return self._views.seen()

    def painted(self) -> float:
        """Share of the island texels that at least one window has seen."""
        inside = torch.from_numpy(self._inside()).to(self._device)
        return float((self.seen()[inside] > 0).float().mean())

    def begin(self, stage: Stage, levels: list[Tensor]) -> list[Tensor]:
        wanted = self._views.count(stage)
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
        places = torch.from_numpy(texel_places(self.geometry, self.texels)).to(self._device)
        return self.picture(diffused(self.pyramid, values, self._areas, places, distance / FADE)).clamp(0, 1)

    def decode(self, levels: list[Tensor]) -> Tensor:
        return self.picture(self.pyramid.decode(levels))

    def subject(self, stage: Stage, levels: list[Tensor]) -> Tensor:
        return self.pyramid.colors(levels).T[None, :, None]

    def as_subject(self, stage: Stage, picture: Tensor) -> Tensor:
        colors = gathered(picture.to(self._device).reshape(picture.shape[1], -1), self._index)
        return self._around_points(stage, colors)

    def project(self, stage: Stage, picture: Tensor) -> list[Tensor]:
        """Levels whose ``decode`` is a smoothed ``picture``."""
        colors = gathered(picture.reshape(3, -1), self._index)
        means = self.pyramid.restricted(colors, self._areas, self._views.count(stage) - 1)
        finer = zip(means[1:], means, self.pyramid.steps, strict=False)
        return [means[0], *(mean - step(coarser) for mean, coarser, step in finer)]

    def as_large(self, gradients: list[Tensor]) -> list[Tensor]:
        return gradients

    def coordinates(self, like: Tensor) -> None:
        return None

    def colors(self, picture: Tensor) -> Tensor:
        ends = np.cumsum(self._areas.cpu().numpy(), dtype=np.float64)
        at = (np.arange(COLORS) + 0.5) / COLORS * ends[-1]
        chosen = torch.from_numpy(np.minimum(np.searchsorted(ends, at), len(ends) - 1))
        return picture.to(self._device).reshape(3, -1).T[self._index[chosen.to(self._device)]]

    def content(self, stage: Stage) -> Tensor | None:
        return None if self.base is None else self._around_points(stage, self.base)

    def looks(self, stage: Stage, checkpoint: Callable[[], None]) -> Sequence[Look]:
        return self._views.looks(stage, checkpoint)

    def around(self, stage: Stage) -> Sequence[Look]:
        return ()

    def views(self, stage: Stage) -> tuple[int, int]:
        return self._views.pixels(stage)

    def footprint(self, stage: Stage, compact: bool, keep: bool) -> float:
        texels, pixels, level = len(self._index), self.texels.inside.size, self._views.count(stage) - 1
        return footprint(texels, pixels, self.pyramid.counts, level, self.base is not None, compact)

    def shrink(self) -> bool:
        return self._views.shrink()

    def compress(self) -> None:
        return

    def state(self) -> dict[str, Tensor]:
        return self._views.state()

    def restore(self, state: dict[str, Tensor]) -> None:
        self._views.restore(state)

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
        flat = fill_outside(picture.reshape(picture.shape[1], -1), self.texels)
        return flat.reshape(1, -1, *self.shape)

    def split(self, picture: Tensor) -> tuple[Tensor, ...]:
        """The sheets (1, C, size, size) of a picture."""
        return tuple(picture[:, :, top : top + self.size] for top in range(0, self.shape[0], self.size))

    def _samples(self, spacing: float, rng: np.random.Generator) -> Iterator[SurfacePoints]:
        """Enough of the surface to choose points a spacing apart from."""
        return self.geometry.samples(max(4096, round(SAMPLES * self.geometry.area / spacing**2)), rng)

    def _inside(self) -> NDArray[np.bool_]:
        return self.texels.inside.reshape(-1)[self.texels.index]

    def _around_points(self, stage: Stage, colors: Tensor) -> Tensor:
        """Texel colours (T, C) as a stage's ``subject`` (1, C, 1, N): means around its points."""
        return self.pyramid.restricted(colors, self._areas, self._views.count(stage) - 1)[-1].T[None, :, None]

    def picture(self, colors: Tensor) -> Tensor:
        """Texel colours (T, C) as a picture (1, C, sheets * size, size), 0 outside the islands."""
        height, width = self.shape
        return scattered(colors, self._index, height * width).reshape(1, -1, height, width)

    def texel_colors(self, picture: Tensor) -> list[Tensor]:
        """Texel colours (T_s, 3) of a picture of all sheets, of each sheet in turn."""
        colors = gathered(picture.to(self._device).reshape(3, -1), self._index)
        ends = np.searchsorted(self.texels.index, np.arange(1, self.texels.count) * self.size**2)
        return [part.contiguous() for part in colors.tensor_split(ends.tolist())]

    def shape_light(self, occlusion: float, curvature: float, scale: float) -> Tensor:
        """How much lighter (T,) texels are by the object's shape, see ``surface.shape.shape_light``."""
        return shape_light(self.geometry, self.texels, self.pyramid, self._areas, occlusion, curvature, scale)
