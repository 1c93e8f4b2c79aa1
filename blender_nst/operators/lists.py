"""Adding to the lists of further styles and masks, and taking away from them."""

from __future__ import annotations

from typing import Any

import bpy

_LISTS = [("styles", "Styles", "Further styles"), ("masks", "Masks", "Masks with styles of their own")]


class NST_OT_list_add(bpy.types.Operator):
    """Add an entry"""

    bl_idname = "nst.list_add"
    bl_label = "Add"
    bl_options = {"UNDO", "INTERNAL"}

    which: bpy.props.EnumProperty(items=_LISTS)

    def execute(self, context: Any) -> set[str]:
        """A new entry at the end."""
        getattr(context.scene.nst.controls, self.which).add()
        return {"FINISHED"}


class NST_OT_list_remove(bpy.types.Operator):
    """Remove this entry"""

    bl_idname = "nst.list_remove"
    bl_label = "Remove"
    bl_options = {"UNDO", "INTERNAL"}

    which: bpy.props.EnumProperty(items=_LISTS)
    index: bpy.props.IntProperty(min=0)

    def execute(self, context: Any) -> set[str]:
        """Entries after it move up."""
        entries = getattr(context.scene.nst.controls, self.which)
        if self.index >= len(entries):
            return {"CANCELLED"}
        entries.remove(self.index)
        return {"FINISHED"}


CLASSES = (NST_OT_list_add, NST_OT_list_remove)
