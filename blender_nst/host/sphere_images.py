"""Images of painted spheres: made for painting, saved for other programs, and whether they have changed."""

from __future__ import annotations

import contextlib
import hashlib
import os
from array import array
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy
from .colorspaces import set_data, set_srgb
from .files import need_writable
from .images import name_result, save_png

_READ = "nst_read"
_NEVER = str(2**63)
GREY = 0.5
"""Where height and roughness begin, so that both more and less can be painted."""


def new_picture(name: str, width: int, height: int, pixels: array[float], is_color: bool = True) -> Any:
    """A packed image to paint on. pixels: RGBA in [0, 1], sRGB if they are colours, bottom row first."""
    image = bpy.data.images.new(name, width, height, alpha=True)
    (set_srgb if is_color else set_data)(image)
    image.pixels.foreach_set(pixels)
    image.update()
    image.pack()
    name_result(image, name, ".png")
    return image


def pixels_of(image: Any) -> array[float]:
    """RGBA pixels as the image has them, bottom row first. Raises JobError ("image_missing")."""
    need_pixels(image)
    width, height = image.size
    values = array("f", bytes(4 * 4 * width * height))
    image.pixels.foreach_get(values)
    return values


def need_pixels(image: Any) -> None:
    """Raise JobError ("image_missing") where an image has no pixels, as its file is not found."""
    if 0 in image.size:
        raise JobError(
            "image_missing",
            f"The image '{image.name}' has no picture; its file may have moved. Find its file again or "
            "choose another image.",
            Remedy.CHOOSE_IMAGE,
        )


def ball_in(image: Any) -> tuple[float, float, float]:
    """Where a ball is that is painted on nothing: (x, y, radius) in pixels from the upper left corner.

    The largest in the middle where nothing is transparent. Raises JobError ("image_missing").
    """
    width, height = image.size
    alpha = pixels_of(image)[3::4]
    rows = [row for row in range(height) if max(alpha[row * width : (row + 1) * width]) > GREY]
    columns = [column for column in range(width) if max(alpha[column::width]) > GREY]
    if not rows or min(alpha) > GREY:
        rows, columns = [0, height - 1], [0, width - 1]
    wide, high = columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]
    return columns[0] + wide / 2, height - rows[0] - high / 2, min(wide, high) / 2


def copy_of(image: Any, name: str) -> Any:
    """A packed copy of an image of 8 bits, to paint on. Raises JobError ("image_missing")."""
    width, height = image.size
    return new_picture(name, width, height, pixels_of(image))


def load_picture(path: Path) -> Any:
    """A picture's file as an image that goes on to live there. Raises JobError ("image_unreadable")."""
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise _unreadable(path) from error
    if 0 in image.size:
        bpy.data.images.remove(image)
        raise _unreadable(path)
    image.name = path.stem
    if bpy.data.filepath:
        with contextlib.suppress(ValueError):  # on another drive
            image.filepath = bpy.path.relpath(str(path))
    note_read(image)
    return image


def blank_like(image: Any, name: str, value: tuple[float, ...], is_color: bool = True) -> Any:
    """A packed image of one RGBA value, framed as another one is. Raises JobError ("image_missing")."""
    need_pixels(image)
    width, height = image.size
    return new_picture(name, width, height, array("f", value) * (width * height), is_color)


def save_outside(image: Any, folder: Path) -> Path:
    """Save an image as PNG for other programs, as which it lives from then on, and return its path.

    folder: for one that has no file of its own yet; nothing that is there is overwritten. Nor is its own file
    where another program has written it meanwhile: then the image gets one more beside it. Raises JobError:
    "no_permission", "disk_full", "image_missing", "image_linked".
    """
    need_pixels(image)
    if image.library is not None:
        raise JobError(
            "image_linked",
            f"'{image.name}' is linked from another file, so that nobody can paint on it here. Make it local "
            "first, or open that file.",
            Remedy.CHOOSE_IMAGE,
        )
    own = _own_file(image)
    if own is not None and own.is_file() and not image.is_dirty:
        return own
    if own is not None and not edited_outside(image):
        path = own
    else:
        place = own.parent if own is not None else folder
        path = free_path(place / f"{bpy.path.clean_name(image.name)}.png")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        need_writable(path.parent)
        save_png(image, path)
    except OSError as error:
        raise JobError(
            "no_permission",
            f"The picture cannot be saved as {path}: {error.strerror or error}. Choose another folder.",
            Remedy.CHOOSE_FOLDER,
        ) from error
    if image.packed_file is not None:
        image.unpack(method="REMOVE")
    image.source = "FILE"
    image.filepath_raw = str(path)
    if bpy.data.filepath:
        with contextlib.suppress(ValueError):  # on another drive
            image.filepath_raw = bpy.path.relpath(str(path))
    reload(image)
    return path


def reload(image: Any) -> None:
    """Read an image's file again. Raises JobError ("image_missing") where there is none."""
    path = _file_of(image)
    if path is None or not path.is_file():
        raise JobError(
            "image_missing",
            f"'{image.name}' has no file that could be read again. Edit it outside first.",
            Remedy.CHOOSE_IMAGE,
        )
    image.reload()
    note_read(image)


def note_read(image: Any) -> None:
    """Remember how new the file is that an image has been read from."""
    image[_READ] = str(_time_of(image))


def note_known(image: Any) -> None:
    """The same of an image that somebody else has loaded; one that was noted before stays as it is."""
    if image.library is None and _READ not in image and _file_of(image) is not None:
        note_read(image)


def edited_outside(image: Any) -> bool:
    """Whether an image's file was written since ``note_read``."""
    return _time_of(image) > int(image.get(_READ, _NEVER))


def state_of(image: Any) -> str:
    """What tells an image's present pixels from all others; empty for no image or one without pixels."""
    if image is None or 0 in image.size:
        return ""
    shape = "x".join(str(side) for side in image.size)
    return f"{shape} {hashlib.sha1(pixels_of(image).tobytes(), usedforsecurity=False).hexdigest()}"


def _time_of(image: Any) -> int:
    """When an image's file was written, in nanoseconds; 0 for no file."""
    path = _file_of(image)
    try:
        return path.stat().st_mtime_ns if path is not None else 0
    except OSError:
        return 0


def _file_of(image: Any) -> Path | None:
    """The absolute path of the file that an image is read from; None for one in the .blend file."""
    if image.packed_file is not None or image.source != "FILE" or not image.filepath:
        return None
    return Path(os.path.abspath(bpy.path.abspath(image.filepath, library=image.library)))


def _unreadable(path: Path) -> JobError:
    return JobError(
        "image_unreadable",
        f"{path.name} cannot be read as a picture. Choose a PNG, JPEG, TIFF, WebP, BMP or single-layer EXR "
        "file.",
        Remedy.CHOOSE_IMAGE,
    )


def _own_file(image: Any) -> Path | None:
    """The PNG file that an image has outside."""
    path = _file_of(image)
    return path if path is not None and path.suffix.lower() == ".png" else None


def free_path(path: Path) -> Path:
    """The path, with a number after its stem if something is there already."""
    number = 0
    found = path
    while os.path.lexists(found):
        number += 1
        found = path.with_name(f"{path.stem}.{number:03}{path.suffix}")
    return found
