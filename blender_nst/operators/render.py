"""Operators of stylized renders: stylize, remove, show, and turn on what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError
from ..host.compositor import remove_stylized, stylized_node
from ..host.rendering import view_layer_of
from ..host.window_render import WindowRender
from ..needed import turn_on_passes
from ..readiness import render_problem
from ..render import Plan, render_planned
from ..runs import Condition, Target
from ..session import get_session
from ..still import options_from_scene, prepare, title_of
from .rendering import RendersFirst


class NST_OT_stylize_render(RendersFirst, bpy.types.Operator):
    """Render this frame once and paint it in the style of a painting"""

    bl_idname = "nst.stylize_render"
    bl_label = "Stylize Render"

    @staticmethod
    def problem(context: Any) -> JobError | None:
        """As the panel says it."""
        return render_problem(context)

    @staticmethod
    def plan(scene: Any, folder: Path) -> tuple[str, Plan, Target]:
        """Of the present frame, or of a render that is there."""
        options = options_from_scene(scene)
        return title_of(scene, options), *prepare(scene, options, folder)

    @staticmethod
    def render(scene: Any, planned: Plan) -> None:
        """The frame."""
        render_planned(scene, planned)

    @staticmethod
    def rendering(scene: Any, planned: Plan) -> Condition | None:
        """As F12 does."""
        if not planned.layer:
            return None
        layer = scene.view_layers[planned.layer]
        return WindowRender(
            scene,
            layer,
            planned.passes,
            Path(planned.job.content),
            changes=planned.changes,
            files=planned.files,
        )


class NST_OT_remove_stylized_render(bpy.types.Operator):
    """Take the stylized render out of the compositor, which is then wired as before; the image stays"""

    bl_idname = "nst.remove_stylized_render"
    bl_label = "Remove from Compositor"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is one."""
        if stylized_node(context.scene) is None:
            cls.poll_message_set("The compositor has no stylized render")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Restore the compositor."""
        remove_stylized(context.scene)
        return {"FINISHED"}


class NST_OT_turn_on_passes(bpy.types.Operator):
    """Turn on the passes that these settings need, in the view layer; then render again"""

    bl_idname = "nst.turn_on_passes"
    bl_label = "Turn On Passes"
    bl_options = {"UNDO", "INTERNAL"}

    def execute(self, context: Any) -> set[str]:
        """Set the view layer, and take the message away: it has been answered."""
        scene = context.scene
        try:
            layer = view_layer_of(scene, scene.nst.render.view_layer)
        except JobError as error:
            self.report({"ERROR"}, error.message)
            return {"CANCELLED"}
        turn_on_passes(scene)
        get_session().notice = None
        self.report({"INFO"}, f"View layer '{layer.name}' has the passes now: render again")
        return {"FINISHED"}


CLASSES = (NST_OT_stylize_render, NST_OT_remove_stylized_render, NST_OT_turn_on_passes)
