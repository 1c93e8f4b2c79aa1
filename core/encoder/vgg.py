"""VGG-19 as a feature encoder (Simonyan and Zisserman 2014).

Layers carry the names of the papers: ``relu4_2`` is the rectified second convolution of
the fourth block. ``rgb`` is the picture itself, so that colour can be a level of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .weights import embedded_weights

_BLOCKS = (2, 2, 4, 4, 1)
LAYERS: tuple[str, ...] = (
    "rgb",
    *(f"relu{b}_{k}" for b, count in enumerate(_BLOCKS, 1) for k in range(1, count + 1)),
)
_MEAN_BGR = (103.939, 116.779, 123.68)


def stride(layer: str) -> int:
    """How many picture pixels lie between two neighbouring features of a layer."""
    return 1 if layer == "rgb" else int(2 ** (int(layer[4]) - 1))


def precise(dtype: torch.dtype) -> torch.dtype:
    """The format for sums over many features: float32, or float64 where that is asked for."""
    return torch.float64 if dtype == torch.float64 else torch.float32


@dataclass(frozen=True)
class Encoder:
    """A stack of convolutions. ``convolutions`` maps "relu1_1" to (weight, bias)."""

    convolutions: dict[str, tuple[Tensor, Tensor]]
    device: torch.device
    dtype: torch.dtype

    def __call__(self, picture: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """Features of a picture (N, 3, H, W), RGB in [0, 1], at the named layers.

        Returns {layer: (N, C, h, w)}, h = H // stride, never less than float32. Borders are replicated at
        every convolution: zero padding paints a frame. Encoding stops at the deepest
        layer asked for. Pooling is by maximum, as the network was trained.
        """
        wanted = set(layers)
        unknown = wanted - set(LAYERS)
        if unknown:
            raise ValueError(f"unknown layers {sorted(unknown)}; known are {LAYERS}")
        found: dict[str, Tensor] = {"rgb": picture} if "rgb" in wanted else {}
        x = picture.to(precise(self.dtype)).contiguous(memory_format=torch.channels_last)
        for name, (weight, bias) in self.convolutions.items():
            if len(found) == len(wanted):
                break
            if name.endswith("_1") and name != "relu1_1":
                x = F.max_pool2d(x, 2)
            x = F.relu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), weight, bias)).to(self.dtype)
            if name in wanted:
                found[name] = x.to(precise(self.dtype))
        return found


def load_encoder(device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> Encoder:
    """The embedded VGG-19, frozen, on a device."""
    weights = embedded_weights()
    convolutions = {}
    for name in LAYERS[1:]:
        conv = name.replace("relu", "conv")
        weight, bias = weights[f"{conv}.weight"], weights[f"{conv}.bias"]
        if name == "relu1_1":
            weight, bias = _take_rgb(weight, bias)
        # The first layer stays precise: bfloat16 would cut the picture itself to 8 bits.
        kept = precise(dtype) if name == "relu1_1" else dtype
        convolutions[name] = (
            weight.to(device, kept).contiguous(memory_format=torch.channels_last),
            bias.to(device, kept),
        )
    return Encoder(convolutions, torch.device(device), dtype)


def _take_rgb(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Fold Caffe's input convention into the first convolution.

    Exact because borders are replicated: a constant shift of the input is a constant
    shift of the output everywhere.
    """
    mean = torch.tensor(_MEAN_BGR).view(1, 3, 1, 1)
    bias = bias - (weight * mean).sum((1, 2, 3))
    return weight.flip(1) * 255.0, bias
