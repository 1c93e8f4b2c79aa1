"""How wide and high pictures are that show the world around."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import JobError, Remedy
from .jobs import CUBE, EQUIRECT, VR180

ASPECT = {EQUIRECT: 2, VR180: 1}
SHAPES = {
    EQUIRECT: "A panorama of 360 degrees is twice as wide as high",
    VR180: "A half panorama (VR180) is as wide as high",
    CUBE: "A cube map has six square faces: in a row, in a column, in two rows of three, or unfolded as a "
    "cross",
}
CUBES = ((6, 1), (1, 6), (3, 2), (4, 3), (3, 4))
"""Faces across and down in a cube map's picture."""


def check_shape(name: str, size: Sequence[int], what: str, eyes: bool = False) -> None:
    """Raise JobError ("no_panorama") for a picture (height, width) that cannot be what it is said to be.

    name: of ``PROJECTIONS``. what: the picture is. eyes: whether it might be said to show two.
    """
    height, width = size
    if name == CUBE:
        cube_shape(size, what)
    elif name in SHAPES and width != ASPECT[name] * height:
        layouts = {1: "top-bottom", 4: "side-by-side"} if name == EQUIRECT else {2: "side-by-side"}
        layout = layouts.get(width // height) if eyes and width % height == 0 else None
        hint = f" If it shows two eyes, say that it is stereo, {layout}." if layout else ""
        raise _misshapen(name, size, what, hint)


def cube_shape(size: Sequence[int], what: str) -> tuple[int, int]:
    """Faces across and down in a cube map (height, width). what: it is. Raises JobError ("no_panorama")."""
    height, width = size
    for across, down in CUBES:
        if width * down == height * across and width % across == 0:
            return across, down
    raise _misshapen(CUBE, size, what)


def _misshapen(name: str, size: Sequence[int], what: str, hint: str = "") -> JobError:
    height, width = size
    return JobError(
        "no_panorama",
        f"The {what} has {width} by {height} pixels. {SHAPES[name]}. Choose such a picture, or another "
        f"projection.{hint}",
        Remedy.CHOOSE_IMAGE,
    )
