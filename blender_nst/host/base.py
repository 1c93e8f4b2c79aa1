"""The colour that a mesh has now: one colour, an image through the same UVs, or something to be baked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..compat import material_uses_nodes
from .colorspaces import is_srgb
from .colour import display
from .meshes import render_uv_map
from .shading import color_sockets, original_socket, source_of

DEFAULT_GREY = (0.8, 0.8, 0.8)
"""Linear base colour of a mesh without a material, as Blender shows it."""


@dataclass(frozen=True)
class BaseColor:
    """Exactly one of: ``color`` (display-referred sRGB), ``image`` (Blender's), or neither, to be baked."""

    color: tuple[float, float, float] | None = None
    image: Any = None

    @property
    def needs_bake(self) -> bool:
        """Whether nodes have to be evaluated."""
        return self.color is None and self.image is None


def base_color(obj: Any, slots: tuple[int, ...], uv_map: str) -> BaseColor:
    """What the material slots that faces use show, before this add-on's own textures."""
    materials = [
        obj.material_slots[slot].material if slot < len(obj.material_slots) else None for slot in slots
    ]
    found = [_of_material(material, uv_map, render_uv_map(obj.data)) for material in materials]
    if not found:
        return BaseColor(color=display(DEFAULT_GREY))
    return found[0] if all(one == found[0] for one in found) else BaseColor()


def _of_material(material: Any, uv_map: str, default_uv_map: str) -> BaseColor:
    if material is None:
        return BaseColor(color=display(DEFAULT_GREY))
    if not material_uses_nodes(material):
        return BaseColor(color=display(material.diffuse_color))
    found = [
        _of_socket(original_socket(socket), uv_map, default_uv_map) for socket in color_sockets(material)
    ]
    if not found:
        return BaseColor(color=display(DEFAULT_GREY))
    return found[0] if all(one == found[0] for one in found) else BaseColor()


def _of_socket(socket: Any, uv_map: str, default_uv_map: str) -> BaseColor:
    source = source_of(socket)
    if source is None:
        return BaseColor(color=display(socket.default_value))
    if source.node.type == "RGB":
        return BaseColor(color=display(source.default_value))
    if (
        source.node.type == "TEX_IMAGE"
        and source.name == "Color"
        and _plain(source.node, uv_map, default_uv_map)
    ):
        return BaseColor(image=source.node.image)
    return BaseColor()


def _plain(node: Any, uv_map: str, default_uv_map: str) -> bool:
    """Whether an image texture shows its pixels through ``uv_map`` and nothing else."""
    image = node.image
    if image is None or image.source not in ("FILE", "GENERATED", "TILED") or node.projection != "FLAT":
        return False
    if not is_srgb(image) and not image.is_float:
        return False
    vector = source_of(node.inputs["Vector"])
    if vector is None:
        return uv_map == default_uv_map
    if vector.node.type == "UVMAP":
        return (vector.node.uv_map or default_uv_map) == uv_map
    return vector.node.type == "TEX_COORD" and vector.name == "UV" and uv_map == default_uv_map
