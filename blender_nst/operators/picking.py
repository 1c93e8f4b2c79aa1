"""Naming what a mask of a render is of, by the object that is active: clicked on in the viewport."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import bpy


def _asset_of(obj: Any) -> str:
    """The object that it belongs to, as Cryptomatte sees it: the one at the root."""
    while obj.parent is not None:
        obj = obj.parent
    return str(obj.name)


def _collection_of(obj: Any) -> str | None:
    """The first of its collections that has a name of its own."""
    return next((one.name for one in obj.users_collection if not one.is_embedded_data), None)


def _material_of(obj: Any) -> str | None:
    return None if obj.active_material is None else obj.active_material.name


def _number_of_material(obj: Any) -> int | None:
    return None if obj.active_material is None else obj.active_material.pass_index


PICKED: Mapping[str, Callable[[Any], str | int | None]] = {
    "object": lambda obj: str(obj.name),
    "asset": _asset_of,
    "material": _material_of,
    "collection": _collection_of,
    "index": lambda obj: int(obj.pass_index),
    "material_index": _number_of_material,
}
"""By a mask's source: what of an object it would name; None if there is nothing."""


class NST_OT_pick_thing(bpy.types.Operator):
    """Take it from the active object: click on it in the viewport first"""

    bl_idname = "nst.pick_thing"
    bl_label = "From Active Object"
    bl_options = {"UNDO", "INTERNAL"}

    index: bpy.props.IntProperty(min=0)

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only with an active object."""
        if context.active_object is None:
            cls.poll_message_set("No object is active: click on one in the viewport")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Set what the mask names."""
        obj, masks = context.active_object, context.scene.nst.render.controls.masks
        mask = masks[self.index] if self.index < len(masks) else None
        if mask is None or mask.source not in PICKED:
            return {"CANCELLED"}
        found = PICKED[mask.source](obj)
        if found is None:
            what = mask.source.split("_")[0]
            self.report({"ERROR"}, f"'{obj.name}' has no {what}")
            return {"CANCELLED"}
        setattr(mask, mask.source, found)
        return {"FINISHED"}


CLASSES = (NST_OT_pick_thing,)
