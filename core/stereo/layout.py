"""The pictures of two eyes: two files, or one above the other or beside it in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..protocol import PAIR, TOP_BOTTOM, JobError, Remedy
from ..protocol.stereo import files_of

Plane = TypeVar("Plane", Tensor, NDArray[np.float32])


@dataclass(frozen=True)
class Side:
    """One of two eyes. layout: of ``Stereo``; empty for whole pictures of one eye. right: which one."""

    layout: str = ""
    right: bool = False

    def file(self, path: str) -> str:
        """The file that holds its picture, of both eyes' path or pattern."""
        return files_of(path, self.layout)[self.right]

    def of(self, picture: Plane, name: str) -> Plane:
        """What it sees of a file's picture (..., h, w). name: of the file.

        Raises JobError ("no_stereo") where that has no halves.
        """
        if self.layout in ("", PAIR):
            return picture
        height, width = picture.shape[-2:]
        rows = self.layout == TOP_BOTTOM
        length = height if rows else width
        if length % 2:
            raise JobError(
                "no_stereo",
                f"{name} has {width} by {height} pixels, which are not two pictures of one size. Choose a "
                "stereo picture, or another layout.",
                Remedy.CHOOSE_IMAGE,
            )
        part = slice(length // 2, None) if self.right else slice(0, length // 2)
        return picture[..., part, :] if rows else picture[..., part]

    def own_file(self, path: str) -> str:
        """Of a file that one eye of a pair has, this eye's; any other as it is."""
        pair = files_of(path, PAIR)
        return pair[self.right] if self.layout == PAIR and path in pair else path

    def own(self, picture: Tensor, size: tuple[int, int]) -> Tensor:
        """What it sees of a picture (..., h, w) shaped as the file of both eyes is; any other as it is.

        size: height and width of what one eye sees.
        """
        height, width = (2 * size[0], size[1]) if self.layout == TOP_BOTTOM else (size[0], 2 * size[1])
        alike = picture.shape[-1] * height == picture.shape[-2] * width
        return self.of(picture, "mask") if self.layout and self.layout != PAIR and alike else picture


ONE = Side()
"""Of pictures of one eye."""


def both(layout: str) -> tuple[Side, Side]:
    """The left and the right eye."""
    return Side(layout), Side(layout, right=True)


def split(picture: Tensor, layout: str, name: str) -> tuple[Tensor, Tensor]:
    """The left and the right eye's (1, C, h, w) of a picture. Raises as ``Side.of``."""
    left, right = (side.of(picture, name) for side in both(layout))
    return left, right


def joined(left: Tensor, right: Tensor, layout: str) -> Tensor:
    """The reverse of ``split``."""
    return torch.cat([left, right], 2 if layout == TOP_BOTTOM else 3)
