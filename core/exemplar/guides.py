"""Guides: what of a render says which place of a painted sphere is like a place of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..exr import linear_to_srgb
from ..protocol import JobError, Remedy
from ..render.layers import (
    AMBIENT_OCCLUSION,
    DIFFUSE_DIRECT,
    DIFFUSE_INDIRECT,
    GLOSSY_DIRECT,
    OBJECT_INDEX,
    Layers,
)
from ..render.mattes import depth

LIGHTS: Mapping[str, Sequence[str]] = {
    "direct": DIFFUSE_DIRECT,
    "indirect": DIFFUSE_INDIRECT,
    "specular": GLOSSY_DIRECT,
    "occlusion": AMBIENT_OCCLUSION,
}
"""Guides that compare how light it is in one pass, by the names of that."""
BRIGHT = 0.99  # part of the sphere that is no lighter than what counts as white


class Guides:
    """Weighted guides of a sphere and of what takes on its look, which are compared place by place.

    weights: of ``core.protocol.GUIDES``. sphere: the passes of the plain sphere; None without, which normals
    alone can do. name: the sphere's picture, for messages. Raises JobError ("guides_missing",
    "pass_missing").
    """

    def __init__(self, weights: Mapping[str, float], sphere: Layers | None, name: str) -> None:
        self._weights = {guide: weight for guide, weight in weights.items() if weight > 0}
        others = [guide for guide in self._weights if guide != "normal"]
        if others and sphere is None:
            raise JobError(
                "guides_missing",
                f"The guide {others[0]} needs a render of the sphere in the light that {Path(name).name} was "
                "painted for: a multilayer EXR file (--exemplar-guides). Give one, or use normals alone.",
                Remedy.CHANGE_SETTING,
            )
        lights = [guide for guide in others if guide in LIGHTS]
        self._white = {guide: _white(sphere.find(LIGHTS[guide], "RGB")) for guide in lights} if sphere else {}
        self._objects = np.unique(sphere.find(OBJECT_INDEX)) if sphere and "object" in others else np.zeros(0)

    @property
    def normals_alone(self) -> bool:
        """Whether nothing but normals is compared."""
        return list(self._weights) == ["normal"]

    def of(self, normals: Tensor, layers: Layers | None, inside: Tensor) -> Tensor:
        """Guides (G, h, w), each times its weight, of what has normals (3, h, w).

        layers: of a render, of any size. inside: (h, w) bool, where there is anything. Raises JobError
        ("pass_missing").
        """
        return torch.cat(
            [self._guide(guide, normals, layers, inside) * w for guide, w in self._weights.items()]
        )

    def _guide(self, guide: str, normals: Tensor, layers: Layers | None, inside: Tensor) -> Tensor:
        if guide == "normal":
            return normals
        if layers is None:
            raise JobError(
                "pass_missing",
                f"The guide {guide} needs a render with passes, a multilayer EXR file. Choose one, or use "
                "normals alone.",
                Remedy.CHOOSE_IMAGE,
            )
        size = (int(normals.shape[1]), int(normals.shape[2]))
        if guide == "object":
            number = torch.from_numpy(layers.find(OBJECT_INDEX))
            same = [(number == float(one)).float() for one in self._objects]
            return _fitted(torch.cat(same), size)
        if guide == "depth":
            distance = _fitted(torch.from_numpy(depth(layers))[None].clamp_max(1e9), size, nearest=True)
            seen = distance[0][inside & (distance[0] < 1e9)]
            if not len(seen):
                return torch.zeros(1, *size)
            near, far = float(seen.min()), float(seen.max())
            return ((distance - near) / max(far - near, 1e-6)).clamp(0, 1)
        light = _grey(layers.find(LIGHTS[guide], "RGB")) / self._white[guide]
        return _fitted(linear_to_srgb(torch.from_numpy(light)[None].clamp(0, 1)), size)


def _grey(rgb: np.ndarray) -> np.ndarray:
    return np.tensordot(np.array([0.2126, 0.7152, 0.0722], np.float32), rgb, 1)


def _white(rgb: np.ndarray) -> float:
    light = _grey(rgb)
    lit = light[light > 0]
    return max(float(np.quantile(lit, BRIGHT)), 1e-6) if lit.size else 1.0


def _fitted(planes: Tensor, size: tuple[int, int], nearest: bool = False) -> Tensor:
    if tuple(planes.shape[1:]) == size:
        return planes
    if nearest:
        return F.interpolate(planes[None], size, mode="nearest")[0]
    return F.interpolate(planes[None], size, mode="bilinear", align_corners=False, antialias=True)[0]
