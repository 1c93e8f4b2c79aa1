"""Files with a number for each frame, named as Blender does: "shot_####.exr"."""

from __future__ import annotations

import re
from pathlib import Path

from .errors import JobError, Remedy

MOVIES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".mts", ".ogv")
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".exr", ".hdr")
"""How names of pictures end that can be written."""
LIGHT = (".exr", ".hdr")
"""Those of them that hold scene-linear light."""
_MARK = re.compile(r"#+")
_NUMBER = re.compile(r"\d+")


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


def numbered(path: str, frame: int) -> str:
    """As ``frame_path`` of a pattern; a path without a place for numbers is the same for all frames."""
    return str(frame_path(path, frame)) if _MARK.search(Path(path).name) else path


def pattern_of(path: str) -> str:
    """The pattern of all frames, of one of them: the last number in its name becomes #.

    A pattern stays as it is, and so does a name without a number.
    """
    name, found = Path(path).name, list(_NUMBER.finditer(Path(path).stem))
    if _MARK.search(name) or not found:
        return path
    last = found[-1]
    return str(Path(path).with_name(name[: last.start()] + "#" * len(last.group()) + name[last.end() :]))


def output_pattern(path: str, suffix: str, name: str = "") -> str:
    """A path with a place for a frame's number, which is at the end where Blender would put it.

    suffix: of a path that has none. name: before the numbers in a folder, whose path ends in /.
    """
    folder = path.endswith(("/", "\\"))
    whole = Path(path) / f"{name}####{suffix}" if folder else Path(path)
    if not whole.suffix:
        whole = whole.with_name(whole.name + suffix)
    if not _MARK.search(whole.name):
        whole = whole.with_name(f"{whole.stem}####{whole.suffix}")
    return str(whole)


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
