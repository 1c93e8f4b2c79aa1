"""Coordinates of a picture in which all sizes of detail are about as easy to move."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

FALL = 0.5  # a picture's detail falls with its frequency f about as f^-1; half of that serves best


class Coordinates(Protocol):
    """What is linear in pictures: a change of variables."""

    def decode(self, coordinates: Tensor) -> Tensor:
        """The picture of some coordinates."""
        ...

    def transposed(self, gradient: Tensor) -> Tensor:
        """Of a gradient in the picture, that in the coordinates."""
        ...


class Spectrum:
    """Weighs a picture's frequencies by f^-FALL, in cycles per pixel, half a cycle by 1.

    A change of variables as in feature visualisation (Olah et al. 2017, "decorrelated" parameterisation),
    with half its exponent and without its colours: Gram losses fall fastest so. It is linear and symmetric,
    its own transpose, and it takes the picture as one that repeats, whether or not it does.
    """

    def __init__(self, like: Tensor) -> None:
        """like: a picture (..., H, W) of the shape, format and device of those to come."""
        height, width = like.shape[-2:]
        down = torch.fft.fftfreq(height, dtype=like.dtype, device=like.device)
        across = torch.fft.rfftfreq(width, dtype=like.dtype, device=like.device)
        frequency = torch.hypot(down[:, None], across[None]).clamp_min(1 / max(height, width))
        self._gain = (2 * frequency) ** -FALL
        self._size = (height, width)

    def decode(self, coordinates: Tensor) -> Tensor:
        picture: Tensor = torch.fft.irfft2(torch.fft.rfft2(coordinates) * self._gain, s=self._size)
        return picture

    def transposed(self, gradient: Tensor) -> Tensor:
        return self.decode(gradient)
