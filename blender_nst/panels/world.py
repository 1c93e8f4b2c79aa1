"""The panel of stylized worlds: choose a painting, press the button, look around, mix."""

from __future__ import annotations

from typing import Any

import bpy

from ..host.groups import STRENGTH
from ..host.world import stylized_node
from ..readiness import world_problem
from ..session import get_session
from ..world import WORLD
from .controls import draw_images, draw_styles
from .text import notice_box
from .texture import draw_problem, draw_run


class _Panel:
    """The same in every editor."""

    bl_label = "Stylized World"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 4

    def draw(self, context: Any) -> None:
        """Settings, then the button or the jobs at work, then the result's slider."""
        layout: Any = self.layout  # type: ignore[attr-defined]
        session = get_session()
        _draw_settings(layout, context)
        layout.separator(factor=0.5)
        runs = [run for run in session.runs if run.kind == WORLD]
        for run in runs:
            draw_run(layout, context, run, session, "WORLD")
        if not runs:
            _draw_button(layout, context)
        if session.notice is not None and session.notice.job == WORLD:
            notice_box(layout, context, session.notice)
        _draw_result(layout, context)


class NST_PT_world_view(_Panel, bpy.types.Panel):
    """In the 3D viewport's sidebar, beside the other features."""

    bl_idname = "NST_PT_world_view"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "NST"


class NST_PT_world_properties(_Panel, bpy.types.Panel):
    """In the world properties, where worlds are set up."""

    bl_idname = "NST_PT_world_properties"
    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "world"


def _draw_settings(layout: Any, context: Any) -> None:
    settings = context.scene.nst
    own = settings.render  # a style suits the world and what is rendered in it
    layout.template_ID(settings, "style", open="image.open")
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(settings.world, "size")
    column.prop(own, "quality")
    column.prop(own, "strength", slider=True)
    column.prop(own.controls, "color")
    column.row(heading="Stroke Size").prop(settings.world, "auto_stroke", text="Automatic")
    if not settings.world.auto_stroke:
        column.prop(settings.world, "stroke_angle", text=" ")  # below its name, in line with the others
    column.prop(own, "seed")
    draw_images(column, settings)
    draw_styles(layout, own.controls, "render")


def _draw_button(layout: Any, context: Any) -> None:
    problem = world_problem(context)
    row = layout.row()
    row.scale_y = 1.6
    row.operator("nst.stylize_world", icon="WORLD")
    if problem is not None:
        draw_problem(layout, context, problem)


def _draw_result(layout: Any, context: Any) -> None:
    column = layout.column()
    column.operator("nst.look_around", icon="VIEW_PAN")
    node = stylized_node(context.scene.world)
    if node is None:
        return
    column.prop(node.inputs[STRENGTH], "default_value", text="Original to Stylized", slider=True)
    column.operator("nst.remove_stylized_world", icon="TRASH")


CLASSES = (NST_PT_world_view, NST_PT_world_properties)
