"""The independent measure of all results, in plain torch.

    1.0 * mean (F - F_content)^2 at relu4_2
    + sum over relu1_1, relu2_1, relu3_1, relu4_1, relu5_1 of 1000 / C^2 * mean (G - G_style)^2

with G = F F^T / (number of positions) and C channels, on features of pictures in 0 to 255. It is the
objective, with the weights, of the code that Gatys published (PytorchNeuralStyleTransfer); each
style layer is 4000 times the E_l of Gatys, Ecker and Bethge (2016), eq. 4, over C^2. There style dominates
at first and content holds at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from .pictures import CAFFE_MEAN

CONTENT_WEIGHT, STYLE_WEIGHT = 1.0, 1000.0
CONTENT_LAYER = "conv4_2"  # each layer is taken after its rectifier
STYLE_LAYERS = {"conv1_1": 64, "conv2_1": 128, "conv3_1": 256, "conv4_1": 512, "conv5_1": 512}


def gram_weight(channels: int) -> float:
    """What the mean squared difference of a layer's Gram matrices (over positions) counts."""
    return STYLE_WEIGHT / channels**2


def padded_by(mode: str, picture: Tensor) -> Tensor:
    """A frame of one pixel. mode: "zeros" as the network was trained, or "replicate"."""
    return F.pad(picture, (1, 1, 1, 1)) if mode == "zeros" else F.pad(picture, (1, 1, 1, 1), mode=mode)


@dataclass(frozen=True)
class Loss:
    """content and style are weighted already."""

    content: Tensor
    style: Tensor

    @property
    def total(self) -> Tensor:
        return self.content + self.style


class Reference:
    """content, style: (1, 3, H, W), RGB in [0, 1]. weights: file of the network in Caffe's convention."""

    def __init__(self, weights: Path, content: Tensor, style: Tensor, padding: str) -> None:
        self._weights = torch.load(weights)
        self._padding = padding
        with torch.no_grad():
            self._content = self._features(content)[CONTENT_LAYER]
            features = self._features(style)
            self._grams = {layer: _gram(features[layer]) for layer in STYLE_LAYERS}

    def __call__(self, picture: Tensor) -> Loss:
        """The loss of a picture; of another size, it is enlarged first."""
        size = (self._content.shape[2] * 8, self._content.shape[3] * 8)
        if picture.shape[2] // 8 != self._content.shape[2] or picture.shape[3] // 8 != self._content.shape[3]:
            picture = F.interpolate(picture, size, mode="bicubic", antialias=True)
        features = self._features(picture)
        content = CONTENT_WEIGHT * F.mse_loss(features[CONTENT_LAYER], self._content)
        style = torch.stack(
            [
                gram_weight(channels) * F.mse_loss(_gram(features[layer]), self._grams[layer])
                for layer, channels in STYLE_LAYERS.items()
            ]
        ).sum()
        return Loss(content, style)

    def gradient(self, picture: Tensor) -> Tensor:
        """Of the total, (1, 3, H, W)."""
        leaf = picture.clone().requires_grad_()
        return torch.autograd.grad(self(leaf).total, leaf)[0]

    def _features(self, picture: Tensor) -> dict[str, Tensor]:
        x = picture.flip(1) * 255 - torch.tensor(CAFFE_MEAN).view(1, 3, 1, 1)
        found: dict[str, Tensor] = {}
        for name, (weight, bias) in self._weights.items():
            if name.endswith("_1") and name != "conv1_1":
                x = F.max_pool2d(x, 2)
            x = F.relu(F.conv2d(padded_by(self._padding, x), weight, bias))
            found[name] = x
            if name == "conv5_1":
                break
        return found


def _gram(features: Tensor) -> Tensor:
    flat = features[0].flatten(1)
    return flat @ flat.T / flat.shape[1]
