"""Draws objects as painted spheres have them, into whatever is drawn on now."""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Iterator, Mapping
from typing import Any

import bpy
import gpu

from ...core.protocol import JobError, Remedy
from .sphere_batches import Batches, batch_of
from .sphere_facts import COLUMNS, Look, Shown, View, Worn, facts_of
from .sphere_shaders import blit_shader, guides_shader

DRAWN_TYPES = ("MESH", "CURVE", "SURFACE", "META", "FONT")


def need_gpu() -> None:
    """Raise JobError ("no_gpu") where nothing can be drawn."""
    try:
        gpu.platform.backend_type_get()
    except SystemError as error:
        raise JobError(
            "no_gpu",
            "Painted spheres are shown live by the graphics card, which Blender without a window does not "
            "use. Open this file in Blender's window, or put the sphere on as a material.",
        ) from error


class SpherePainter:
    """Shaders, textures and batches. Made while something is drawn; only then it may draw.

    Raises Exception where the graphics card refuses the shaders.
    """

    def __init__(self) -> None:
        self.batches = Batches()
        self._guides, self._blit = guides_shader(), blit_shader()
        corners = array("f", (-1, -1, 3, -1, -1, 3))  # of a triangle over the whole picture
        self._whole = batch_of({"pos": (corners, 2)})
        self._size = (0, 0)
        self._textures: tuple[Any, ...] = ()
        self._target: Any = None

    def draw(self, view: View, objects: Mapping[Any, Look], depsgraph: Any) -> None:
        """Draw objects over what is there, with its depth. objects: of the scene, with their looks.

        Raises JobError ("image_missing", "image_unreadable").
        """
        looks = list(dict.fromkeys(objects.values()))
        images = [_image(look.image) for look in looks]
        batches = {obj: self.batches.of(obj, depsgraph) for obj in objects}
        drawn = [obj for obj, batch in batches.items() if batch is not None]
        worn = [_worn(obj.evaluated_get(depsgraph), looks.index(objects[obj])) for obj in drawn]
        shown = [_shown(look, image, depsgraph) for look, image in zip(looks, images, strict=True)]
        facts = _texture(facts_of(view, worn, looks, shown))
        self._fit(view.size)
        with _own_state():
            self._draw_guides([batches[obj] for obj in drawn], facts)
            gpu.state.blend_set("ALPHA_PREMULT")
            self._draw_looks(images, facts, 1 + len(drawn))

    def _draw_looks(self, images: list[Any], facts: Any, first: int) -> None:
        self._blit.bind()
        for name, texture in zip(("guides", "places"), self._textures, strict=False):
            self._blit.uniform_sampler(name, texture)
        self._blit.uniform_sampler("facts", facts)
        for row, image in enumerate(images, first):
            self._blit.uniform_int("look", row)
            self._blit.uniform_sampler("painting", gpu.texture.from_image(image))
            self._whole.draw(self._blit)

    def _fit(self, size: tuple[int, int]) -> None:
        if size == self._size:
            return
        kinds = ("RGBA16F", "RGBA32F", "DEPTH_COMPONENT32F")
        self._textures = tuple(gpu.types.GPUTexture(size, format=kind) for kind in kinds)
        guides, places, depth = self._textures
        self._target = gpu.types.GPUFrameBuffer(depth_slot=depth, color_slots=(guides, places))
        self._size = size

    def _draw_guides(self, batches: list[Any], facts: Any) -> None:
        with self._target.bind():
            self._target.clear(color=(0.0, 0.0, 0.0, 0.0), depth=1.0)
            self._guides.bind()
            self._guides.uniform_sampler("facts", facts)
            for number, batch in enumerate(batches, 1):
                self._guides.uniform_int("number", number)
                batch.draw(self._guides)


@contextlib.contextmanager
def _own_state() -> Iterator[None]:
    """Depth is tested and written; how Blender had it comes back."""
    state = gpu.state
    test, mask, blend = state.depth_test_get(), state.depth_mask_get(), state.blend_get()
    try:
        state.depth_test_set("LESS_EQUAL")
        state.depth_mask_set(True)
        state.blend_set("NONE")
        state.face_culling_set("NONE")
        yield
    finally:
        state.depth_test_set(test)
        state.depth_mask_set(mask)
        state.blend_set(blend)
        gpu.shader.unbind()  # else Blender takes a later one at the same address for this one


def _texture(rows: list[array[float]]) -> Any:
    values = array("f", (value for row in rows for value in row))
    data = gpu.types.Buffer("FLOAT", len(values), values)
    return gpu.types.GPUTexture((COLUMNS, len(rows)), format="RGBA32F", data=data)


def _worn(evaluated: Any, look: int) -> Worn:
    return Worn(evaluated.matrix_world, max(evaluated.dimensions), look)


def _image(name: str) -> Any:
    image = bpy.data.images.get(name)
    if image is None:
        raise JobError(
            "image_missing", f"The painted sphere '{name}' is not in this file any more.", Remedy.CHOOSE_IMAGE
        )
    if 0 in image.size:
        raise JobError(
            "image_unreadable",
            f"The painted sphere '{name}' has no picture; its file may have moved. Find its file again.",
            Remedy.CHOOSE_IMAGE,
        )
    return image


def _shown(look: Look, image: Any, depsgraph: Any) -> Shown:
    found = bpy.data.objects.get(look.lamp) if look.lamp else None
    lamp = found if found is not None and found.type == "LIGHT" else None
    opaque = image.alpha_mode in ("NONE", "CHANNEL_PACKED") or image.channels < 4
    return Shown(
        size=(image.size[0], image.size[1]),
        premultiplied=image.alpha_mode == "PREMUL",
        opaque=opaque,
        lamp=lamp.evaluated_get(depsgraph).matrix_world if lamp is not None else None,
        sun=lamp is not None and lamp.data.type == "SUN",
    )
