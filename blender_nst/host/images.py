"""Blender's images as files for the engine, and its results as Blender's images."""

from __future__ import annotations

import contextlib
import os
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import UDIM, JobError, Remedy
from ...core.protocol.numbered import LIGHT
from ..compat import session_uid
from .colorspaces import set_data, set_srgb
from .files import check_png, need_picture, read_picture
from .tiles import load_tiles

RESULT_MARK = "nst_job"
"""Custom property of every image that this add-on has made."""

_READABLE_SOURCES = ("FILE", "GENERATED")
_COPIED_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".exr")
_MAGIC = (
    (b"\x89PNG", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"v/1\x01", ".exr"),
)


def usable_as_style(image: Any) -> bool:
    """Whether the style picker offers it: pictures, not render results nor this add-on's own textures."""
    return (
        image.source in _READABLE_SOURCES and image.type in ("IMAGE", "UV_TEST") and RESULT_MARK not in image
    )


def image_file(image: Any, folder: Path, stem: str, role: str) -> Path:
    """Write an image's picture to ``folder`` as ``stem`` with a suffix; returns the file.

    A picture on disk or packed is copied byte for byte, so that the engine sees what the
    artist's file holds; painted and generated images, and formats that the engine does not
    read, are written as PNG. The image itself stays as it is. role names the image in
    errors ("style"). Raises JobError: image_is_render, image_kind, image_missing,
    image_unreadable, disk_full; OSError when the folder takes no file.
    """
    check_kind(image, role)
    original = _original(image)
    if isinstance(original, bytes):
        target = folder / (stem + _suffix(original))
        target.write_bytes(original)
        return target
    if isinstance(original, Path):
        target = folder / (stem + original.suffix.lower())
        target.write_bytes(read_picture(original, role))
        return target
    return _saved(image, folder / f"{stem}.png", role)


def light_file(image: Any, folder: Path, stem: str, role: str, size: tuple[int, int] | None = None) -> Path:
    """Write the light that an image holds to ``folder``: as EXR, or as ``image_file`` does if it has 8 bits.

    size: width and height in pixels that it is scaled to; None leaves it as it is. The rest is as of
    ``image_file``.
    """
    check_kind(image, role)
    if not image.is_float and size is None:
        return image_file(image, folder, stem, role)
    return _saved(image, folder / (stem + (".exr" if image.is_float else ".png")), role, size)


def source_file(name: str, role: str, folder: Path, uid: int = 0) -> Path:
    """The file of an image of the scene, written to ``folder`` if need be, or of a path.

    role: what it is ("mask 1"). uid: ``session_uid`` of the image, where a linked one may have the same
    name; 0 unknown. Raises JobError as ``image_file`` and ``need_picture``; OSError as ``image_file``.
    """
    images = bpy.data.images
    if uid:
        image = next((image for image in images if session_uid(image) == uid), None)
    else:  # of two with one name, one is linked: the file's own is meant
        image = images.get((name, None)) or images.get(name)
    return (
        picture_file(name, role) if image is None else image_file(image, folder, role.replace(" ", "_"), role)
    )


def picture_file(path: str, role: str) -> Path:
    """The absolute path of a picture on disk. Raises JobError as ``need_picture``."""
    found = Path(bpy.path.abspath(path)).absolute()
    need_picture(found, role)
    return found


def load_result(path: Path, name: str, tiles: Sequence[Path] = (), is_color: bool = True) -> Any:
    """The engine's picture as a new packed image that does not need its file any more.

    tiles: the files of its tiles, where it is made of UDIM tiles. is_color: whether it is sRGB, or plain
    numbers; an EXR file holds scene-linear light, as Blender knows. Raises JobError ("result_unreadable").
    """
    try:
        image = load_tiles(tiles) if tiles else bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise JobError(
            "result_unreadable", f"The engine's picture cannot be read: {path}.", Remedy.RETRY
        ) from error
    try:
        if 0 in image.size:
            raise JobError("result_unreadable", f"The engine's picture is broken: {path}.", Remedy.RETRY)
        if path.suffix == ".exr":
            image.use_view_as_render = True  # else the Image Editor leaves the scene's view transform out
        else:
            (set_srgb if is_color else set_data)(image)
        image.pack()
        name_result(image, name, f".{UDIM}{path.suffix}" if tiles else path.suffix)
    except Exception:
        bpy.data.images.remove(image)
        raise
    return image


def load_sequence(first: Path, name: str) -> Any:
    """An image that plays the files of frames, of which one is the first.

    Raises JobError ("result_unreadable").
    """
    try:
        image = bpy.data.images.load(str(first), check_existing=False)
    except RuntimeError as error:
        raise JobError(
            "result_unreadable", f"The engine's picture cannot be read: {first}.", Remedy.RETRY
        ) from error
    if first.suffix.lower() in LIGHT:
        image.use_view_as_render = True  # else the Image Editor leaves the scene's view transform out
    else:
        set_srgb(image)
    if bpy.data.filepath:
        with contextlib.suppress(ValueError):  # on another drive
            image.filepath = bpy.path.relpath(str(first))
    image.source, image.name = "SEQUENCE", name
    return image


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of a picture's file. Raises RuntimeError."""
    image = bpy.data.images.load(str(path), check_existing=False)
    try:
        width, height = image.size
    finally:
        bpy.data.images.remove(image)
    return width, height


def play(user: Any, frames: range) -> None:
    """Let what shows an image of many files, an Image Editor or a node, show each scene frame's own."""
    user.frame_start, user.frame_duration = frames.start, len(frames)
    user.frame_offset, user.use_auto_refresh = frames.start - 1, True


def name_result(image: Any, name: str, suffix: str) -> None:
    """Name a packed image, and what "unpack" calls its files, so that no two results share a name.

    suffix: of the files, ".<UDIM>.png" for tiles.
    """
    image.name = name
    own = f"//{bpy.path.clean_name(image.name)}{suffix}"
    image.filepath_raw = own
    for packed in image.packed_files:
        packed.filepath = own.replace(UDIM, str(packed.tile_number))


def save_png(image: Any, path: Path) -> None:
    """Write an image of this add-on's own as PNG. Raises JobError ("disk_full") and OSError."""
    _save(image, path, "PNG")
    check_png(path)


def _save(image: Any, path: Path, file_format: str) -> None:
    image.file_format = file_format
    try:
        image.save(filepath=str(path))
    except RuntimeError as error:
        raise OSError(" ".join(str(error).split())) from error


def check_kind(image: Any, role: str) -> None:
    """Raise JobError ("image_is_render", "image_kind") unless an image is one still picture."""
    if image.type in ("RENDER_RESULT", "COMPOSITING") or image.source == "VIEWER":
        raise JobError(
            "image_is_render",
            f"'{image.name}' holds no picture of its own. "
            f"Save the render as a file and choose that as the {role}.",
            Remedy.CHOOSE_IMAGE,
        )
    if image.source not in _READABLE_SOURCES:
        kinds = {"TILED": "made of UDIM tiles", "MOVIE": "a movie", "SEQUENCE": "an image sequence"}
        raise JobError(
            "image_kind",
            f"The {role} image '{image.name}' is {kinds.get(image.source, 'of an unknown kind')}. "
            "Choose a single still picture.",
            Remedy.CHOOSE_IMAGE,
        )


def _original(image: Any) -> bytes | Path | None:
    """The picture as it was read, if the engine reads its format and nobody has painted on it since."""
    if image.source != "FILE" or image.is_dirty:
        return None
    if image.packed_file is not None:
        data = bytes(image.packed_file.data)
        return data if _suffix(data) else None
    path = Path(bpy.path.abspath(image.filepath, library=image.library))
    if image.filepath and os.path.isfile(path) and path.suffix.lower() in _COPIED_SUFFIXES:
        return path
    return None


def _saved(image: Any, path: Path, role: str, size: tuple[int, int] | None = None) -> Path:
    """Write an image's pixels as PNG or EXR, scaled to a size if there is one.

    By way of another image: saving it directly would change it on 4.2.
    """
    values = array("f", bytes(4 * len(image.pixels)))
    if not values:
        raise JobError(
            "image_missing",
            f"The {role} image '{image.name}' has no picture; its file may have moved. "
            "Find its file again or choose another image.",
            Remedy.CHOOSE_IMAGE,
        )
    image.pixels.foreach_get(values)
    width, height = image.size
    copy = bpy.data.images.new("NST copy", width, height, alpha=True, float_buffer=image.is_float)
    try:
        if path.suffix == ".exr":
            set_data(copy)  # so that light is written as it is: a new image may be sRGB
        copy.pixels.foreach_set(values)
        if size is not None:
            copy.scale(*size)
        if path.suffix == ".exr":
            _save(copy, path, "OPEN_EXR")
        else:
            save_png(copy, path)
    finally:
        bpy.data.images.remove(copy)
    return path


def _suffix(data: bytes) -> str:
    return next((suffix for magic, suffix in _MAGIC if data.startswith(magic)), "")
