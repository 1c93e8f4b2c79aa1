"""The panel of painted spheres: choose or make one, paint it, and let things look like it."""

from __future__ import annotations

from typing import Any

import bpy

from ...core.protocol import BallJob, SphereJob, SphereTextureJob
from ..host.groups import SURFACE
from ..host.shading import style_nodes
from ..host.sphere_disc import underlay_socket
from ..host.sphere_nodes import PIECE, SCALE, TEXTURE
from ..host.sphere_wearing import sphere_nodes
from ..readiness import engine_problem, sphere_problem, sphere_texture_problem, wearers
from ..session import get_session
from ..sphere_ball import ball_of
from .sphere_settings import draw_settings
from .text import notice_box
from .texture import draw_problem, draw_run, draw_shading, draw_sliders

_ICONS = {SphereJob.kind: "RENDER_STILL", SphereTextureJob.kind: "MESH_DATA", BallJob.kind: "MATSPHERE"}
_SCOPE_ICONS = {
    "everything": "WORLD",
    "object": "OBJECT_DATA",
    "material": "MATERIAL",
    "collection": "OUTLINER_COLLECTION",
}


class NST_UL_spheres(bpy.types.UIList):
    """The scene's spheres: picture, name, and what they are for."""

    def draw_item(
        self,
        _context: Any,
        layout: Any,
        _data: Any,
        item: Any,
        _icon: Any,
        _active_data: Any,
        _active_property: Any,
        _index: int = 0,
        _flag: int = 0,
    ) -> None:
        """One row."""
        row = layout.row(align=True)
        thumbnail = layout.icon(item.picture) if item.picture is not None else 0
        row.prop(item, "name", text="", emboss=False, icon_value=thumbnail)
        thing = None if item.scope == "everything" else getattr(item, item.scope)
        side = row.row()
        side.alignment = "RIGHT"
        side.label(text=thing.name if thing is not None else "", icon=_SCOPE_ICONS[item.scope])


class NST_MT_sphere_add(bpy.types.Menu):
    """Ways to a new sphere"""

    bl_idname = "NST_MT_sphere_add"
    bl_label = "Add Sphere"

    def draw(self, _context: Any) -> None:
        """One entry for each."""
        layout: Any = self.layout
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator("nst.sphere_new", text="New in This Light", icon="LIGHT_SUN")
        layout.operator("nst.sphere_open", text="Open...", icon="FILE_FOLDER")
        layout.operator("nst.sphere_matcap", text="Matcap...", icon="SHADING_RENDERED")
        layout.operator("nst.sphere_of_material", text="Of a Material...", icon="MATERIAL")


class _Panel:
    """The same in every editor."""

    bl_label = "Painted Sphere"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 3

    def draw(self, context: Any) -> None:
        """The list, its active sphere, and what is made of it."""
        layout: Any = self.layout  # type: ignore[attr-defined]
        own, session = context.scene.nst_sphere, get_session()
        _draw_list(layout, own)
        for awaited in session.awaited:
            if awaited.job == SphereJob.kind:
                layout.label(text=awaited.condition.stage, icon="SORTTIME")
        if own.active_sphere is not None:
            _draw_sphere(layout, own.active_sphere, underlay_socket(context.scene))
            layout.separator(factor=0.5)
        runs = [run for run in session.runs if run.kind in _ICONS]
        for run in runs:
            draw_run(layout, context, run, session, _ICONS[run.kind], keeps=False)
        _draw_buttons(layout, context, busy=bool(runs))
        if session.notice is not None and session.notice.job in _ICONS:
            notice_box(layout, context, session.notice)
        _draw_result(layout, context)
        draw_settings(layout, context)


class NST_PT_sphere_view(_Panel, bpy.types.Panel):
    """In the 3D viewport's sidebar, beside the other features."""

    bl_idname = "NST_PT_sphere_view"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "NST"


class NST_PT_sphere_image(_Panel, bpy.types.Panel):
    """In the Image Editor's sidebar, where spheres are painted."""

    bl_idname = "NST_PT_sphere_image"
    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = "NST"


def _draw_list(layout: Any, own: Any) -> None:
    row = layout.row()
    row.template_list("NST_UL_spheres", "", own, "spheres", own, "active", rows=3)
    column = row.column(align=True)
    column.menu("NST_MT_sphere_add", text="", icon="ADD")
    remove = column.row()
    remove.enabled = own.active_sphere is not None
    remove.operator("nst.sphere_remove", text="", icon="REMOVE").index = own.active
    if not own.spheres:
        layout.operator("nst.sphere_new", text="New Sphere in This Light", icon="LIGHT_SUN")


def _draw_sphere(layout: Any, sphere: Any, underlay: Any) -> None:
    """underlay: the socket of the disc's slider, if there is a disc."""
    layout.template_ID(sphere, "picture", open="image.open")
    grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    grid.operator("nst.sphere_paint", icon="BRUSH_DATA")
    grid.operator("nst.sphere_disc", icon="TPAINT_HLT")
    grid.operator("nst.sphere_edit_outside", icon="EXPORT")
    grid.operator("nst.sphere_reload", icon="FILE_REFRESH")
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    if underlay is not None:
        column.prop(underlay, "default_value", text="Underlay", slider=True)
    column.prop(sphere, "scope")
    if sphere.scope != "everything":
        column.prop(sphere, sphere.scope, text=" ")


def _draw_buttons(layout: Any, context: Any, busy: bool) -> None:
    column = layout.column(align=True)
    if not busy:
        column.scale_y = 1.3
        column.operator("nst.sphere_render", text="Stylize Render", icon="RENDER_STILL")
        column.operator("nst.sphere_animation", text="Stylize Animation", icon="RENDER_ANIMATION")
        row = column.row(align=True)
        row.operator("nst.sphere_texture", icon="TEXTURE")
        row.operator("nst.sphere_refresh", text="", icon="FILE_REFRESH")
    row = column.row(align=True)
    row.operator("nst.sphere_material", icon="MATERIAL")
    if any(map(sphere_nodes, wearers(context))):
        row.operator("nst.sphere_material_remove", text="", icon="TRASH")
    _draw_live(column, context)
    problem = sphere_problem(context) or engine_problem(context) or sphere_texture_problem(context)
    if problem is not None and not busy:
        draw_problem(layout, context, problem)


def _draw_live(column: Any, context: Any) -> None:
    """The button that shows the sphere in the viewport without a material, pressed while it does."""
    own, on = context.scene.nst_sphere, get_session().sphere.on
    sphere = own.active_sphere
    row = column.row(align=True)
    row.enabled = on or (sphere is not None and sphere.picture is not None)
    button = row.operator("nst.sphere_live", text="Live View", icon="HIDE_OFF", depress=on)
    if sphere is not None and sphere.picture is not None:
        button.image, button.circle = sphere.picture.name, ball_of(sphere) or (0.0, 0.0, 0.0)
    button.stroke = 0.0 if own.auto_stroke else own.stroke
    button.tolerance = own.tolerance
    button.lamp = own.lamp.name if own.lamp is not None else ""


def _draw_result(layout: Any, context: Any) -> None:
    """Sliders of the active object, where it wears a sphere."""
    obj = context.active_object
    materials = [slot.material for slot in obj.material_slots] if obj is not None else []
    nodes = [node for material in materials for node in style_nodes(material) if SURFACE in node.outputs]
    if not nodes:
        return
    column = layout.column()
    column.separator(factor=0.5)
    draw_sliders(column, obj)
    for node in sphere_nodes(obj)[:1]:
        for name in (TEXTURE, PIECE, SCALE):
            column.prop(node.inputs[name], "default_value", text=name)
    draw_shading(column, context)
    column.operator("nst.remove_style", icon="TRASH")


CLASSES = (NST_UL_spheres, NST_MT_sphere_add, NST_PT_sphere_view, NST_PT_sphere_image)
