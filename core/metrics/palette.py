"""How alike two palettes are, in all their colours."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..surface.geometry import Geometry
from ..surface.sheets import stacked
from .atlas import texel_uv

COLORS = 65536  # points of a surface, and quantiles of a palette
MOST = 2**20  # colours of a palette that are looked at
DIRECTIONS = 64


def palette_distance(one: Tensor, other: Tensor) -> float:
    """Sliced Wasserstein distance of two sets of colours (P, 3), squared, in units of colour.

    (Rabin, Peyre, Delon and Bernot 2012, "Wasserstein barycenter and its application to texture mixing".)
    Unlike mean and covariance, which a painting is brought to in the end, it sees colours that only one has.
    """
    generator = torch.Generator().manual_seed(0)
    axes = torch.randn(DIRECTIONS, 3, generator=generator)
    axes /= axes.norm(dim=1, keepdim=True)
    at = (torch.arange(COLORS) + 0.5) / COLORS
    first, second = (
        (axes @ _few(colors.cpu()).T).sort().values[:, (at * min(len(colors), MOST)).long()]
        for colors in (one, other)
    )
    return float((first - second).square().mean())


def _few(colors: Tensor) -> Tensor:
    """At most MOST of them: one at random of each of so many equal runs."""
    if len(colors) <= MOST:
        return colors
    within = torch.rand(MOST, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    at = (torch.arange(MOST) + within) * (len(colors) / MOST)
    return colors[at.long().clamp_max(len(colors) - 1)]


def surface_colors(geometry: Geometry, texture: Tensor) -> Tensor:
    """Colours (P, 3) that a texture (1, 3, H, W), its sheets stacked, has on a surface, for equal areas."""
    height, width = texture.shape[-2:]
    places = geometry.sample(COLORS, np.random.default_rng(0))
    corners = texel_uv(stacked(geometry.mesh).uvs, height, width)[places.face]
    column, row = np.floor(np.einsum("pk,pkc->pc", places.barycentric, corners)).astype(np.int64).T
    return texture[0, :, torch.from_numpy(row % height), torch.from_numpy(column % width)].T
