"""The textures of a mesh that a job paints, and the files that they go to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from .controls import bad_job, check_number, need_name, need_path
from .errors import Remedy

UDIM, PART = "<UDIM>", "<PART>"
"""In the name of a sheet's files: one file for each UV tile, for each part of the mesh file."""


@dataclass(frozen=True)
class Sheet:
    """One of the textures of a mesh.

    output: where it goes (PNG, JPEG, TIFF or EXR). ``<UDIM>`` in the name makes one file for each UV tile
    that its faces lie in, ``<PART>`` one for each part of the mesh file; they stand for the tile's number
    (1001 + u + 10 v) and the part's name. Without ``<UDIM>``, UVs outside the unit square wrap around.
    base: the present texture, read through the UVs, named in the same way; empty for ``base_color``.
    base_color: display-referred sRGB in [0, 1], the content of a sheet without a texture.
    height: where the relief of the paint goes (PNG or TIFF of 16 bits, or EXR), named as output is; empty
    for none. ``core.relief`` says what it is.
    """

    output: str
    base: str = ""
    base_color: tuple[float, float, float] = (0.5, 0.5, 0.5)
    height: str = ""

    def __post_init__(self) -> None:
        need_path("output", self.output, Remedy.CHOOSE_FOLDER)
        if not isinstance(self.base, str):
            raise bad_job(f"base is {self.base!r}; it must be text.")
        _check_height(self.height, self.output)
        object.__setattr__(self, "base_color", _color("base_color", self.base_color))


def same_place(one: str, other: str) -> str:
    """What to say where two objects or parts lie at the same place."""
    return (
        f"'{one}' and '{other}' lie at the same place, so they get the same paint. Paint them one after the "
        "other, or move one aside."
    )


def sheets_from(value: object) -> tuple[Sheet, ...]:
    """Checked sheets from sheets or their JSON forms. Raises JobError ("bad_job")."""
    if not isinstance(value, (list, tuple)) or not value:
        raise bad_job(f"sheets is {value!r}; it must be a list of one sheet or more.")
    return tuple(_sheet(entry) for entry in value)


def _sheet(value: object) -> Sheet:
    if isinstance(value, Sheet):
        return value
    if not isinstance(value, Mapping):
        raise bad_job(f"a sheet is {value!r}; it must be an object with an output.")
    known = [field.name for field in fields(Sheet)]
    for key in value:
        need_name("a field of a sheet", key, known)
    if "output" not in value:
        raise bad_job("a sheet lacks its output.")
    return Sheet(**value)


def _check_height(height: object, output: str) -> None:
    if not isinstance(height, str) or "\0" in height:
        raise bad_job(f"height is {height!r}; it must be text.")
    for token in (UDIM, PART):
        if height and (token in height) != (token in output):
            raise bad_job(f"height is {height!r}; it must have {token} in its name just as output has.")


def _color(name: str, value: object) -> tuple[float, float, float]:
    if not isinstance(value, (list, tuple)) or len(value) != 3:
        raise bad_job(f"{name} is {value!r}; it must be three numbers from 0 to 1.")
    for part in value:
        check_number(name, part, 0.0, 1.0)
    return (float(value[0]), float(value[1]), float(value[2]))
