"""The sidebar tab: choose a painting, press Stylize, watch, mix."""

from __future__ import annotations

from typing import Any

import bpy

from ...core.protocol import JobError, Remedy, TextureJob
from ..host.materials import has_style, relief_sockets, strength_sockets
from ..readiness import painted_objects, texture_problem
from ..runs import Run, State
from ..session import get_session
from .controls import draw_controls
from .text import duration, notice_box, remedy_button, sentence

PREVIEW_SCALE = 9.0


class NST_PT_texture(bpy.types.Panel):
    """Stylize the active mesh's texture."""

    bl_idname = "NST_PT_texture"
    bl_label = "Stylize Texture"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "NST"

    def draw(self, context: Any) -> None:
        """Settings, then the button or the job at work, then the result's slider."""
        layout = self.layout
        session = get_session()
        _draw_settings(layout, context)
        layout.separator(factor=0.5)
        runs = [run for run in session.runs if run.kind == TextureJob.kind]
        for run in runs:
            draw_run(layout, context, run, session)
        if not runs:
            _draw_button(layout, context)
        if session.notice is not None and session.notice.stays and session.notice.job == TextureJob.kind:
            notice_box(layout, context, session.notice)
        _draw_result(layout, context, session)


def _draw_settings(layout: Any, context: Any) -> None:
    settings = context.scene.nst
    layout.template_ID_preview(settings, "style", open="image.open", rows=3, cols=5)
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(settings, "size")
    column.prop(settings, "quality")
    column.prop(settings, "strength", slider=True)
    column.prop(settings.controls, "color")
    column.row(heading="Stroke Size").prop(settings, "auto_stroke", text="Automatic")
    if not settings.auto_stroke:
        column.prop(settings, "stroke", text=" ")  # below its name, and in line with the other fields
    column.prop(settings, "direction")
    if settings.direction == "given":
        column.prop(settings, "guide")
    column.prop(settings, "relief")
    column.prop(settings, "seed")
    column.prop(settings, "show_on_model")
    draw_controls(layout, context)


def _draw_button(layout: Any, context: Any) -> None:
    problem = texture_problem(context)
    row = layout.row()
    row.scale_y = 1.6
    count = len(painted_objects(context))
    label = f"Stylize {count} Objects" if count > 1 else "Stylize"
    row.operator("nst.stylize_texture", text=label, icon="BRUSH_DATA")
    if problem is not None:
        draw_problem(layout, context, problem)


def draw_problem(layout: Any, context: Any, problem: JobError) -> None:
    """Why the button above cannot be pressed, and what helps."""
    column = layout.column()
    sentence(column, context, problem.message, "INFO")
    if problem.remedy is Remedy.CHOOSE_IMAGE:
        return  # its picker is right above
    remedy_button(column, problem.remedy)


def draw_run(
    layout: Any, context: Any, run: Run, session: Any, icon: str = "MESH_DATA", keeps: bool = True
) -> None:
    """A job in the queue: how far it is, what there is to see of it, and buttons that end it.

    keeps: whether it can be ended early with what is painted by then.
    """
    status = run.status
    box = layout.box()
    box.label(text=run.title, icon=icon)
    row = box.row()
    if keeps and run.target is not None and status.state is not State.QUEUED:
        keep = row.row()  # there from the beginning, so that Cancel stays where it is
        keep.enabled = status.begun and status.state is State.RUNNING
        keep.operator("nst.keep_job", icon="CHECKMARK")
    cancel = row.row()
    cancel.enabled = status.state is not State.CANCELLING and not status.ended
    cancel.operator("nst.cancel_job", text="Cancel", icon="CANCEL").job = run.id
    if status.state is State.QUEUED:
        box.label(text=status.stage)
        return
    box.progress(factor=status.fraction, text=f"{100 * status.fraction:.0f} %")
    left = duration(status.eta) if status.state is State.RUNNING else ""
    column = box.column(align=True)
    column.scale_y = 0.85
    column.label(text=status.stage)
    if left:
        column.label(text=f"{left[0].upper()}{left[1:]} left")
    preview = session.preview_icon() if run is session.run else 0
    if preview:
        box.template_icon(icon_value=preview, scale=PREVIEW_SCALE)
    if session.live.on and run is session.run:
        draw_shading(box, context)


def _draw_result(layout: Any, context: Any, session: Any) -> None:
    obj = context.active_object
    if obj is None or obj.type != "MESH" or not has_style(obj):
        return
    notice = session.notice
    if notice is not None and not notice.stays and notice.job == TextureJob.kind:
        notice_box(layout, context, session.notice)
    column = layout.column()
    column.separator(factor=0.5)
    draw_sliders(column, obj)
    draw_shading(column, context)
    column.operator("nst.remove_style", icon="TRASH")


def draw_sliders(column: Any, obj: Any) -> None:
    """How strongly an object wears its style, and the thickness of its paint."""
    sockets = strength_sockets(obj)
    for name, socket in sockets:
        column.prop(
            socket, "default_value", text="Original to Stylized" if len(sockets) == 1 else name, slider=True
        )
    for name, relief, gloss in relief_sockets(obj):
        of_it = "" if len(sockets) == 1 else f" of {name}"
        paint = column.column(align=True)
        paint.prop(relief, "default_value", text=f"Relief{of_it}", slider=True)
        paint.prop(gloss, "default_value", text=f"Gloss{of_it}", slider=True)


def draw_shading(layout: Any, context: Any) -> None:
    """A way to see textures, where the viewport shows none."""
    if context.space_data is not None and context.space_data.shading.type in ("SOLID", "WIREFRAME"):
        layout.operator("nst.show_material_preview", icon="SHADING_TEXTURE")


CLASSES = (NST_PT_texture,)
