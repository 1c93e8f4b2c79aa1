"""Writing both eyes as Blender does: a file for each, or one of both in whatever way the scene says."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import bpy

from .files import check_png
from .stereo import EYES, need_eyes
from .view_transform import saves_picture

_FORMATS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {".exr": ("OPEN_EXR", "32"), ".png": ("PNG", "16")}
)
"""Formats and bits, by how a file's name ends."""


def save_eyes(scene: Any, made: Path, path: Path) -> list[Path]:
    """Write a picture of two eyes as the scene's output settings want it; the files.

    made: an EXR file, the left eye's picture on the left. path: of one of ``FILE_KINDS``; with Individual the
    views' suffixes are put into its name. A file is written whole or not at all. Raises OSError,
    RuntimeError, JobError ("disk_full", and as ``need_eyes``).
    """
    need_eyes(scene)
    settings = scene.render.image_settings
    apart = settings.views_format != "STEREO_3D"
    draft = path.with_name(f".{path.stem}-{os.getpid()}{path.suffix}")
    drafts, names = (files_written(scene, each) for each in (draft, path))
    image = _opened(scene, made)
    file_format, bits = _FORMATS[path.suffix.lower()]
    try:
        with saves_picture(scene, file_format, "RGBA", bits):
            settings.views_format = "INDIVIDUAL" if apart else "STEREO_3D"
            # Blender looks for a file without a suffix then, and says that there is none.
            with contextlib.suppress(RuntimeError) if apart else contextlib.nullcontext():
                image.save_render(str(draft), scene=scene)
        for each in drafts:
            if file_format == "PNG":
                check_png(each)
            else:
                each.stat()
        for name in filter(Path.is_dir, names):  # before one eye alone is there
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(name))
        for each, name in zip(drafts, names, strict=True):
            os.replace(each, name)
    finally:
        bpy.data.images.remove(image)
        for each in drafts:
            each.unlink(missing_ok=True)
    return names


def files_written(scene: Any, path: Path) -> list[Path]:
    """The files that ``save_eyes`` writes."""
    apart = scene.render.image_settings.views_format != "STEREO_3D"
    views = scene.render.views
    suffixes = [views[name].file_suffix for name in EYES if name in views] if apart else [""]
    return [path.with_name(f"{path.stem}{suffix}{path.suffix}") for suffix in suffixes]


def _opened(scene: Any, made: Path) -> Any:
    """The picture as an image of two views, which Blender reads as such for a scene of two eyes only."""
    image = bpy.data.images.load(str(made), check_existing=False)
    before, scene.render.use_multiview = scene.render.use_multiview, True
    try:
        with bpy.context.temp_override(scene=scene):
            image.use_multiview, image.views_format = True, "STEREO_3D"
            layout = image.stereo_3d_format
            layout.display_mode = "SIDEBYSIDE"
            layout.use_sidebyside_crosseyed = layout.use_squeezed_frame = False
            is_read = image.size[0] > 0 and image.is_stereo_3d
    finally:
        scene.render.use_multiview = before
    if not is_read:
        bpy.data.images.remove(image)
        raise OSError(f"{made} is not of two eyes")
    return image
