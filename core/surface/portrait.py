"""A portrait of a textured mesh: a plain picture to judge a texture by, without Blender."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from .geometry import Geometry
from .sheets import sheet_count, sheet_grid, sheet_of

BACKGROUND = 0.93
LIGHT = np.array([-0.4, 0.7, 0.6])  # right, up, toward the viewer
SHADING = 0.35  # of the light's part; the rest are the texture's bare colours

_Axis = NDArray[np.float64]


class Portrait:
    """An orthographic, lightly shaded look at a mesh; ``draw`` shows it under a texture.

    azimuth, elevation: degrees from the front. up: (0, 0, 1) for Blender's meshes, whose front is
    -y; (0, 1, 0) for glTF's, whose front is +z. samples: rays across a pixel. background: a grey.
    Rays are cast once, so that drawing again costs little.
    """

    def __init__(
        self,
        geometry: Geometry,
        up: tuple[float, float, float],
        size: int = 512,
        azimuth: float = 30.0,
        elevation: float = 15.0,
        samples: int = 3,
        background: float = BACKGROUND,
    ) -> None:
        self.size, self._samples, self._background = size, samples, background
        right, over, toward = _camera(np.array(up), np.radians(azimuth), np.radians(elevation))
        origins = _origins(geometry, right, over, toward, size * samples)
        face, barycentric = geometry.cast(origins, np.broadcast_to(-toward, origins.shape))
        hit = face >= 0
        points = geometry.points(face[hit], barycentric[hit])
        self._uv = np.einsum("pk,pkc->pc", points.barycentric, geometry.mesh.uvs[points.face])
        self._sheet, self._count = sheet_of(geometry.mesh)[points.face], sheet_count(geometry.mesh)
        light = LIGHT[0] * right + LIGHT[1] * over + LIGHT[2] * toward
        lit = (points.normal @ (light / np.linalg.norm(light)) * 0.5 + 0.5).clip(0, 1)
        self._hit = torch.from_numpy(hit)
        self._shade = torch.from_numpy(1 - SHADING + SHADING * 1.3 * lit).float()

    def draw(self, texture: Tensor) -> Tensor:
        """A picture (1, 3, size, size) on the CPU of the mesh under its texture (1, 3, H, W).

        The textures of several sheets are stacked, so that H is a multiple of their number.
        """
        across = self.size * self._samples
        height = texture.shape[-2] // self._count
        grid = torch.from_numpy(sheet_grid(self._uv, self._sheet, self._count, height))
        seen = F.grid_sample(texture.cpu(), grid[None, None], align_corners=False, padding_mode="border")[
            0, :, 0
        ]
        picture = torch.full((3, across * across), self._background)
        picture[:, self._hit] = (seen * self._shade).clamp(0, 1)
        return F.avg_pool2d(picture.reshape(1, 3, across, across), self._samples)


def _origins(geometry: Geometry, right: _Axis, over: _Axis, toward: _Axis, across: int) -> _Axis:
    """Where the rays start, (across^2, 3): a plane before the mesh, a little wider than it looks."""
    points = geometry.corners.reshape(-1, 3)
    centre = sum((_middle(points @ axis) * axis for axis in (right, over, toward)), np.zeros(3))
    reach = 0.53 * max(float(np.ptp(points @ right)), float(np.ptp(points @ over)))
    axis = (np.arange(across) + 0.5) / across * 2 - 1
    x, y = np.meshgrid(axis * reach, -axis * reach)
    plane: _Axis = x[..., None] * right + y[..., None] * over
    origins: _Axis = (centre + plane + toward * geometry.diagonal * 2).reshape(-1, 3)
    return origins


def _middle(along: _Axis) -> float:
    return float(along.max() + along.min()) / 2


def _camera(up: _Axis, azimuth: float, elevation: float) -> tuple[_Axis, _Axis, _Axis]:
    """Right, up and toward-viewer axes."""
    front = np.array([0.0, -1.0, 0.0]) if up[2] == 1 else np.array([0.0, 0.0, 1.0])
    side = np.cross(up, front)
    level = front * np.cos(azimuth) + side * np.sin(azimuth)
    toward = level * np.cos(elevation) + up * np.sin(elevation)
    right = np.cross(up, toward)
    right /= np.linalg.norm(right)
    return right, np.cross(toward, right), toward
