"""Windows laid on a surface to measure its texture: spread evenly, and the same each time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..canvas.base import add_transposed
from ..surface.field import DirectionField
from ..surface.geometry import Geometry
from ..surface.mesh import SurfaceMesh
from ..surface.sheets import texture_grid
from ..surface.views import WindowMaker

Y_UP = (0.0, 1.0, 0.0)
RAYS = 2**19  # that are cast at a time
COARSE = 1.5  # texels that a pixel may be wide before it gets more than one ray
MOST_SAMPLES = 4  # rays along a pixel's side


@dataclass(frozen=True)
class WindowLook:
    """Views of a texture. grid: (B, h, w, 2) for grid_sample; weight, valid: (B, 1, h, w)."""

    grid: Tensor
    weight: Tensor
    valid: Tensor
    wrap: tuple[bool, bool] = (False, False)

    def gather(self, picture: Tensor) -> Tensor:
        texture = picture.expand(len(self.grid), -1, -1, -1)
        return F.grid_sample(texture, self.grid, mode="bilinear", padding_mode="border", align_corners=False)

    def scatter(self, gradient: Tensor, into: Tensor) -> None:
        add_transposed(self.gather, gradient, into)


@dataclass(frozen=True)
class SurfaceWindows:
    """B windows of (s, s) pixels. look: them with ``samples`` rays along each pixel's side."""

    look: WindowLook
    samples: int

    def read(self, texture: Tensor) -> Tensor:
        """What they show of a texture (1, 3, H, W): (B, 3, s, s); anything where nothing is valid."""
        seen = self.look.gather(texture) * self.look.valid
        return F.avg_pool2d(seen, self.samples) / self._share.clamp_min(1e-6)

    @property
    def weight(self) -> Tensor:
        """(B, 1, s, s) in [0, 1], how much each pixel counts."""
        return F.avg_pool2d(self.look.weight, self.samples)

    @property
    def valid(self) -> Tensor:
        """(B, 1, s, s) in {0, 1}, whether each pixel shows some of the surface."""
        return (self._share > 0).float()

    @property
    def _share(self) -> Tensor:
        return F.avg_pool2d(self.look.valid, self.samples)


def lay_windows(
    geometry: Geometry,
    pixel: float,
    size: int,
    count: int,
    texel: float,
    up: tuple[float, float, float] = Y_UP,
    seed: int = 0,
) -> Iterator[SurfaceWindows]:
    """``count`` windows spread evenly by area, in portions; each (size, size) pixels of world size ``pixel``.

    texel: the texture's, in world units. Pixels much larger than texels are means of what they cover.
    """
    rng = np.random.default_rng(seed)
    maker = WindowMaker(geometry, DirectionField(up), rng)
    centres = geometry.sample(count, rng)
    samples = 1 if pixel <= COARSE * texel else min(MOST_SAMPLES, math.ceil(pixel / (COARSE * texel)))
    fine = size * samples
    step = max(1, RAYS // fine**2)
    for start in range(0, count, step):
        windows = maker.lay(centres[start : start + step], pixel / samples, fine)
        grid = torch.from_numpy(texture_grid(windows.uv))
        weight, valid = (torch.from_numpy(one)[:, None].float() for one in (windows.weight, windows.valid))
        yield SurfaceWindows(WindowLook(grid, weight, valid), samples)


def texel_size(geometry: Geometry, height: int, width: int) -> float:
    """World size of a texel, on average over the islands."""
    return math.sqrt(geometry.area / max(uv_area(geometry.mesh) * height * width, 1e-12))


def uv_area(mesh: SurfaceMesh) -> float:
    """Area of all faces in the UV map, where the whole texture has 1."""
    a, b = mesh.uvs[:, 1] - mesh.uvs[:, 0], mesh.uvs[:, 2] - mesh.uvs[:, 0]
    return float(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / 2


def check_texture(texture: Tensor) -> Tensor:
    """The texture (1, 3, H, W) on the CPU in float32. Raises ValueError for another shape."""
    if texture.ndim != 4 or texture.shape[:2] != (1, 3) or 0 in texture.shape:
        raise ValueError(f"expected a texture of shape (1, 3, H, W), got {tuple(texture.shape)}")
    return texture.detach().to("cpu", torch.float32)
