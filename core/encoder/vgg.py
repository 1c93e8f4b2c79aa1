"""VGG as a feature encoder (Simonyan and Zisserman 2014).

Layers carry the names of the papers: ``relu4_2`` is the rectified second convolution of
the fourth block. ``rgb`` is the picture itself, so that colour can be a level of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .frozen import Convolution, average_pooled, max_pooled
from .layout import layer_names

LAYERS: tuple[str, ...] = ("rgb", *layer_names((2, 2, 4, 4, 1)))  # of the embedded network
POOLINGS: dict[str, Callable[[Tensor], Tensor]] = {"max": max_pooled, "average": average_pooled}


def stride(layer: str) -> int:
    """How many picture pixels lie between two neighbouring features of a layer."""
    return 1 if layer == "rgb" else int(2 ** (int(layer[4]) - 1))


def precise(dtype: torch.dtype) -> torch.dtype:
    """The format for sums over many features: float32, or float64 where that is asked for."""
    return torch.float64 if dtype == torch.float64 else torch.float32


@dataclass(frozen=True, eq=False)
class Encoder:
    """A stack of convolutions that takes RGB in [0, 1].

    convolutions: maps "relu1_1" to its (weight, bias), first to last. network: which weights these are,
    "vgg19-embedded". pooling: between blocks, "max" as the networks were trained, or "average" as Gatys et
    al. (2016) prefer. Activations are not rescaled for it, so average pooling gives smaller features.
    """

    convolutions: dict[str, tuple[Tensor, Tensor]]
    device: torch.device
    dtype: torch.dtype
    network: str
    pooling: str = "max"

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS:
            raise ValueError(f"unknown pooling {self.pooling!r}; known are {', '.join(POOLINGS)}")

    @property
    def name(self) -> str:
        """Network and pooling. Features are comparable only between encoders of one name."""
        return self.network if self.pooling == "max" else f"{self.network}+{self.pooling}"

    @property
    def layers(self) -> tuple[str, ...]:
        """The names that a call takes, shallow to deep."""
        return ("rgb", *self.convolutions)

    @cached_property
    def _steps(self) -> dict[str, Convolution]:
        return {name: Convolution(*both) for name, both in self.convolutions.items()}

    def __call__(
        self, picture: Tensor, layers: Iterable[str], wrap: tuple[bool, bool] = (False, False)
    ) -> dict[str, Tensor]:
        """Features of a picture (N, 3, H, W), RGB in [0, 1], at the named layers.

        Returns {layer: (N, C, h, w)}, h = H // stride, never less than float32. Encoding stops at the
        deepest layer asked for. wrap: (down, across), on which axes the picture repeats: there every
        convolution sees the opposite side, so that a tile has no border, and the picture must be a multiple
        of the deepest layer's stride. On other axes the border is replicated: zero padding paints a frame.
        Raises ValueError for a layer that this network lacks, and for a wrapped side that does not divide.
        """
        wanted = set(layers)
        self._check(picture, wanted, wrap)
        found: dict[str, Tensor] = {"rgb": picture} if "rgb" in wanted else {}
        pool = POOLINGS[self.pooling]
        x = picture.to(precise(self.dtype)).contiguous(memory_format=torch.channels_last)
        for name, convolution in self._steps.items():
            if len(found) == len(wanted):
                break
            if name.endswith("_1") and name != "relu1_1":
                x = pool(x)
            x = convolution(x, wrap).to(self.dtype)
            if name in wanted:
                found[name] = x.to(precise(self.dtype))
        return found

    def _check(self, picture: Tensor, wanted: set[str], wrap: tuple[bool, bool]) -> None:
        unknown = wanted - set(self.layers)
        if unknown:
            raise ValueError(f"{self.name} has no layers {sorted(unknown)}; it has {', '.join(self.layers)}")
        step = max(map(stride, wanted), default=1)
        for side, wrapped in zip(picture.shape[2:], wrap, strict=True):
            if wrapped and side % step:
                raise ValueError(f"a side of {side} pixels cannot wrap: it must be a multiple of {step}")
