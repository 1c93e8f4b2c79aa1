"""What is said of pictures for two eyes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from .controls import LENGTHS, bad_job, check_number, need_name

TOP_BOTTOM, SIDE_BY_SIDE, PAIR = STEREO = ("top-bottom", "side-by-side", "pair")
LEFT, RIGHT = "_L", "_R"
PARALLEL = LENGTHS[1]
"""As far away as eyes see the same that do not converge."""
_EYE = re.compile(rf"({LEFT}|{RIGHT})(?=[\d#]*\.?[^.]*$)")


@dataclass(frozen=True)
class Stereo:
    """Two eyes that see one scene.

    layout: "top-bottom" and "side-by-side", the left eye's picture above or on the left; "pair", two files
    whose names end in _L and _R; empty for one eye. depth: an EXR file of distances, laid out as the content;
    empty for the content's own pass Depth. eyes: distance between the eyes in the scene's units; 0 finds it
    in the pictures. poles: degrees above and below the horizon between which that fades to nothing in a
    panorama, as Blender's pole merge; the same twice for none. converge: distance at which the eyes see the
    same, ``PARALLEL`` for nowhere; 0 finds it in the pictures. lens: focal length of flat pictures, in their
    pixels; 0 finds it, the eyes and where they converge in the pictures. into: how the result is laid out;
    empty as the content.
    """

    layout: str = ""
    depth: str = ""
    eyes: float = 0.0
    poles: tuple[float, float] = (90.0, 90.0)
    converge: float = 0.0
    lens: float = 0.0
    into: str = ""

    def __post_init__(self) -> None:
        if self.layout:
            need_name("stereo", self.layout, STEREO)
        if self.into:
            need_name("into", self.into, STEREO)
        if not isinstance(self.depth, str) or "\0" in self.depth:
            raise bad_job(f"depth is {self.depth!r}; it must be a path.")
        check_number("eyes", self.eyes, *LENGTHS)
        check_number("converge", self.converge, *LENGTHS)
        check_number("lens", self.lens, *LENGTHS)
        poles = self.poles if isinstance(self.poles, (list, tuple)) else ()
        if len(poles) != 2:
            raise bad_job(f"poles are {self.poles!r}; they must be two angles.")
        for angle in poles:
            check_number("poles", angle, 0.0, 90.0)
        if poles[0] > poles[1]:
            raise bad_job(f"poles are {poles[0]:g} and {poles[1]:g}; the first must not be above the second.")
        object.__setattr__(self, "poles", (float(poles[0]), float(poles[1])))

    @property
    def written(self) -> str:
        """The layout of the result."""
        return self.into or self.layout


def stereo_from(value: object) -> Stereo:
    """Stereo from its JSON form; Stereo passes through. Raises JobError ("bad_job")."""
    if isinstance(value, Stereo):
        return value
    if not isinstance(value, Mapping):
        raise bad_job(f"stereo is {value!r}; it must be an object.")
    known = [field.name for field in fields(Stereo)]
    for name in value:
        need_name("a setting of stereo", name, known)
    return Stereo(**value)


def files_of(path: str, layout: str) -> tuple[str, str]:
    """The files of the left and the right eye, which are the same but for a pair.

    Blender's names of a pair end in _L and _R, before a frame's number or after it. One of them, or the name
    without, says both.
    """
    if layout != PAIR or not path:
        return path, path
    whole = Path(path)
    name = _EYE.split(whole.name, 1)
    before, after = (name[0], name[2]) if len(name) == 3 else (whole.stem, whole.suffix)
    return str(whole.with_name(before + LEFT + after)), str(whole.with_name(before + RIGHT + after))
