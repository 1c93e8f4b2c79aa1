"""Operators of painted panoramas: look around in one, and leave it."""

from __future__ import annotations

from typing import Any

import bpy

from ...core.protocol import JobError
from ..host.looking import is_looking, look_around, look_away
from ..host.panorama import check_place, hide_panorama, is_panorama, panorama_node, show_panorama, turn_of
from ..windows import viewport


class NST_OT_look_around_render(bpy.types.Operator):
    """Show the painted panorama around the viewport, and nothing else; what Cycles renders stays as it is"""

    bl_idname = "nst.look_around_render"
    bl_label = "Look Around"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is a panorama, and a viewport for it."""
        if not is_panorama(context.scene.nst.render.result):
            cls.poll_message_set("The stylized render is no panorama")
            return False
        if viewport(context) is None:
            cls.poll_message_set("No 3D viewport is open")
            return False
        try:
            check_place(context.scene.world)
        except JobError as error:
            cls.poll_message_set(error.message)
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Set the world, and this viewport or the largest one."""
        image = context.scene.nst.render.result
        show_panorama(context.scene, image)
        look_around(context.workspace, viewport(context), turn_of(image))
        return {"FINISHED"}


class NST_OT_stop_looking_around(bpy.types.Operator):
    """Take the painted panorama off the world, which is then as before, and show the scene again"""

    bl_idname = "nst.stop_looking_around"
    bl_label = "Stop Looking Around"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is one, or where one has gone with its world or scene."""
        if panorama_node(context.scene.world) is None and not is_looking():
            cls.poll_message_set("The world shows no painted panorama")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Restore both."""
        hide_panorama(context.scene)
        look_away()
        return {"FINISHED"}


CLASSES = (NST_OT_look_around_render, NST_OT_stop_looking_around)
