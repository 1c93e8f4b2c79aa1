"""Operators of the texture feature: stylize, remove, and the remedies that it offers."""

from __future__ import annotations

from dataclasses import replace
from math import radians
from typing import Any

import bpy

from ...core.protocol import JobError
from ..host.materials import has_style, remove_style
from ..jobs import Run, State
from ..readiness import engine_python, texture_problem
from ..session import get_session, push_undo
from ..storage import discard, new_job_folder
from ..texture import check_editable, options_from_scene, prepare


class NST_OT_stylize_texture(bpy.types.Operator):
    """Paint the active mesh's texture in the style of a painting"""

    bl_idname = "nst.stylize_texture"
    bl_label = "Stylize"

    size: bpy.props.IntProperty(
        name="Size",
        description="Pixels; 0 takes the size from the panel",
        min=0,
        default=0,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only when nothing is missing; the reason is shown where something is."""
        problem = texture_problem(context)
        if problem is not None:
            cls.poll_message_set(problem.message)
        return problem is None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """From the button: start the job and return; the session's timer takes it from there."""
        run = self._prepare(context)
        if run is None:
            return {"CANCELLED"}
        try:
            get_session().submit(run)
        except JobError as error:
            self.report({"ERROR"}, error.message)
            return {"CANCELLED"}
        return {"FINISHED"}

    def execute(self, context: Any) -> set[str]:
        """From a script or in background: wait until the texture is on the mesh."""
        run = self._prepare(context)
        if run is None:
            return {"CANCELLED"}
        try:
            written = get_session().wait(run)
        except JobError as error:
            self.report({"ERROR"}, error.message)
            return {"CANCELLED"}
        if run.status.state is not State.DONE or written is None:
            return {"CANCELLED"}
        push_undo(f"Stylize {run.title}")
        return {"FINISHED"}

    def _prepare(self, context: Any) -> Run | None:
        folder = None
        try:
            options = options_from_scene(context.scene)
            if self.size:
                options = replace(options, size=self.size)
            python = engine_python(context)
            folder = new_job_folder()
            obj = context.active_object
            job, target = prepare(obj, options, folder, context.evaluated_depsgraph_get())
        except JobError as error:
            if folder is not None:
                discard(folder)
            self.report({"ERROR"}, error.message)
            return None
        return Run(obj.name, job, folder, python, target)


class NST_OT_cancel_job(bpy.types.Operator):
    """Stop painting; nothing in the scene is changed"""

    bl_idname = "nst.cancel_job"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    job: bpy.props.StringProperty(options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Ask the engine to stop; the panel goes back once it has."""
        queue = get_session().queue
        for run in queue.runs:
            if run.id == self.job or not self.job:
                queue.cancel(run)
        return {"FINISHED"}


class NST_OT_remove_style(bpy.types.Operator):
    """Take the stylized texture off the active object and restore its materials"""

    bl_idname = "nst.remove_style"
    bl_label = "Remove Style"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only on an object that has one."""
        obj = context.active_object
        if obj is None or obj.type != "MESH" or not has_style(obj):
            cls.poll_message_set("The active object has no stylized texture")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Restore every material of the active object."""
        obj = context.active_object
        try:
            check_editable(obj)
        except JobError as error:
            self.report({"ERROR"}, error.message)
            return {"CANCELLED"}
        remove_style(obj)
        self.report({"INFO"}, f"The materials of '{obj.name}' are as they were")
        return {"FINISHED"}


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
        """Unwrap all faces of the active object; selection and mode stay as they are."""
        obj = context.active_object
        mode = obj.mode
        others = [other for other in context.selected_objects if other is not obj]
        if mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
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
            bpy.ops.object.mode_set(mode=mode)
            obj.select_set(selected)
            for other in others:
                other.select_set(True)
        return {"FINISHED"}


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


CLASSES = (
    NST_OT_stylize_texture,
    NST_OT_cancel_job,
    NST_OT_remove_style,
    NST_OT_unwrap,
    NST_OT_show_material_preview,
)
