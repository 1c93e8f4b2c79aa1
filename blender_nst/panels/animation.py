"""The fold of stylized animations, in the panel of stylized renders, whose settings it shares."""

from __future__ import annotations

from typing import Any

from ..readiness import animation_problem
from .controls import folded
from .text import sentence
from .texture import draw_problem


def draw_animation(layout: Any, context: Any, has_button: bool) -> None:
    """How paint is carried from frame to frame, where frames go, and the button that begins."""
    body = folded(layout, "NST_PT_render_animation", "Animation")
    if body is None:
        return
    scene = context.scene
    own = scene.nst.animation
    column = body.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(own, "output")
    frames = column.column(align=True)
    frames.prop(scene, "frame_start", text="Frames From")
    frames.prop(scene, "frame_end", text="To")
    column.prop(own, "every")
    boil = column.column(align=True)
    boil.prop(own, "boil", slider=True)
    if own.boil > 0:
        boil.prop(own, "rate")
    column.prop(own, "painted")
    column.prop(own, "movie")
    if scene.nst.render.source == "scene":
        column.prop(own, "keep")
    else:
        column.prop(own, "flow")
    if has_button:
        _draw_button(body, context)


def _draw_button(layout: Any, context: Any) -> None:
    problem = animation_problem(context)
    finished = context.scene.nst.render.source == "file"
    row = layout.row()
    row.scale_y = 1.3
    text = "Stylize Finished Frames" if finished else "Render and Stylize Animation"
    row.operator("nst.stylize_animation", text=text, icon="RENDER_ANIMATION")
    if problem is not None:
        draw_problem(layout, context, problem)
    elif context.scene.render.use_multiview and not finished:
        sentence(layout, context, "Both eyes are painted.", "CAMERA_STEREO")
