"""Paint and light apart: the colour of surfaces, and what lamps make of it."""

from __future__ import annotations

import torch
from torch import Tensor

from .layers import COMBINED, DIFFUSE_COLOR, DIFFUSE_DIRECT, DIFFUSE_INDIRECT, Layers


def combined(layers: Layers) -> tuple[Tensor, Tensor | None]:
    """A render's light (1, 3, H, W), multiplied by alpha, and its alpha (1, 1, H, W), if any.

    Its pass Combined, or the channels of a file without passes.

    Raises JobError ("pass_missing").
    """
    whole = layers if layers.has(COMBINED) else layers.without_names
    light = torch.from_numpy(whole.find(COMBINED, "RGB"))[None]
    has_alpha = "A" in whole.planes[whole.view_layer + COMBINED[0]]
    return light, torch.from_numpy(whole.find(COMBINED, "A"))[None].clamp(0, 1) if has_alpha else None


def surface_paint(layers: Layers) -> Tensor:
    """The diffuse colour of what is seen (1, 3, H, W), scene-linear. Raises JobError ("pass_missing")."""
    return torch.from_numpy(layers.find(DIFFUSE_COLOR, "RGB"))[None]


def relit(layers: Layers, paint: Tensor) -> Tensor:
    """A render's light (1, 3, H, W) with another diffuse colour under the same lamps.

    Of the sum of a render's passes only diffuse light times diffuse colour changes; all else, volumes and
    what has no pass included, stays in the difference. Light that other surfaces have from this one keeps its
    colour. Raises JobError ("pass_missing").
    """
    lamps = sum(
        torch.from_numpy(layers.find(names, "RGB"))[None] for names in (DIFFUSE_DIRECT, DIFFUSE_INDIRECT)
    )
    return combined(layers)[0] + lamps * (paint - surface_paint(layers))
