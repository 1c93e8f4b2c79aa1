"""Colours between Blender's nodes and the screen."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def display(linear: Iterable[float]) -> tuple[float, float, float]:
    """Display-referred sRGB in [0, 1] of a linear colour; its fourth part, alpha, is left out."""
    red, green, blue = list(linear)[:3]
    return (_encode(red), _encode(green), _encode(blue))


def encoded(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """``display`` of numbers in an array of any shape."""
    clipped = np.clip(np.nan_to_num(linear), 0.0, 1.0)
    curve = 1.055 * clipped ** (1.0 / 2.4) - 0.055
    return np.where(clipped <= 0.0031308, clipped * 12.92, curve).astype(np.float32)


def decoded(shown: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear light of sRGB numbers in [0, 1], in an array of any shape."""
    curve = ((shown + 0.055) / 1.055) ** 2.4
    return np.where(shown <= 0.04045, shown / 12.92, curve).astype(np.float32)


def _encode(value: float) -> float:
    """The sRGB curve (IEC 61966-2-1), clipped."""
    if not value > 0.0:  # nor NaN
        return 0.0
    return min(1.0, value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1.0 / 2.4) - 0.055)
