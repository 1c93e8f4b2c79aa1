"""What a render is the sum of: kinds of light, each times the colour of what it falls on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor

from .layers import (
    COMBINED,
    DIFFUSE_COLOR,
    DIFFUSE_DIRECT,
    DIFFUSE_INDIRECT,
    EMISSION,
    ENVIRONMENT,
    GLOSSY_COLOR,
    GLOSSY_DIRECT,
    GLOSSY_INDIRECT,
    TRANSMISSION_COLOR,
    TRANSMISSION_DIRECT,
    TRANSMISSION_INDIRECT,
    VOLUME_DIRECT,
    VOLUME_INDIRECT,
    Layers,
)


@dataclass(frozen=True)
class Kind:
    """A kind of light. direct, indirect, color: names of its passes, as far as renderers have them."""

    direct: Sequence[str]
    indirect: Sequence[str] = ()
    color: Sequence[str] = ()


DIFFUSE = Kind(DIFFUSE_DIRECT, DIFFUSE_INDIRECT, DIFFUSE_COLOR)
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "light": DIFFUSE,
        "glossy": Kind(GLOSSY_DIRECT, GLOSSY_INDIRECT, GLOSSY_COLOR),
        "transmission": Kind(TRANSMISSION_DIRECT, TRANSMISSION_INDIRECT, TRANSMISSION_COLOR),
        "volume": Kind(VOLUME_DIRECT, VOLUME_INDIRECT),
        "emission": Kind(EMISSION),
        "environment": Kind(ENVIRONMENT),
    }
)
"""By the parts of a render, as of ``core.protocol.PARTS``."""


@dataclass(frozen=True, eq=False)
class Addend:
    """A part of the sum: light (1, 3, H, W), scene-linear, and the colour that it is multiplied by.

    color: (1, 3, H, W), of surfaces; or (1, 1, H, W), how much of each pixel shows light that needs none.
    """

    light: Tensor
    color: Tensor

    @property
    def seen(self) -> Tensor:
        """What it adds to the render (1, 3, H, W)."""
        return self.light * self.color


def combined(layers: Layers) -> tuple[Tensor, Tensor | None]:
    """A render's light (1, 3, H, W), multiplied by alpha, and its alpha (1, 1, H, W), if any.

    Its pass Combined, or the channels of a file without passes.

    Raises JobError ("pass_missing").
    """
    whole = layers if layers.has(COMBINED) else layers.without_names
    light = torch.from_numpy(whole.find(COMBINED, "RGB"))[None]
    has_alpha = "A" in whole.planes[whole.view_layer + COMBINED[0]]
    return light, torch.from_numpy(whole.find(COMBINED, "A"))[None].clamp(0, 1) if has_alpha else None


def addend_of(layers: Layers, kind: Kind) -> Addend:
    """Light of a kind in a render. Raises JobError ("pass_missing").

    EEVEE has no passes of indirect light: what they would hold is in the others.
    """
    light = _read(layers, kind.direct)
    if kind.indirect and (layers.has(kind.indirect) or layers.of_cycles):
        light = light + _read(layers, kind.indirect)
    if kind.color:
        return Addend(light, _read(layers, kind.color))
    covered = _covered(light)
    light = light / covered.clamp_min(1e-6)
    alpha = combined(layers)[1]
    if kind.direct == ENVIRONMENT and alpha is not None:  # a transparent film leaves it out
        covered = covered * (alpha == 1)
    return Addend(light, covered)


def _covered(light: Tensor) -> Tensor:
    """How much of each pixel has light (1, 1, H, W): beside one that has none, as much as it has of its own
    brightest neighbour's.
    """
    amount = light.amax(1, keepdim=True)
    brightest, least = F.max_pool2d(amount, 3, 1, 1), -F.max_pool2d(-amount, 3, 1, 1)
    share = amount / brightest.clamp_min(1e-6)
    return torch.where(least > 0, torch.ones_like(share), share.clamp(0, 1))


def _read(layers: Layers, names: Sequence[str]) -> Tensor:
    return torch.from_numpy(layers.find(names, "RGB"))[None]
