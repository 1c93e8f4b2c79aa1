"""How wide and high pictures are that show the world around."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import JobError, Remedy
from .jobs import EQUIRECT, VR180

ASPECT = {EQUIRECT: 2, VR180: 1}
SHAPES = {
    EQUIRECT: "A panorama of 360 degrees is twice as wide as high",
    VR180: "A half panorama (VR180) is as wide as high",
}


def check_shape(name: str, size: Sequence[int], what: str) -> None:
    """Raise JobError ("no_panorama") for a picture (height, width) that cannot be what it is said to be.

    name: of ``PROJECTIONS``; a cube map is checked as it is cut. what: the picture is.
    """
    height, width = size
    if name in SHAPES and width != ASPECT[name] * height:
        eyes = {1: "top-bottom", 4: "side-by-side"} if name == EQUIRECT else {2: "side-by-side"}
        layout = eyes.get(width // height) if width % height == 0 else None
        hint = f" If it shows two eyes, say so: --stereo {layout}." if layout and "eye" not in what else ""
        raise JobError(
            "no_panorama",
            f"The {what} has {width} by {height} pixels. {SHAPES[name]}. Choose such a picture, or another "
            f"projection.{hint}",
            Remedy.CHOOSE_IMAGE,
        )
