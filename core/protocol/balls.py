"""The job that cuts the ball out of a picture of a painted sphere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from .controls import SIZE_RANGE, bad_job, need_path
from .errors import Remedy
from .spheres import check_whole, circle_from

_SUFFIXES = (".png", ".exr")


@dataclass(frozen=True)
class BallJob:
    """Find the ball in a picture of a painted sphere, and cut it out: upright, round, on nothing.

    picture: painted, scanned or photographed. output: a square PNG or EXR file with alpha, of which EXR keeps
    more than 8 bits. size: pixels of its sides; 0 for as many as the ball has in the picture. circle: the
    ball, (x, y, radius) in pixels from the picture's upper left corner; empty to look for it, which also
    finds one that is seen from the side, an ellipse.
    """

    kind: ClassVar[str] = "ball"

    picture: str
    output: str
    size: int = 0
    circle: tuple[float, ...] = ()
    seed: ClassVar[int] = 0
    preview: ClassVar[str] = ""
    live: ClassVar[str] = ""
    checkpoint: ClassVar[str] = ""

    def __post_init__(self) -> None:
        need_path("picture", self.picture)
        need_path("output", self.output, Remedy.CHOOSE_FOLDER)
        if Path(self.output).suffix.lower() not in _SUFFIXES:
            raise bad_job(f"output is {self.output!r}; it must end in .png or .exr, for what is transparent.")
        if self.size != 0:
            check_whole("size", self.size, *SIZE_RANGE)
        object.__setattr__(self, "circle", circle_from(self.circle))
