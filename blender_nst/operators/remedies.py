"""Operators that put right what keeps a job from working, or its result from being seen."""

from __future__ import annotations

from math import radians
from typing import Any

import bpy

from ...core.protocol import RenderJob, SynthesisJob
from ..properties import SIZES
from ..session import get_session
from ..world import WORLD


class NST_OT_unwrap(bpy.types.Operator):
    """Make a UV map for the active mesh with Smart UV Project"""

    bl_idname = "nst.unwrap"
    bl_label = "Unwrap"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only on a mesh of this file that has faces."""
        obj = context.active_object
        return (
            obj is not None and obj.type == "MESH" and obj.data.library is None and len(obj.data.polygons) > 0
        )

    def execute(self, context: Any) -> set[str]:
        """Unwrap all faces of the active object; what is selected and hidden, and the mode, stay."""
        obj = context.active_object
        mode = obj.mode
        others = [other for other in context.selected_objects if other is not obj]
        if mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        states = _states(obj.data)
        selected = obj.select_get()
        for other in others:  # Edit Mode would take them along
            other.select_set(False)
        obj.select_set(True)
        try:
            bpy.ops.object.mode_set(mode="EDIT")
            bpy.ops.mesh.reveal(select=False)
            bpy.ops.mesh.select_all(action="SELECT")
            bpy.ops.uv.smart_project(angle_limit=radians(66.0), island_margin=0.01)
        finally:
            bpy.ops.object.mode_set(mode="OBJECT")
            for elements, name, values in states:
                elements.foreach_set(name, values)
            bpy.ops.object.mode_set(mode=mode)
            obj.select_set(selected)
            for other in others:
                other.select_set(True)
        return {"FINISHED"}


def _states(mesh: Any) -> list[tuple[Any, str, list[bool]]]:
    """What is selected and hidden of a mesh: (elements, property, a value for each)."""
    found = []
    for elements in (mesh.vertices, mesh.edges, mesh.polygons):
        for name in ("select", "hide"):
            values = [False] * len(elements)
            elements.foreach_get(name, values)
            found.append((elements, name, values))
    return found


class NST_OT_show_material_preview(bpy.types.Operator):
    """Show materials and their textures in this viewport"""

    bl_idname = "nst.show_material_preview"
    bl_label = "Switch to Material Preview"
    bl_options = {"INTERNAL"}

    def execute(self, context: Any) -> set[str]:
        """Set the viewport's shading."""
        if context.space_data is None or context.space_data.type != "VIEW_3D":
            return {"CANCELLED"}
        context.space_data.shading.type = "MATERIAL"
        return {"FINISHED"}


class NST_OT_smaller_size(bpy.types.Operator):
    """Choose the next smaller texture size, which needs about half of the memory; then press Stylize again"""

    bl_idname = "nst.smaller_size"
    bl_label = "Choose a Smaller Size"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only while there is a smaller one; a render's and a world's are set elsewhere."""
        notice = get_session().notice
        if notice is not None and notice.job == RenderJob.kind:
            cls.poll_message_set("Render at a lower resolution")
            return False
        if notice is not None and notice.job == WORLD:
            cls.poll_message_set("Choose a smaller size for the world in its panel")
            return False
        if int(_asked(context).size) == SIZES[0]:
            cls.poll_message_set("This is the smallest size")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Set the size and take the message away: it has been answered."""
        settings = _asked(context)
        settings.size = str(SIZES[SIZES.index(int(settings.size)) - 1])
        get_session().notice = None
        return {"FINISHED"}


def _asked(context: Any) -> Any:
    """The settings of the feature that the message is about."""
    notice = get_session().notice
    of_tile = notice is not None and notice.job == SynthesisJob.kind
    return context.scene.nst.tile if of_tile else context.scene.nst


class NST_OT_automatic_device(bpy.types.Operator):
    """Let the engine choose the device; then press Stylize again"""

    bl_idname = "nst.automatic_device"
    bl_label = "Choose the Device Automatically"
    bl_options = {"INTERNAL"}

    def execute(self, context: Any) -> set[str]:
        """Set the device and take the message away: it has been answered."""
        context.scene.nst.device = "auto"
        get_session().notice = None
        return {"FINISHED"}


CLASSES = (
    NST_OT_unwrap,
    NST_OT_show_material_preview,
    NST_OT_smaller_size,
    NST_OT_automatic_device,
)
