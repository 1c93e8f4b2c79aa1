"""Operators of the material that shows a painted sphere at once, and follows its image."""

from __future__ import annotations

from typing import Any

import bpy

from ...core.protocol import JobError
from ..host.materials import COPY_MARK, remove_style
from ..host.sphere_material import sphere_group
from ..host.sphere_wearing import (
    follow_lamp,
    guess_painted_light,
    place_ball,
    set_painted_light,
    sphere_nodes,
    wear_sphere,
)
from ..readiness import sphere_material_problem, wearers
from ..results import check_editable
from ..session import get_session
from ..sphere_ball import ball_of, look_for_ball
from .sphere_cutout import say_supposed


class NST_OT_sphere_material(bpy.types.Operator):
    """Let the selected objects look like the sphere at once, in EEVEE and Cycles; paint it and they follow"""

    bl_idname = "nst.sphere_material"
    bl_label = "Live Material"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only with a sphere and an object that takes a material."""
        problem = sphere_material_problem(context)
        if problem is not None:
            cls.poll_message_set(problem.message)
        return problem is None

    def execute(self, context: Any) -> set[str]:
        """One node group for all; what cannot wear it stays as it is, and is named."""
        own = context.scene.nst_sphere
        sphere, worn = own.active_sphere, 0
        get_session().live.hide()
        try:
            circle, note = ball_of(sphere), ""
            if not circle:
                circle, note = look_for_ball(sphere.picture)
            light = guess_painted_light(sphere.picture, circle) if own.lamp is not None else None
        except JobError as error:
            self.report({"ERROR"}, error.message)
            return {"CANCELLED"}
        group = sphere_group(sphere.picture, sphere.height, sphere.roughness)
        for obj in wearers(context):
            try:
                check_editable(obj)
                nodes = wear_sphere(obj, group, _slots(obj, sphere))
            except JobError as error:
                self.report({"ERROR"}, error.message)
                continue
            worn += 1
            for node in nodes:
                place_ball(node, circle, sphere.picture.size)
                follow_lamp(node, own.lamp)
                if light is not None:
                    set_painted_light(node, light)
        say_supposed(self, context, sphere.picture, note)
        if not worn:
            bpy.data.node_groups.remove(group)
        return {"FINISHED"} if worn else {"CANCELLED"}


class NST_OT_sphere_material_remove(bpy.types.Operator):
    """Take the sphere off the selected objects, and restore their materials"""

    bl_idname = "nst.sphere_material_remove"
    bl_label = "Remove Live Material"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only on objects that wear one."""
        if not any(sphere_nodes(obj) for obj in wearers(context)):
            cls.poll_message_set("Nothing that is selected wears a sphere")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Restore every material."""
        get_session().live.hide()
        removed = 0
        for obj in [each for each in wearers(context) if sphere_nodes(each)]:
            try:
                check_editable(obj)
            except JobError as error:
                self.report({"ERROR"}, error.message)
                continue
            remove_style(obj)
            removed += 1
        return {"FINISHED"} if removed else {"CANCELLED"}


def _slots(obj: Any, sphere: Any) -> list[int] | None:
    """The numbers of slots that a sphere for one material is for, or a copy made of it; None for all."""
    if sphere.scope != "material" or sphere.material is None:
        return None
    own = [index for index, slot in enumerate(obj.material_slots) if _is(slot.material, sphere.material)]
    return own or None


def _is(material: Any, wanted: Any) -> bool:
    return material is not None and wanted in (material, material.get(COPY_MARK))


CLASSES = (NST_OT_sphere_material, NST_OT_sphere_material_remove)
