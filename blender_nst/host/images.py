"""Blender's images as files for the engine, and its results as Blender's images."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.protocol import JobError, Remedy
from .png import write_png

RESULT_MARK = "nst_job"
"""Custom property of every image that this add-on has made."""

_READABLE_SOURCES = ("FILE", "GENERATED")
_COPIED_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
_MAGIC = (
    (b"\x89PNG", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
)


def usable_as_style(image: Any) -> bool:
    """Whether the style picker offers it: pictures, not render results nor this add-on's own textures."""
    return (
        image.source in _READABLE_SOURCES and image.type in ("IMAGE", "UV_TEST") and RESULT_MARK not in image
    )


def image_file(image: Any, folder: Path, stem: str, role: str) -> Path:
    """Write an image's picture to ``folder`` as ``stem`` with a suffix; returns the file.

    A picture on disk or packed is copied byte for byte, so that the engine sees what the
    artist's file holds; painted, generated and float images are written as 8-bit sRGB PNG.
    role names the image in errors ("style"). Raises JobError: image_is_render, image_kind, image_missing.
    """
    _check_kind(image, role)
    original = _original(image)
    if isinstance(original, bytes):
        target = folder / (stem + _suffix(original))
        target.write_bytes(original)
        return target
    if isinstance(original, Path):
        target = folder / (stem + original.suffix.lower())
        shutil.copyfile(original, target)
        return target
    target = folder / f"{stem}.png"
    write_png(target, srgb_bytes(image, role))
    return target


def srgb_bytes(image: Any, role: str) -> NDArray[np.uint8]:
    """(H, W, 4) 8-bit sRGB pixels of an image, top row first. Raises JobError ("image_missing")."""
    width, height = image.size
    count = width * height * 4
    if count == 0 or len(image.pixels) != count:
        raise JobError(
            "image_missing",
            f"The {role} image '{image.name}' has no picture; its file may have moved. "
            "Find its file again or choose another image.",
            Remedy.CHOOSE_IMAGE,
        )
    values = np.empty(count, dtype=np.float32)
    image.pixels.foreach_get(values)
    pixels = values.reshape(height, width, 4)[::-1]
    np.nan_to_num(pixels, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
    if image.is_float:
        pixels = np.concatenate([srgb_from_linear(pixels[..., :3]), pixels[..., 3:]], axis=2)
    return (np.clip(pixels, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def srgb_from_linear(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Display-referred sRGB of linear values (IEC 61966-2-1), any shape; below 0 becomes 0."""
    values = np.maximum(values, 0.0)
    encoded = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1.0 / 2.4) - 0.055)
    return encoded.astype(np.float32)


def load_result(path: Path, name: str) -> Any:
    """The engine's picture as a new packed sRGB image that does not need its file any more.

    Raises JobError ("result_unreadable").
    """
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise JobError(
            "result_unreadable", f"The engine's picture cannot be read: {path}.", Remedy.RETRY
        ) from error
    if 0 in image.size:
        bpy.data.images.remove(image)
        raise JobError("result_unreadable", f"The engine's picture is broken: {path}.", Remedy.RETRY)
    image.name = name
    image.colorspace_settings.name = "sRGB"
    image.pack()
    image.filepath_raw = f"//{bpy.path.clean_name(name)}.png"  # where "unpack" would put it
    return image


def _check_kind(image: Any, role: str) -> None:
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
    if image.filepath and path.is_file() and path.suffix.lower() in _COPIED_SUFFIXES:
        return path
    return None


def _suffix(data: bytes) -> str:
    return next((suffix for magic, suffix in _MAGIC if data.startswith(magic)), "")
