"""Operators of the texture feature: stylize, keep, cancel, remove."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError
from ..host.materials import has_style, remove_style
from ..readiness import engine_python, painted_objects, texture_problem
from ..results import check_editable
from ..runs import Run
from ..session import get_session
from ..texture import options_from_scene, prepare, title_of
from .running import StartsJob, prepared


class NST_OT_stylize_texture(StartsJob, bpy.types.Operator):
    """Paint the textures of the selected meshes in the style of a painting, all as one surface"""

    bl_idname = "nst.stylize_texture"
    bl_label = "Stylize"

    problem = staticmethod(texture_problem)

    def made(self, context: Any, waits: bool) -> Run | None:
        """The run of the panel's settings."""

        def make(folder: Path) -> Run:
            live = context.scene.nst.show_on_model and not waits
            options = replace(options_from_scene(context.scene), live=live)
            if self.size:
                options = replace(options, size=self.size)
            python = engine_python(context)
            objects = painted_objects(context)
            job, target = prepare(objects, options, folder, context.evaluated_depsgraph_get())
            return Run(title_of(objects), job, folder, python, target)

        get_session().live.hide()
        return prepared(self, make)


class NST_OT_keep_job(bpy.types.Operator):
    """Good enough: stop here and keep what is painted now"""

    bl_idname = "nst.keep_job"
    bl_label = "Keep"
    bl_options = {"INTERNAL"}

    def execute(self, _context: Any) -> set[str]:
        """Ask the engine to end; the result is applied as any other."""
        session = get_session()
        if session.run is None:
            return {"CANCELLED"}
        session.queue.keep(session.run)
        return {"FINISHED"}


class NST_OT_cancel_job(bpy.types.Operator):
    """Stop painting; nothing in the scene is changed"""

    bl_idname = "nst.cancel_job"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    job: bpy.props.StringProperty(options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Ask the engine to stop; the panel goes back once it has."""
        get_session().cancel(self.job)
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
        get_session().live.hide()
        remove_style(obj)
        self.report({"INFO"}, f"The materials of '{obj.name}' are as they were")
        return {"FINISHED"}


CLASSES = (
    NST_OT_stylize_texture,
    NST_OT_keep_job,
    NST_OT_cancel_job,
    NST_OT_remove_style,
)
