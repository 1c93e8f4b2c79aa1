"""What networks expect of their input, folded into their first convolution."""

from __future__ import annotations

from enum import Enum

import torch
from torch import Tensor

_CAFFE_MEAN = (103.939, 116.779, 123.68)  # BGR
_TORCHVISION_MEAN = (0.485, 0.456, 0.406)  # RGB
_TORCHVISION_STD = (0.229, 0.224, 0.225)


class Convention(str, Enum):
    """How a picture was handed to a network when it was trained."""

    CAFFE = "caffe"  # BGR, 0-255, minus the mean of ImageNet
    TORCHVISION = "torchvision"  # RGB, 0-1, minus the mean, over the standard deviation


def take_rgb(convention: Convention, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """The first convolution (64, 3, 3, 3) and its bias (64,), for RGB in [0, 1].

    Exact because borders are replicated or wrapped: a constant shift of the input is a
    constant shift of the output everywhere.
    """
    if convention is Convention.CAFFE:
        return weight.flip(1) * 255.0, bias - (weight * _channels(_CAFFE_MEAN)).sum((1, 2, 3))
    weight = weight / _channels(_TORCHVISION_STD)
    return weight, bias - (weight * _channels(_TORCHVISION_MEAN)).sum((1, 2, 3))


def _channels(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values).view(1, 3, 1, 1)
