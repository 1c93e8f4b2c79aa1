"""Pictures as files, and as each peer holds them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

CAFFE_MEAN = (103.939, 116.779, 123.68)  # BGR, of 0 to 255
TORCH_MEAN, TORCH_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # RGB, of 0 to 1


def image(path: Path, device: str = "cpu") -> Tensor:
    """(1, 3, H, W), RGB in [0, 1]."""
    values = np.asarray(Image.open(path).convert("RGB"), dtype=np.float32) / 255
    return torch.from_numpy(values).permute(2, 0, 1)[None].contiguous().to(device)


@dataclass(frozen=True)
class Convention:
    """How a peer holds its picture x, (1, 3, H, W).

    x * scale + mean is in [0, 1]; both are in RGB's order, also where x itself is BGR.
    """

    scale: tuple[float, ...] = (1.0, 1.0, 1.0)
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    bgr: bool = False

    def decode(self, x: Tensor) -> Tensor:
        """RGB in [0, 1] from the peer's own."""
        x = x.flip(1) if self.bgr else x
        return x * _channels(self.scale, x) + _channels(self.mean, x)

    def gradient(self, x: Tensor) -> Tensor:
        """A gradient in that RGB from one in the peer's own."""
        x = x.flip(1) if self.bgr else x
        return x / _channels(self.scale, x)


def caffe(full: int) -> Convention:
    """BGR, 0 to ``full``, less Caffe's mean."""
    return Convention((1 / full,) * 3, tuple(mean / full for mean in reversed(CAFFE_MEAN)), bgr=True)


UNIT = Convention()
TORCHVISION = Convention(TORCH_STD, TORCH_MEAN)


def _channels(values: tuple[float, ...], like: Tensor) -> Tensor:
    return like.new_tensor(values).view(1, 3, 1, 1)
