"""Blender's matcaps as pictures of painted spheres."""

from __future__ import annotations

import contextlib
import math
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy
from ..compat import COMPOSITOR_OUTPUT, begin_compositor, end_compositor, new_compositor_mix, set_file_format
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
    with tempfile.TemporaryDirectory() as folder, _loaded(path) as image:
        size = _size_of(path) if 0 in image.size else tuple(image.size)  # 0 where there are several layers
        with _compositing(image, size, Path(folder)) as scene:
            bpy.ops.render.render(write_still=True, scene=scene.name)
            with _loaded(Path(scene.render.filepath)) as shown:
                pixels = pixels_of(shown)
    width, height = size
    circle = (width / 2, height / 2, RADIUS * min(width, height))
    for row in range(height):
        for column, alpha in enumerate(_coverage(circle, row, width)):
            pixels[4 * (row * width + column) + 3] = alpha
    return new_picture(path.stem, width, height, pixels), circle


def _coverage(circle: tuple[float, float, float], row: int, width: int) -> Iterator[float]:
    """How much of each of a row's pixels is in a circle."""
    x, y, radius = circle
    return (
        min(max(radius + 0.5 - math.hypot(column + 0.5 - x, row + 0.5 - y), 0.0), 1.0)
        for column in range(width)
    )


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
def _compositing(image: Any, size: tuple[int, int], folder: Path) -> Iterator[Any]:
    """A temporary scene that renders a matcap as Workbench shows it: specular + 0.8 diffuse.

    Blender gives layers of an image to its compositor alone.
    """
    scene = bpy.data.scenes.new("NST Matcap")
    try:
        render = scene.render
        render.resolution_x, render.resolution_y, render.resolution_percentage = *size, 100
        render.filepath = str(folder / "matcap.png")
        render.dither_intensity = 0.0
        set_file_format(render.image_settings, "PNG")
        render.image_settings.color_mode, render.image_settings.color_depth = "RGB", "8"
        with contextlib.suppress(TypeError):  # a colour configuration of the artist's own may lack it
            scene.view_settings.view_transform = "Standard"
        scene.nst.render.for_engine = True
        _wire(begin_compositor(scene), image)
        yield scene
    finally:
        end_compositor(scene)
        bpy.data.scenes.remove(scene)


def _wire(tree: Any, image: Any) -> None:
    nodes, links = tree.nodes, tree.links
    nodes.clear()
    source, output = nodes.new("CompositorNodeImage"), nodes.new(COMPOSITOR_OUTPUT)
    source.image = image
    layers = {socket.name: socket for socket in source.outputs}
    mix, factor, specular, diffuse, result = new_compositor_mix(nodes)
    mix.blend_type, factor.default_value = "ADD", _PAINTED
    specular.default_value = (0.0, 0.0, 0.0, 1.0)
    if "specular" in layers:
        links.new(layers["specular"], specular)
    links.new(layers.get("diffuse", source.outputs[0]), diffuse)
    links.new(result, output.inputs[0])


def _unreadable(path: Path) -> JobError:
    return JobError("image_unreadable", f"The matcap cannot be read: {path}.", Remedy.CHOOSE_IMAGE)
