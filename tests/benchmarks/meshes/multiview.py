"""The baseline: a texture painted through perspective cameras around the object, its texels held in UV space.

The way of most work on stylizing meshes (such as Hoellein, Johnson and Niessner 2022, "StyleMesh"): a few
cameras see the whole object, the losses of flat pictures are taken of what they see, and gradients go back to
the texture, here a Laplacian pyramid over the UV map. Losses, schedule and descent are our own engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from nst.core.canvas import Look, Palette, Stage
from nst.core.canvas.surface_views import LOOK_PIXELS
from nst.core.metrics.windows import WindowLook
from nst.core.resize import enlarged
from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import SurfaceMesh
from nst.core.surface.texels import texel_map

AZIMUTHS = 6  # cameras on each of two rings, those of the second between the first's
ELEVATIONS = (-20.0, 20.0)  # degrees of the rings
POLES = (-80.0, 80.0)  # and one from below and one from above
FIELD = 35.0  # degrees of view
LEAST_COSINE = 0.1  # between a surface's normal and the ray that sees it
COARSEST = 16  # pixels of the pyramid's first level, at least
WIDEST = 640  # pixels of a view


class MultiViewCanvas:
    """A (size, size) texture seen by cameras. span: world size of the painting's longer side on the object.

    seen: (size, size), whether some camera saw the texel.
    """

    steady = False

    def __init__(self, mesh: SurfaceMesh, size: int, span: float, seed: int, device: torch.device) -> None:
        self.size, self.span, self.device = size, span, device
        self.geometry = Geometry(mesh)
        self._inside = torch.from_numpy(texel_map(mesh, size).inside)
        self._rng = np.random.default_rng(seed)
        self._cached: tuple[int, list[WindowLook]] = (0, [])
        self.seen = torch.zeros(size, size, dtype=torch.bool)

    @property
    def painted(self) -> float:
        """Share of the texels inside islands that a camera saw."""
        return float(self.seen[self._inside].float().mean())

    def start(self, stage: Stage, palette: Palette, generator: torch.Generator) -> list[Tensor]:
        levels = self.begin(stage, [])
        amount = palette.noise_over(len(levels), has_content=False)
        levels[0] += palette.mean.view(1, 3, 1, 1)
        return [level + palette.noise(level, generator) * amount for level in levels]

    def begin(self, stage: Stage, levels: list[Tensor]) -> list[Tensor]:
        """With all levels whose texels are not much finer than a stage's pixels."""
        sides = [self.size]
        while sides[0] >= 2 * COARSEST:
            sides.insert(0, sides[0] // 2)
        count = max(1, sum(side < 2 * self._across(stage) for side in sides))
        finer = sides[len(levels) : count]
        return [*levels, *(torch.zeros(1, 3, side, side, device=self.device) for side in finer)]

    def subject(self, stage: Stage, levels: list[Tensor]) -> Tensor:
        return self.decode(levels)

    def as_subject(self, stage: Stage, picture: Tensor) -> Tensor:
        return picture

    def decode(self, levels: list[Tensor]) -> Tensor:
        picture = levels[0]
        for level in levels[1:]:
            picture = enlarged(picture, level.shape[-2:]) + level
        if picture.shape[-1] != self.size:
            picture = enlarged(picture, (self.size, self.size))
        return picture

    def as_large(self, gradients: list[Tensor]) -> list[Tensor]:
        return gradients

    def coordinates(self, like: Tensor) -> None:
        return None

    def colors(self, picture: Tensor) -> Tensor:
        return picture[0, :, self._inside.to(picture.device)].T

    def content(self, stage: Stage) -> Tensor | None:
        return None

    def looks(self, stage: Stage, checkpoint: Callable[[], None]) -> Sequence[Look]:
        """Some of the cameras, at random, as many as the stage's share of them."""
        every = self._looks(stage, checkpoint)
        count, together = self._cameras(stage)
        chosen = [every[index] for index in self._rng.choice(len(every), count, replace=False)]
        return [_together(chosen[start : start + together]) for start in range(0, count, together)]

    def around(self, stage: Stage) -> Sequence[Look]:
        return ()

    def views(self, stage: Stage) -> tuple[int, int]:
        (count, together), pixels = self._cameras(stage), self._side(stage) ** 2
        return count * pixels, min(count, together) * pixels

    def footprint(self, stage: Stage, compact: bool, keep: bool) -> float:
        return self.size**2 * 110.0

    def shrink(self) -> bool:
        return False

    def compress(self) -> None:
        return

    def state(self) -> dict[str, Tensor]:
        return {}

    def restore(self, state: dict[str, Tensor]) -> None:
        return

    def _cameras(self, stage: Stage) -> tuple[int, int]:
        """How many cameras a step takes, and how many of them share a pass through the network."""
        count = max(2, round(stage.share * len(_directions())))
        return count, max(1, LOOK_PIXELS // self._side(stage) ** 2)

    def _across(self, stage: Stage) -> float:
        """The stage's pixels across the texture, about."""
        return float(np.sqrt(self.geometry.area)) * stage.painting / self.span

    def _side(self, stage: Stage) -> int:
        """Pixels of a view, so that they are as large on the object, on average, as the stage wants."""
        wanted = self.geometry.diagonal * stage.painting / self.span
        return max(64, min(WIDEST, round(wanted / 16) * 16))

    def _looks(self, stage: Stage, checkpoint: Callable[[], None]) -> list[WindowLook]:
        side = self._side(stage)
        if self._cached[0] != side:
            looks = []
            for toward in _directions():
                checkpoint()
                looks.append(self._look(toward, side))
            self._cached = (side, looks)
        return self._cached[1]

    def _look(self, toward: np.ndarray, side: int) -> WindowLook:
        """What a camera in a direction sees of the object."""
        points = self.geometry.corners.reshape(-1, 3)
        centre = (points.max(0) + points.min(0)) / 2
        distance = self.geometry.diagonal / 2 / np.sin(np.radians(FIELD / 2))
        right = np.cross((0.0, 0.0, 1.0), toward)
        right /= np.linalg.norm(right)
        up = np.cross(toward, right)
        axis = ((np.arange(side) + 0.5) / side * 2 - 1) * np.tan(np.radians(FIELD / 2))
        x, y = np.meshgrid(axis, -axis)
        rays = (x[..., None] * right + y[..., None] * up - toward).reshape(-1, 3)
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        origins = np.broadcast_to(centre + toward * distance, rays.shape)
        face, barycentric = self.geometry.cast(origins, rays)
        cosine = -np.einsum("pc,pc->p", rays, self.geometry.face_normals[face])
        valid = ((face >= 0) & (cosine > LEAST_COSINE)).reshape(side, side)
        uv = np.einsum("pk,pkc->pc", barycentric, self.geometry.mesh.uvs[face]).reshape(side, side, 2)
        uv = np.where(valid[..., None], uv - np.floor(uv), 0)
        self._note(uv[valid])
        grid = torch.from_numpy(np.stack([uv[..., 0] * 2 - 1, 1 - uv[..., 1] * 2], axis=-1)).float()[None]
        weight = torch.from_numpy(valid).float()[None, None]
        grid, weight = grid.to(self.device), weight.to(self.device)
        return WindowLook(grid, weight, weight)

    def _note(self, uv: np.ndarray) -> None:
        column = np.minimum((uv[:, 0] * self.size).astype(int), self.size - 1)
        row = np.minimum(((1 - uv[:, 1]) * self.size).astype(int), self.size - 1)
        self.seen[row, column] = True


def _together(looks: Sequence[WindowLook]) -> WindowLook:
    """Several cameras' views as one batch."""
    grid, weight, valid = (torch.cat([getattr(o, n) for o in looks]) for n in ("grid", "weight", "valid"))
    return WindowLook(grid, weight, valid)


def _directions() -> list[np.ndarray]:
    """Unit vectors (3,) from the object to the cameras; z is up."""
    angles = [
        (360 * (index + 0.5 * ring) / AZIMUTHS, elevation)
        for ring, elevation in enumerate(ELEVATIONS)
        for index in range(AZIMUTHS)
    ]
    angles += [(0.0, elevation) for elevation in POLES]
    return [
        np.array([np.cos(e) * np.sin(a), -np.cos(e) * np.cos(a), np.sin(e)])
        for a, e in (np.radians(pair) for pair in angles)
    ]
