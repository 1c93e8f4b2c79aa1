"""A texture that an object wears for the time being, over whatever it shows, and off again without a trace.

What it has changed is marked on the data-blocks themselves, because undo, and files that were saved without a
word, may bring back any state that once was: ``take_off`` cleans each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy
from ..compat import set_material_uses_nodes
from .colorspaces import set_srgb
from .groups import GROUP_MARK, group_images
from .materials import COPY_MARK, MARKS, NODES_MARK, apply_style, restore_made
from .sameness import same_material
from .splice import take_out

LIVE_MARK = "nst_live"
"""On a group and an image that are there for the time being; on a material that was made or copied for them:
what it was copied from, or True."""
LIVE_NODES_MARK = "nst_live_nodes"
"""On a material whose nodes were switched on for the time being."""


def load_live(path: Path, name: str) -> Any:
    """A picture for the time being, which ``refresh`` reads again. Raises JobError ("result_unreadable")."""
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise _unreadable(path) from error
    if 0 in image.size:
        bpy.data.images.remove(image)
        raise _unreadable(path)
    image.name = name
    image[LIVE_MARK] = True
    set_srgb(image)
    return image


def put_on(obj: Any, image: Any, uv_map: str, own_images: Mapping[int, Any], groups: dict[str, Any]) -> None:
    """Let an object show pictures of ``load_live`` over its style, which stays.

    uv_map, own_images, groups: as of ``apply_style``.
    """
    before = [slot.material for slot in obj.material_slots]
    had_nodes = {material.name for material in before if material is not None and NODES_MARK in material}
    apply_style(obj, image, uv_map, own_images, groups, over=True)
    for group in groups.values():
        group.pop(GROUP_MARK, None)  # no style that panels and operators should know of
        group[LIVE_MARK] = True
    for index, slot in enumerate(obj.material_slots):
        old, new = before[index] if index < len(before) else None, slot.material
        if new is None:
            continue
        if new != old and LIVE_MARK not in new:
            new[LIVE_MARK] = old if old is not None else True
        if NODES_MARK in new and (old is None or old.name not in had_nodes):
            new[LIVE_NODES_MARK] = True


def refresh() -> bool:
    """Read the picture again from its file; False if no object wears one any more."""
    images = [image for tree in _groups() for image in group_images(tree) if LIVE_MARK in image]
    for image in images:
        image.reload()
        tuple(image.size)  # asking for it reads it now: later its file may be gone
        image.update_tag()
    return bool(images)


def take_off() -> bool:
    """Take such textures off everything in the file; whether there were any.

    A material that was copied or made for one goes too, unless somebody has worked on it since.
    """
    trees = _groups()
    marked = [one for one in bpy.data.materials if one.library is None and LIVE_MARK in one]
    switched = [one for one in bpy.data.materials if one.library is None and LIVE_NODES_MARK in one]
    images = [one for one in bpy.data.images if one.library is None and LIVE_MARK in one]
    if not (trees or marked or switched or images):
        return False
    for material in bpy.data.materials:
        if trees and material.library is None and material.node_tree is not None:
            for node in [node for node in material.node_tree.nodes if _is_live(node)]:
                take_out(material, node)
    for material in switched:
        set_material_uses_nodes(material, False)
        del material[LIVE_NODES_MARK], material[NODES_MARK]
    if marked:
        for obj in bpy.data.objects:
            _restore(obj)
    for material in [one for one in bpy.data.materials if one.library is None and LIVE_MARK in one]:
        del material[LIVE_MARK]  # of a mesh that no object shows
    for tree in trees:
        bpy.data.node_groups.remove(tree)
    for image in images:
        bpy.data.images.remove(image)
    return True


def _restore(obj: Any) -> None:
    """Give an object the materials that it had."""
    if obj.library is not None or (obj.data is not None and obj.data.library is not None):
        return
    worn = [
        (slot, slot.material, slot.material[LIVE_MARK])
        for slot in obj.material_slots
        if slot.material is not None and LIVE_MARK in slot.material
    ]
    for _, material, _ in worn:
        material.pop(LIVE_MARK, None)
    for slot, material, original in worn:
        if not isinstance(original, bpy.types.Material):
            restore_made(obj, slot)
        elif same_material(material, original, MARKS):
            slot.material = original
            if material.users == 0:
                bpy.data.materials.remove(material)
        else:
            material.pop(COPY_MARK, None)


def _groups() -> list[Any]:
    return [tree for tree in bpy.data.node_groups if tree.library is None and LIVE_MARK in tree]


def _is_live(node: Any) -> bool:
    return node.type == "GROUP" and node.node_tree is not None and LIVE_MARK in node.node_tree


def _unreadable(path: Path) -> JobError:
    return JobError("result_unreadable", f"The engine's picture cannot be read: {path}.", Remedy.RETRY)
