"""The panel of stylized renders: choose a painting, press the button, watch, mix."""

from __future__ import annotations

from typing import Any

import bpy

from ...core.protocol import AnimationJob, RenderJob
from ..host.compositor import strength_socket
from ..host.groups import STRENGTH
from ..host.looking import is_looking
from ..host.panorama import is_panorama, panorama_node
from ..operators.picking import PICKED
from ..picture import has_angles
from ..readiness import render_problem
from ..session import get_session
from .animation import draw_animation
from .automatic import draw_automatic
from .controls import draw_engine_settings, draw_images, draw_likeness, draw_masks, draw_styles, folded
from .text import notice_box, sentence
from .texture import draw_problem, draw_run

_ICONS = {RenderJob.kind: "RENDER_STILL", AnimationJob.kind: "RENDER_ANIMATION"}


class _Panel:
    """The same in every editor."""

    bl_label = "Stylized Render"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 2

    def draw(self, context: Any) -> None:
        """Settings, then the button or the jobs at work, then the result's slider."""
        layout: Any = self.layout  # type: ignore[attr-defined]
        session = get_session()
        _draw_settings(layout, context)
        layout.separator(factor=0.5)
        runs = [run for run in session.runs if run.kind in _ICONS]
        for run in runs:
            is_still = run.kind == RenderJob.kind
            draw_run(layout, context, run, session, _ICONS[run.kind], keeps=is_still)
        if not runs:
            _draw_button(layout, context)
        draw_animation(layout, context, has_button=not runs)
        draw_automatic(layout, context)
        if session.notice is not None and session.notice.job in _ICONS:
            notice_box(layout, context, session.notice)
        _draw_result(layout, context)
        _draw_panorama(layout, context)


class NST_PT_render_view(_Panel, bpy.types.Panel):
    """In the 3D viewport's sidebar, beside the other features."""

    bl_idname = "NST_PT_render_view"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "NST"


class NST_PT_render_image(_Panel, bpy.types.Panel):
    """In the Image Editor's sidebar, where renders are looked at."""

    bl_idname = "NST_PT_render_image"
    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = "NST"
    bl_options = set()


class NST_PT_render_properties(_Panel, bpy.types.Panel):
    """In the render properties, where renders are set up."""

    bl_idname = "NST_PT_render_properties"
    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "render"


def _draw_settings(layout: Any, context: Any) -> None:
    scene = context.scene
    settings, own = scene.nst, scene.nst.render
    layout.template_ID(settings, "style", open="image.open")
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(own, "part")
    column.prop(own, "quality")
    column.prop(own, "strength", slider=True)
    column.prop(own.controls, "color")
    draw_styles(layout, own.controls, "render")
    layer = scene.view_layers.get(own.view_layer) or context.view_layer
    draw_masks(
        layout,
        own.controls,
        "render",
        lambda row, item, index: _draw_region(row, item, index, layer),
        angles=has_angles(scene, own.source == "file"),
    )
    _draw_advanced(layout, context)


_KNOWN = {
    "object": ("objects", "OBJECT_DATA"),
    "asset": ("objects", "OBJECT_DATA"),
    "material": ("materials", "MATERIAL"),
    "collection": ("collections", "OUTLINER_COLLECTION"),
}
_NUMBERS = {
    "index": ("index",),
    "material_index": ("material_index",),
    "depth": ("near", "far"),
    "mist": ("begin", "end"),
}


def _draw_region(row: Any, item: Any, index: int, layer: Any) -> None:
    """What says where a mask is: a picture, a name or numbers. A finished render may know other names."""
    if item.source == "picture":
        row.template_ID(item, "mask", open="image.open")
    elif item.source in _NUMBERS:
        names = _NUMBERS[item.source]
        for name in names:
            row.prop(item, name, text="" if len(names) == 1 else None)
    elif item.source == "aov":
        row.prop_search(item, "aov", layer, "aovs", text="", results_are_suggestions=True)
    else:
        things, icon = _KNOWN[item.source]
        row.prop_search(item, item.source, bpy.data, things, text="", icon=icon, results_are_suggestions=True)
    if item.source in PICKED:
        row.operator("nst.pick_thing", text="", icon="EYEDROPPER").index = index


def _draw_advanced(layout: Any, context: Any) -> None:
    body = folded(layout, "NST_PT_render_advanced", "Advanced")
    if body is None:
        return
    scene = context.scene
    settings, own = scene.nst, scene.nst.render
    body.use_property_split = True
    body.use_property_decorate = False
    body.row().prop(own, "source", expand=True)
    if own.source == "file":
        body.prop(own, "finished")
        body.prop(own, "finished_eyes")
        if own.finished_layout:
            body.prop(own, "finished_depth")
        body.prop(own, "view_layer")
    else:
        body.prop_search(own, "view_layer", scene, "view_layers", icon="RENDERLAYERS")
    body.prop(own, "projection")
    body.row(heading="Stroke Size").prop(own, "auto_stroke", text="Automatic")
    if not own.auto_stroke:
        stroke = "stroke_angle" if has_angles(scene, own.source == "file") else "stroke"
        body.prop(own, stroke, text=" ")  # below its name, and in line with the other fields
    guidance = body.column(align=True)
    guidance.prop(own, "outlines")
    guidance.prop(own, "falloff")
    body.prop(own, "seed")
    draw_likeness(body, own.controls)
    draw_engine_settings(body, own.controls, settings)
    body.prop(own, "compositor")
    body.prop(own, "file")
    draw_images(body, settings)


def _draw_button(layout: Any, context: Any) -> None:
    problem = render_problem(context)
    own = context.scene.nst.render
    finished = own.source == "file"
    both = bool(own.finished_layout) if finished else context.scene.render.use_multiview
    row = layout.row()
    row.scale_y = 1.6
    text = "Stylize Finished Render" if finished else "Render and Stylize"
    row.operator("nst.stylize_render", text=text, icon="BRUSH_DATA")
    if problem is not None:
        draw_problem(layout, context, problem)
    elif both:
        sentence(layout, context, "Both eyes are painted.", "CAMERA_STEREO")


def _draw_result(layout: Any, context: Any) -> None:
    scene = context.scene
    strength = strength_socket(scene)
    if strength is None:
        return
    column = layout.column()
    column.separator(factor=0.5)
    column.prop(strength, "default_value", text="Render to Stylized", slider=True)
    column.operator("nst.remove_stylized_render", icon="TRASH")


def _draw_panorama(layout: Any, context: Any) -> None:
    scene = context.scene
    node = panorama_node(scene.world)
    is_over = node is None and not is_looking()
    if is_over and not is_panorama(scene.nst.render.result):
        return
    column = layout.column()
    column.operator("nst.look_around_render", icon="VIEW_PAN")
    if node is not None:
        column.prop(node.inputs[STRENGTH], "default_value", text="World to Painted", slider=True)
    if not is_over:
        column.operator("nst.stop_looking_around", icon="TRASH")


CLASSES = (NST_PT_render_view, NST_PT_render_image, NST_PT_render_properties)
