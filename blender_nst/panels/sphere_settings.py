"""The fold of what only the curious open, in the panel of painted spheres."""

from __future__ import annotations

from typing import Any

from ...core.protocol import GUIDES
from .controls import draw_images, folded

_CHANNELS = ("height", "roughness")


def draw_settings(layout: Any, context: Any) -> None:
    """How the sphere's paint comes onto renders and textures, and the sphere's further images."""
    body = folded(layout, "NST_PT_sphere_advanced", "Advanced")
    if body is None:
        return
    scene = context.scene
    own, settings = scene.nst_sphere, scene.nst
    body.use_property_split = True
    body.use_property_decorate = False
    column = body.column()
    column.prop(own, "tolerance")
    column.prop(own, "seed")
    _draw_render(body, own, scene)
    _draw_texture(body, context, own, settings)
    material = _titled(body, "Live Material")
    material.prop(own, "lamp")
    if own.active_sphere is not None:
        _draw_sphere(body, own.active_sphere)
    new = _titled(body, "New Spheres")
    new.prop(own, "ball_size")
    body.prop(settings, "device")
    draw_images(body, settings)


def _draw_render(body: Any, own: Any, scene: Any) -> None:
    column = _titled(body, "Renders")
    column.prop(own, "method")
    column.prop(own, "scale")
    column.prop(own, "harmony", slider=True)
    column.prop(own, "boil", slider=True)
    if own.boil > 0:
        column.prop(own, "rate")
    column.prop(own, "output")
    column.prop(own, "compositor")
    if len(scene.view_layers) > 1:
        column.prop_search(own, "view_layer", scene, "view_layers", icon="RENDERLAYERS")
    weights = _titled(body, "Alike Where They Have the Same")
    for guide in GUIDES:
        weights.prop(own, f"weight_{guide}")


def _draw_texture(body: Any, context: Any, own: Any, settings: Any) -> None:
    column = _titled(body, "Textures")
    column.prop(own, "size")
    column.prop(own, "front")
    column.row(heading="Ball").prop(own, "auto_stroke")
    if not own.auto_stroke:
        column.prop(own, "stroke")
    column.prop(own, "unlit")
    obj = context.active_object
    if obj is not None and obj.type == "MESH":
        column.prop_search(settings, "uv_map", obj.data, "uv_layers", icon="GROUP_UVS")


def _draw_sphere(body: Any, sphere: Any) -> None:
    column = _titled(body, f"Sphere {sphere.name}")
    column.prop(sphere, "guides")
    column.prop(sphere, "circle")
    column.operator("nst.sphere_cut_out", icon="MATSPHERE")
    for channel in _CHANNELS:
        if getattr(sphere, channel) is None:
            text = f"Add {channel.capitalize()}..."
            column.operator("nst.sphere_add_channel", text=text, icon="ADD").channel = channel
            continue
        row = column.row(align=True)
        row.prop(sphere, channel)
        row.operator("nst.sphere_paint", text="", icon="BRUSH_DATA").which = channel
        row.operator("nst.sphere_edit_outside", text="", icon="EXPORT").which = channel


def _titled(body: Any, title: str) -> Any:
    body.label(text=title)
    return body.column(align=True)
