"""Files with a number for each frame, named as Blender does: "shot_####.exr"."""

from __future__ import annotations

import re
from pathlib import Path

from .errors import JobError, Remedy

MOVIES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".mts", ".ogv")
_MARK = re.compile(r"#+")


def frame_path(pattern: str, frame: int) -> Path:
    """The file of a frame: the last run of # in its name becomes the number, with as many digits at least.

    Raises JobError ("not_numbered") for a path without any.
    """
    path = Path(pattern)
    marks = list(_MARK.finditer(path.name))
    if not marks:
        raise JobError(
            "not_numbered",
            f"{path.name} has no place for a frame's number. Write # for each digit, as in shot_####.exr.",
            Remedy.CHOOSE_IMAGE,
        )
    last = marks[-1]
    sign, digits = ("-" if frame < 0 else ""), len(last.group())
    number = sign + f"{abs(frame):0{digits}d}"
    return path.with_name(path.name[: last.start()] + number + path.name[last.end() :])


def frames_there(pattern: str) -> list[int]:
    """The numbers of the frames whose files are there, in order. Raises JobError ("not_numbered")."""
    path = Path(pattern)
    frame_path(pattern, 0)
    last = list(_MARK.finditer(path.name))[-1]
    name = re.compile(re.escape(path.name[: last.start()]) + r"(-?\d+)" + re.escape(path.name[last.end() :]))
    found = (name.fullmatch(each.name) for each in path.parent.glob("*"))
    numbers = {int(match.group(1)) for match in found if match}
    return sorted(number for number in numbers if frame_path(pattern, number).is_file())


def state_folder(output: str) -> str:
    """Where the work of an animation is kept that is written to an output: shot_####.png has shot.nst."""
    path = Path(output)
    stem = path.stem.replace("#", "").strip(" ._-")
    return str(path.with_name(f"{stem or 'frames'}.nst"))
