"""The sidebar's part for textures that repeat."""

from __future__ import annotations

from typing import Any

import bpy

from ...core.protocol import SynthesisJob
from ..host.tile_material import SCALE, can_have_material, tile_node
from ..readiness import tile_problem
from ..session import get_session
from ..tile import exemplar_of
from .controls import draw_images
from .text import notice_box, sentence
from .texture import draw_problem, draw_run


class NST_PT_tile(bpy.types.Panel):
    """Make a material that repeats without a seam."""

    bl_idname = "NST_PT_tile"
    bl_label = "Tileable Texture"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "NST"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 1

    def draw(self, context: Any) -> None:
        """Settings, then the button or the jobs at work, then the size of the copies."""
        layout = self.layout
        session = get_session()
        _draw_settings(layout, context)
        layout.separator(factor=0.5)
        runs = [run for run in session.runs if run.kind == SynthesisJob.kind]
        for run in runs:
            draw_run(layout, context, run, session)
        if not runs:
            _draw_button(layout, context)
        if session.notice is not None and session.notice.job == SynthesisJob.kind:
            notice_box(layout, context, session.notice)
        _draw_result(layout, context)


def _draw_settings(layout: Any, context: Any) -> None:
    settings = context.scene.nst
    own = settings.tile
    layout.template_ID(own, "exemplar", open="image.open")
    if own.exemplar is None and exemplar_of(settings) is not None:
        sentence(layout, context, f"The style is the exemplar: {settings.style.name}", "INFO")
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(own, "size")
    column.prop(own, "repeat")
    column.prop(own, "start")
    column.row(heading="Stroke Scale").prop(own, "auto_scale", text="As in the Exemplar")
    if not own.auto_scale:
        column.prop(own, "scale", text=" ")
    column.prop(own, "quality")
    column.prop(own, "seed")
    draw_images(column, settings)
    column.prop(own, "assign")
    obj = context.active_object
    if own.assign and not can_have_material(obj):
        what = f"'{obj.name}' takes no material" if obj is not None else "No object is active"
        sentence(layout, context, f"{what}: the new one only stays in the file.", "INFO")


def _draw_button(layout: Any, context: Any) -> None:
    problem = tile_problem(context)
    row = layout.row()
    row.scale_y = 1.6
    row.operator("nst.make_tile", icon="MATERIAL")
    if problem is not None:
        draw_problem(layout, context, problem)


def _draw_result(layout: Any, context: Any) -> None:
    obj = context.active_object
    node = tile_node(obj.active_material) if can_have_material(obj) else None
    if node is not None:
        layout.prop(node.inputs[SCALE], "default_value", text="Copies Side by Side")


CLASSES = (NST_PT_tile,)
