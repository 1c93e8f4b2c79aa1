"""The pictures of two eyes in one: one above the other, or side by side."""

from __future__ import annotations

import torch
from torch import Tensor

from ..protocol import TOP_BOTTOM, JobError, Remedy


def split(picture: Tensor, layout: str, name: str) -> tuple[Tensor, Tensor]:
    """The left and the right eye's (1, C, h, w) of a picture: the left is above, or on the left.

    Raises JobError ("no_stereo") where it has no halves.
    """
    axis = 2 if layout == TOP_BOTTOM else 3
    length = picture.shape[axis]
    if length % 2:
        raise JobError(
            "no_stereo",
            f"{name} has {picture.shape[3]} by {picture.shape[2]} pixels, which are not two pictures of one "
            "size. Choose a stereo picture, or another layout.",
            Remedy.CHOOSE_IMAGE,
        )
    return picture.narrow(axis, 0, length // 2), picture.narrow(axis, length // 2, length // 2)


def joined(left: Tensor, right: Tensor, layout: str) -> Tensor:
    """The reverse of ``split``."""
    return torch.cat([left, right], 2 if layout == TOP_BOTTOM else 3)
