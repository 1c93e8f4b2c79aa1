"""How VGG-16 and VGG-19 are built, and how to tell them by their weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

BLOCKS = {"vgg19": (2, 2, 4, 4, 4), "vgg16": (2, 2, 3, 3, 3)}  # convolutions of each block
_WIDTHS = (64, 128, 256, 512, 512)  # channels of each block


@dataclass(frozen=True, eq=False)
class Weights:
    """A network's convolutions.

    network: "vgg19" or "vgg16". convolutions: maps "relu1_1" to its (weight, bias), first to last.
    numbered: whether they were named by torchvision ("features.0") rather than Caffe ("conv1_1").
    """

    network: str
    convolutions: dict[str, tuple[Tensor, Tensor]]
    numbered: bool


def recognize(tensors: Mapping[str, Tensor]) -> Weights:
    """Find VGG-16 or VGG-19 among tensors with the names of Caffe or torchvision.

    Those are "conv2_1.weight" and "features.5.weight". The convolutions may end early, but not before
    conv4_1; everything else is left out. Raises ValueError that says what does not fit.
    """
    numbered = "features.0.weight" in tensors
    prefix = "features." if numbered else "conv"
    ours = (key for key in tensors if key.startswith(prefix) and key.endswith(".weight"))
    stems = {key.removesuffix(".weight") for key in ours}
    for network, blocks in BLOCKS.items():
        known = _names(blocks, numbered)
        least = sum(blocks[:3]) + 1
        if len(stems) >= least and stems == set(list(known)[: len(stems)]):
            found = {relu: _pair(tensors, stem) for stem, relu in known.items() if stem in stems}
            _check(network, found)
            return Weights(network, found, numbered)
    raise ValueError("its convolutions are not those of VGG-16 or VGG-19")


def layer_names(blocks: tuple[int, ...]) -> tuple[str, ...]:
    """The layers after each convolution: "relu1_1", "relu1_2", ..."""
    return tuple(f"relu{b}_{k}" for b, count in enumerate(blocks, 1) for k in range(1, count + 1))


def _names(blocks: tuple[int, ...], numbered: bool) -> dict[str, str]:
    """What a file calls the convolution of each layer, first to last."""
    names = {}
    place = 0
    for layer in layer_names(blocks):
        if layer.endswith("_1") and layer != "relu1_1":
            place += 1  # torchvision counts pooling
        names[f"features.{place}" if numbered else layer.replace("relu", "conv")] = layer
        place += 2  # and rectification
    return names


def _pair(tensors: Mapping[str, Tensor], stem: str) -> tuple[Tensor, Tensor]:
    if f"{stem}.bias" not in tensors:
        raise ValueError(f"{stem}.bias is missing")
    return tensors[f"{stem}.weight"], tensors[f"{stem}.bias"]


def _check(network: str, convolutions: Mapping[str, tuple[Tensor, Tensor]]) -> None:
    before = 3
    for name, (weight, bias) in convolutions.items():
        width = _WIDTHS[int(name[4]) - 1]
        if weight.shape != (width, before, 3, 3) or bias.shape != (width,):
            raise ValueError(
                f"the weights of {name} have the shapes {tuple(weight.shape)} and {tuple(bias.shape)}; "
                f"those of {network} have {(width, before, 3, 3)} and {(width,)}"
            )
        # A sum is finite only if all of it is, and much faster to take than a test of each.
        if not (weight.sum(dtype=torch.float32) + bias.sum(dtype=torch.float32)).isfinite():
            raise ValueError(f"the weights of {name} hold numbers that are none (NaN or infinite)")
        before = width
