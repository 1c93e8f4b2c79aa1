"""Colours between Blender's nodes and the screen."""

from __future__ import annotations

from collections.abc import Iterable


def display(linear: Iterable[float]) -> tuple[float, float, float]:
    """Display-referred sRGB in [0, 1] of a linear colour; its fourth part, alpha, is left out."""
    red, green, blue = list(linear)[:3]
    return (_encode(red), _encode(green), _encode(blue))


def _encode(value: float) -> float:
    """The sRGB curve (IEC 61966-2-1), clipped."""
    if not value > 0.0:  # nor NaN
        return 0.0
    return min(1.0, value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1.0 / 2.4) - 0.055)
