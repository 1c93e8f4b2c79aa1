"""Operators of stylized renders: stylize, remove, show, and turn on what is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError
from ..host.compositor import remove_stylized, stylized_node
from ..host.passes import turn_on
from ..host.rendering import OF_MASK, clean_passes, guiding_passes, passes_of, view_layer_of
from ..host.window_render import WindowRender
from ..readiness import engine_python, render_problem
from ..render import Plan, focus_of, render_planned
from ..runs import Run
from ..session import get_session
from ..still import options_from_scene, prepare, title_of
from .running import finish, prepared, start


class NST_OT_stylize_render(bpy.types.Operator):
    """Render this frame and paint it in the style of a painting"""

    bl_idname = "nst.stylize_render"
    bl_label = "Stylize Render"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only when nothing is missing; the reason is shown where something is."""
        problem = render_problem(context)
        if problem is not None:
            cls.poll_message_set(problem.message)
        return problem is None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """From the button: let Blender render as F12 does, and the engine paint after that."""
        plans: list[Plan] = []
        run = self._prepared(context, plans.append)

        def begin(run: Run) -> None:
            (planned,) = plans
            session, scene = get_session(), context.scene
            if not planned.layer:
                session.submit(run)
                return
            layer = scene.view_layers[planned.layer]
            content = Path(planned.job.content)
            session.submit_when(run, WindowRender(scene, layer, planned.passes, content))

        return start(self, run, begin)

    def execute(self, context: Any) -> set[str]:
        """From a script or in background: wait until the picture is there."""
        return finish(self, self._prepared(context, lambda planned: render_planned(context.scene, planned)))

    def _prepared(self, context: Any, use: Callable[[Plan], None]) -> Run | None:
        """The run; ``use`` is called with its plan and may raise JobError."""

        def make(folder: Path) -> Run:
            options = options_from_scene(context.scene)
            python = engine_python(context)
            planned, target = prepare(context.scene, options, folder)
            use(planned)
            return Run(title_of(context.scene, options), planned.job, folder, python, target)

        get_session().live.hide()
        return prepared(self, make)


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
    """Turn on the passes that these settings need, in the view layer; then render the file again"""

    bl_idname = "nst.turn_on_passes"
    bl_label = "Turn On Passes"
    bl_options = {"UNDO", "INTERNAL"}

    def execute(self, context: Any) -> set[str]:
        """Set the view layer, and take the message away: it has been answered."""
        own = context.scene.nst.render
        kinds = [mask.source for mask in own.controls.masks if mask.source in OF_MASK]
        guiding = guiding_passes(own.outlines, own.falloff, focus_of(context.scene))
        passes = [*passes_of(own.part, kinds), *guiding, *clean_passes(context.scene, own.part)]
        try:
            layer = view_layer_of(context.scene, own.view_layer)
        except JobError as error:
            self.report({"ERROR"}, error.message)
            return {"CANCELLED"}
        turn_on(layer, passes)
        get_session().notice = None
        self.report({"INFO"}, f"View layer '{layer.name}' has the passes now: render the file again")
        return {"FINISHED"}


CLASSES = (NST_OT_stylize_render, NST_OT_remove_stylized_render, NST_OT_turn_on_passes)
