"""A portrait of a textured mesh: a plain picture to judge a texture by, without Blender."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .geometry import Geometry
from .mesh import SurfaceMesh

BACKGROUND = 0.93
LIGHT = np.array([-0.4, 0.7, 0.6])  # right, up, toward the viewer
SAMPLES = 3  # rays across a pixel


def portrait(
    mesh: SurfaceMesh,
    texture: Tensor,
    size: int = 512,
    azimuth: float = 30.0,
    elevation: float = 15.0,
    up: tuple[float, float, float] = (0.0, 1.0, 0.0),
    shading: float = 0.35,
) -> Tensor:
    """An orthographic picture (1, 3, size, size) of a mesh under its texture (1, 3, H, W).

    azimuth, elevation: degrees from the front. shading: 0 shows the texture's bare colours.
    """
    geometry = Geometry(mesh)
    right, over, toward = _camera(np.array(up), np.radians(azimuth), np.radians(elevation))
    points = geometry.corners.reshape(-1, 3)
    centre = (points.max(0) + points.min(0)) / 2
    reach = 0.53 * max(float(np.ptp(points @ right)), float(np.ptp(points @ over)))
    axis = (np.arange(size * SAMPLES) + 0.5) / (size * SAMPLES) * 2 - 1
    x, y = np.meshgrid(axis * reach, -axis * reach)
    origins = centre + x[..., None] * right + y[..., None] * over + toward * geometry.diagonal * 2
    origins = origins.reshape(-1, 3)
    face, barycentric = geometry.cast(origins, np.broadcast_to(-toward, origins.shape))
    hit = face >= 0
    surface = geometry.points(face, barycentric)
    uv = np.einsum("pk,pkc->pc", barycentric, mesh.uvs[face])
    uv -= np.floor(uv)
    grid = torch.from_numpy(np.stack([uv[:, 0] * 2 - 1, 1 - uv[:, 1] * 2], axis=1)).float()
    colors = F.grid_sample(texture.cpu(), grid[None, None], align_corners=False, padding_mode="border")[
        0, :, 0
    ].T
    light = LIGHT[0] * right + LIGHT[1] * over + LIGHT[2] * toward
    lit = (surface.normal @ (light / np.linalg.norm(light)) * 0.5 + 0.5).clip(0, 1)
    shade = torch.from_numpy(1 - shading + shading * 1.3 * lit).float()[:, None]
    colors = torch.where(
        torch.from_numpy(hit)[:, None], (colors * shade).clamp(0, 1), torch.tensor(BACKGROUND)
    )
    picture = colors.T.reshape(1, 3, size * SAMPLES, size * SAMPLES)
    return F.avg_pool2d(picture, SAMPLES)


def _camera(up: np.ndarray, azimuth: float, elevation: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right, up and toward-viewer axes. Azimuth 0 looks at the front: -y in Blender, +z in glTF."""
    front = np.array([0.0, -1.0, 0.0]) if up[2] == 1 else np.array([0.0, 0.0, 1.0])
    side = np.cross(up, front)
    level = front * np.cos(azimuth) + side * np.sin(azimuth)
    toward = level * np.cos(elevation) + up * np.sin(elevation)
    right = np.cross(up, toward)
    right /= np.linalg.norm(right)
    return right, np.cross(toward, right), toward
