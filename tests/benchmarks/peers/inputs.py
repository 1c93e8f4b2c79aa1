"""What all peers are given: pictures, and one VGG-19 in every form that they ask for.

Runs with the engine's interpreter: ``python -m peers.inputs FOLDER SIZE CONTENT STYLE START``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nst.core.encoder.weights import embedded_weights

from .pictures import CAFFE_MEAN, TORCH_MEAN, TORCH_STD

BLOCKS = (2, 2, 4, 4, 4)
CHANNELS = (64, 128, 256, 512, 512)
TORCH_FILE = "vgg19-dcbb9e9d.pth"  # by this name torch's cache holds torchvision's VGG-19
Weights = dict[str, tuple[Tensor, Tensor]]


def caffe() -> Weights:
    """The network as it was published: BGR, 0 to 255, less the mean. What nobody here uses is zero."""
    known = embedded_weights()
    weights: Weights = {}
    channels = 3
    for block, (count, wide) in enumerate(zip(BLOCKS, CHANNELS, strict=True), 1):
        for k in range(1, count + 1):
            name = f"conv{block}_{k}"
            zero = (torch.zeros(wide, channels, 3, 3), torch.zeros(wide))
            found = (known.get(f"{name}.weight", zero[0]), known.get(f"{name}.bias", zero[1]))
            weights[name] = found
            channels = wide
    return weights


def for_input(weights: Weights, scale: Tensor, shift: Tensor) -> Weights:
    """The network for an input x, where x * scale + shift is Caffe's. scale, shift: (3,) in Caffe's order.

    Exact but for the outermost pixels, where padding is by x = 0.
    """
    weight, bias = weights["conv1_1"]
    moved = bias + (weight * shift.view(1, 3, 1, 1)).sum((1, 2, 3))
    return {**weights, "conv1_1": (weight * scale.view(1, 3, 1, 1), moved)}


def for_torchvision(weights: Weights) -> Weights:
    """For RGB in [0, 1], less torchvision's mean, over its deviation."""
    mean, std = torch.tensor(TORCH_MEAN).flip(0), torch.tensor(TORCH_STD).flip(0)
    moved = for_input(weights, 255 * std, 255 * mean - torch.tensor(CAFFE_MEAN))
    weight, bias = moved["conv1_1"]
    return {**moved, "conv1_1": (weight.flip(1), bias)}


def for_neural_style(weights: Weights) -> Weights:
    """neural-style scales pictures to 256, not 255, before it subtracts Caffe's mean."""
    mean = torch.tensor(CAFFE_MEAN)
    return for_input(weights, torch.full((3,), 255 / 256), -mean / 256)


def as_vgg19(weights: Weights) -> dict[str, Tensor]:
    """A state dict by torchvision's names. Its classifier is zero, and takes no room in a file."""
    state: dict[str, Tensor] = {}
    index = 0
    for name, (weight, bias) in weights.items():
        if name.endswith("_1") and name != "conv1_1":
            index += 1  # pooling
        state[f"features.{index}.weight"], state[f"features.{index}.bias"] = weight.contiguous(), bias
        index += 2  # convolution and rectifier
    for layer, (into, out) in {0: (25088, 4096), 3: (4096, 4096), 6: (4096, 1000)}.items():
        state[f"classifier.{layer}.weight"] = torch.zeros(1).expand(out, into)
        state[f"classifier.{layer}.bias"] = torch.zeros(out)
    return state


def square(path: Path, size: int) -> Image.Image:
    """The middle of a picture, as large as it gets."""
    picture = Image.open(path).convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    box = (left, top, left + side, top + side)
    return picture.crop(box).resize((size, size), Image.Resampling.LANCZOS)


def noise(size: int) -> Image.Image:
    """Grey with some noise."""
    values = np.random.default_rng(0).normal(128, 32, (size, size, 3)).clip(0, 255)
    return Image.fromarray(values.astype(np.uint8))


def main() -> None:
    folder, size, content, style, start = Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:6]
    square(Path(content), size).save(folder / "content.png")
    square(Path(style), size).save(folder / "style.png")
    (noise(size) if start == "noise" else square(Path(content), size)).save(folder / "start.png")
    weights = caffe()
    torch.save(weights, folder / "caffe.pt")
    torch.save(as_vgg19(for_neural_style(weights)), folder / "vgg19-caffe256.pth")
    cached = folder / "torch" / "hub" / "checkpoints"  # $TORCH_HOME of the peers
    cached.mkdir(parents=True, exist_ok=True)
    torch.save(as_vgg19(for_torchvision(weights)), cached / TORCH_FILE)


if __name__ == "__main__":
    main()
