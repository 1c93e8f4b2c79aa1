"""Blender's matcaps as pictures of painted spheres."""

from __future__ import annotations

import contextlib
import os
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.protocol import JobError, Remedy
from ..compat import COMPOSITOR_OUTPUT, begin_compositor, end_compositor, new_compositor_mix, set_file_format
from .colorspaces import is_srgb
from .colour import decoded, encoded
from .sphere_images import new_picture, pixels_of

RADIUS = 0.496
"""Of the ball, in a matcap that is 1 wide: ``matcap_uv_compute`` of Blender's Workbench."""
_PAINTED = 0.8
"""The surface's colour, which Workbench multiplies by what is diffuse, of things without a material."""


@dataclass(frozen=True)
class Matcap:
    """name: of its file, by which Blender knows it."""

    name: str
    path: Path


def matcaps() -> list[Matcap]:
    """Those that the preferences offer: Blender's own and the artist's."""
    lights = bpy.context.preferences.studio_lights
    return [Matcap(one.name, Path(one.path)) for one in lights if one.type == "MATCAP"]


def matcap_icons() -> dict[str, int]:
    """Numbers of Blender's icons of matcaps, by their names. They are known to a scene that shows matcaps."""
    scene = bpy.data.scenes.new("NST Matcaps")
    try:
        shading = scene.display.shading
        shading.light = "MATCAP"
        icon = bpy.types.UILayout.enum_item_icon
        return {one.name: icon(shading, "studio_light", one.name) for one in matcaps()}
    finally:
        bpy.data.scenes.remove(scene)


def load_matcap(path: Path) -> tuple[Any, tuple[float, float, float]]:
    """A matcap as a new packed image, sRGB, transparent around the ball; and the ball's circle.

    Its colours are those that Workbench shows on things without a material. circle: (x, y, radius) in pixels
    from the picture's upper left corner. Raises JobError ("image_unreadable").
    """
    light = _light_in(path)
    height, width = light.shape[:2]
    circle = (width / 2, height / 2, RADIUS * min(width, height))
    rows, columns = np.mgrid[:height, :width] + 0.5
    inside = circle[2] + 0.5 - np.hypot(columns - circle[0], rows - circle[1])
    pixels = np.ones((height, width, 4), dtype=np.float32)
    pixels[..., :3] = encoded(light)
    pixels[..., 3] = np.clip(inside, 0.0, 1.0)
    return new_picture(path.stem, pixels), circle


def _light_in(path: Path) -> NDArray[np.float32]:
    """(H, W, 3) linear light that a matcap gives a surface of ``_PAINTED``, bottom row first."""
    with _loaded(path) as image:
        if 0 not in image.size:
            return _PAINTED * _linear(image)
        # of several layers, which Blender gives to its compositor alone
        size = _size_of(path)
        with tempfile.TemporaryDirectory() as folder, _compositing(image, size, folder) as scene:
            bpy.ops.render.render(write_still=True, scene=scene.name)
            with _loaded(Path(scene.render.filepath)) as mixed:
                return _linear(mixed)


def _size_of(path: Path) -> tuple[int, int]:
    """Width and height of an EXR file, from its header: attributes of a name, a type, a size and a value.

    Raises JobError ("image_unreadable").
    """
    with open(path, "rb") as file:
        data = file.read(1 << 16)
    at = 8  # after the magic number and the version
    try:
        while True:
            name, kind, _ = data[at:].split(b"\0", 2)
            at += len(name) + len(kind) + 2
            (size,) = struct.unpack_from("<i", data, at)
            at += 4
            if name == b"dataWindow":
                left, top, right, bottom = struct.unpack_from("<4i", data, at)
                return right - left + 1, bottom - top + 1
            at += size
    except (ValueError, struct.error) as error:  # its end comes first
        raise _unreadable(path) from error


@contextlib.contextmanager
def _loaded(path: Path) -> Iterator[Any]:
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise _unreadable(path) from error
    try:
        yield image
    finally:
        bpy.data.images.remove(image)


@contextlib.contextmanager
def _compositing(image: Any, size: tuple[int, int], folder: str) -> Iterator[Any]:
    """A temporary scene that renders what a matcap's two layers give, specular + 0.8 diffuse."""
    scene = bpy.data.scenes.new("NST Matcap")
    try:
        render = scene.render
        render.resolution_x, render.resolution_y, render.resolution_percentage = *size, 100
        render.filepath = os.path.join(folder, "matcap.exr")
        set_file_format(render.image_settings, "OPEN_EXR")
        render.image_settings.color_depth = "32"
        scene.nst.render.for_engine = True
        nodes = begin_compositor(scene).nodes
        nodes.clear()
        links = nodes.id_data.links
        source, output = nodes.new("CompositorNodeImage"), nodes.new(COMPOSITOR_OUTPUT)
        source.image = image
        layers = {socket.name: socket for socket in source.outputs}
        if not {"diffuse", "specular"} <= {*layers}:
            raise JobError(
                "image_unreadable",
                f"The matcap has layers {', '.join(layers)}, not diffuse and specular. Choose another.",
                Remedy.CHOOSE_IMAGE,
            )
        mix, factor, first, second, result = new_compositor_mix(nodes)
        mix.blend_type, factor.default_value = "ADD", _PAINTED
        links.new(layers["specular"], first)
        links.new(layers["diffuse"], second)
        links.new(result, output.inputs[0])
        yield scene
    finally:
        end_compositor(scene)
        bpy.data.scenes.remove(scene)


def _linear(image: Any) -> NDArray[np.float32]:
    """(H, W, 3) linear pixels, bottom row first."""
    pixels = pixels_of(image)[..., :3]
    return decoded(pixels) if is_srgb(image) and not image.is_float else pixels


def _unreadable(path: Path) -> JobError:
    return JobError("image_unreadable", f"The matcap cannot be read: {path}.", Remedy.CHOOSE_IMAGE)
