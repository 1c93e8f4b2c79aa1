"""The lists of further styles and masks: adding, taking away, and what they choose from."""

from __future__ import annotations

from typing import Any, ClassVar

import bpy

from ..host.regions import face_sets

_OWNERS = [("texture", "Texture", "Of a texture"), ("render", "Render", "Of a stylized render")]
_LISTS = [("styles", "Styles", "Further styles"), ("masks", "Masks", "Masks with styles of their own")]


class _Offered:
    """Blender does not hold on to the texts of a list that is made while it is shown."""

    items: ClassVar[list[tuple[str, str, str]]] = []


def _entries(scene: Any, owner: str, which: str) -> Any:
    settings = scene.nst.render if owner == "render" else scene.nst
    return getattr(settings.controls, which)


def _face_set_items(_operator: Any, context: Any) -> list[tuple[str, str, str]]:
    obj = context.active_object if context is not None else None
    if obj is not None and obj.type == "MESH":
        counts = face_sets(obj)
        _Offered.items = [
            (str(value), f"{value}: {count} {'face' if count == 1 else 'faces'}", "")
            for value, count in counts.items()
        ]
    return _Offered.items


class NST_OT_list_add(bpy.types.Operator):
    """Add an entry"""

    bl_idname = "nst.list_add"
    bl_label = "Add"
    bl_options = {"UNDO", "INTERNAL"}

    which: bpy.props.EnumProperty(items=_LISTS)
    owner: bpy.props.EnumProperty(items=_OWNERS, options={"SKIP_SAVE"})

    def execute(self, context: Any) -> set[str]:
        """A new entry at the end."""
        _entries(context.scene, self.owner, self.which).add()
        return {"FINISHED"}


class NST_OT_list_remove(bpy.types.Operator):
    """Remove this entry"""

    bl_idname = "nst.list_remove"
    bl_label = "Remove"
    bl_options = {"UNDO", "INTERNAL"}

    which: bpy.props.EnumProperty(items=_LISTS)
    owner: bpy.props.EnumProperty(items=_OWNERS, options={"SKIP_SAVE"})
    index: bpy.props.IntProperty(min=0)

    def execute(self, context: Any) -> set[str]:
        """Entries after it move up."""
        entries = _entries(context.scene, self.owner, self.which)
        if self.index >= len(entries):
            return {"CANCELLED"}
        entries.remove(self.index)
        return {"FINISHED"}


class NST_OT_pick_face_set(bpy.types.Operator):
    """Choose among the face sets of the active object"""

    bl_idname = "nst.pick_face_set"
    bl_label = "Choose a Face Set"
    bl_options = {"UNDO", "INTERNAL"}
    bl_property = "face_set"

    index: bpy.props.IntProperty(min=0)
    face_set: bpy.props.EnumProperty(name="Face Set", items=_face_set_items)

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only on a mesh."""
        obj = context.active_object
        return obj is not None and obj.type == "MESH"

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """A list to choose from."""
        if not _face_set_items(self, context):
            self.report(
                {"ERROR"}, f"'{context.active_object.name}' has no face sets: draw them in Sculpt Mode"
            )
            return {"CANCELLED"}
        context.window_manager.invoke_search_popup(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Set the mask's number."""
        masks = context.scene.nst.controls.masks
        if self.index >= len(masks):
            return {"CANCELLED"}
        masks[self.index].face_set = int(self.face_set)
        return {"FINISHED"}


CLASSES = (NST_OT_list_add, NST_OT_list_remove, NST_OT_pick_face_set)
