"""The folded parts of the panel: more styles, masks, advanced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def draw_controls(layout: Any, context: Any) -> None:
    """Further styles, masks, and what only the curious open, of a texture."""
    controls = context.scene.nst.controls
    obj = context.active_object
    draw_styles(layout, controls, "texture")
    draw_masks(layout, controls, "texture", lambda row, item, index: _draw_region(row, item, index, obj))
    _draw_advanced(layout, context)


def draw_styles(layout: Any, controls: Any, owner: str) -> None:
    """The fold of further styles. owner: whose controls they are, as the lists' operators name it."""
    body = folded(layout, f"NST_PT_{owner}_styles", "More Styles", len(controls.styles))
    if body is None:
        return
    for index, item in enumerate(controls.styles):
        box = body.box()
        _entry(box, owner, "styles", index).template_ID(item, "image", open="image.open")
        box.prop(item, "weight", slider=True)
    _add(body, owner, "styles", "Add Style")


def draw_masks(
    layout: Any,
    controls: Any,
    owner: str,
    draw_region: Callable[[Any, Any, int], None],
    angles: bool = False,
) -> None:
    """The fold of masks. draw_region: draws into a row what says where a mask, of a number, is.

    angles: whether strokes are measured in angles.
    """
    body = folded(layout, f"NST_PT_{owner}_masks", "Masks", len(controls.masks))
    if body is None:
        return
    for index, item in enumerate(controls.masks):
        box = body.box()
        row = _entry(box, owner, "masks", index)
        row.prop(item, "source", text="", icon_only=True)
        draw_region(row, item, index)
        row = box.row(align=True)
        row.label(text="", icon="BRUSH_DATA")
        row.template_ID(item, "style", open="image.open")
        column = box.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(item, "strength", slider=True)
        column.prop(item, "soften_angle" if angles else "soften")
        column.prop(item, "color")
        row = column.row(heading="Stroke Size")
        row.prop(item, "own_stroke", text="")
        size = row.row()
        size.active = item.own_stroke
        size.prop(item, "stroke_angle" if angles else "stroke", text="")
    _add(body, owner, "masks", "Add Mask")


def draw_likeness(layout: Any, controls: Any) -> None:
    """How likeness is measured and what is kept."""
    layout.prop(controls, "loss")
    layout.prop(controls, "coarse")
    keep = layout.column(align=True)
    keep.prop(controls, "content", text="Keep Features")
    keep.prop(controls, "similarity")
    keep.prop(controls, "edges")
    layout.prop(controls, "smooth")


def draw_engine_settings(layout: Any, controls: Any, settings: Any) -> None:
    """What looks at the pictures, and where."""
    engine = layout.column(align=True)
    engine.prop(controls, "network")
    if controls.network == "file":
        engine.prop(controls, "network_file")
    engine.prop(controls, "pooling")
    layout.prop(settings, "device")


def _draw_region(row: Any, item: Any, index: int, obj: Any) -> None:
    """What says where a mask is: a picture, or a name of the object."""
    if item.source == "picture":
        row.template_ID(item, "mask", new="image.new", open="image.open")
    elif item.source == "faceset":
        row.prop(item, "face_set", text="")
        row.operator("nst.pick_face_set", text="", icon="VIEWZOOM").index = index
    elif obj is None or obj.type != "MESH":
        row.label(text="Select a mesh")
    elif item.source == "group":
        row.prop_search(item, "group", obj, "vertex_groups", text="")
    elif item.source == "color":
        row.prop_search(item, "attribute", obj.data, "color_attributes", text="")
    else:
        row.prop_search(item, "material", obj, "material_slots", text="", icon="MATERIAL")


def _draw_advanced(layout: Any, context: Any) -> None:
    settings = context.scene.nst
    body = folded(layout, "NST_PT_texture_advanced", "Advanced")
    if body is None:
        return
    body.use_property_split = True
    body.use_property_decorate = False
    draw_likeness(body, settings.controls)
    obj = context.active_object
    shape = body.column(align=True)
    shape.prop(settings, "occlusion")
    shape.prop(settings, "curvature")
    body.prop(settings, "angle")
    if obj is not None and obj.type == "MESH" and settings.direction == "given":
        body.prop_search(settings, "guide_attribute", obj.data, "attributes", icon="SPREADSHEET")
    if obj is not None and obj.type == "MESH":
        body.prop_search(settings, "uv_map", obj.data, "uv_layers", icon="GROUP_UVS")
    draw_engine_settings(body, settings.controls, settings)
    draw_images(body, settings)


def draw_images(layout: Any, settings: Any) -> None:
    """Where new images go."""
    column = layout.column(align=True)
    column.prop(settings, "images")
    if settings.images == "save":
        column.prop(settings, "image_folder")


def folded(layout: Any, name: str, title: str, count: int = 0) -> Any:
    """The body of a fold that is closed at first; None while it is."""
    header, body = layout.panel(name, default_closed=True)
    header.label(text=f"{title} ({count})" if count else title)
    return body


def _add(body: Any, owner: str, which: str, text: str) -> None:
    add = body.operator("nst.list_add", text=text, icon="ADD")
    add.owner, add.which = owner, which


def _entry(box: Any, owner: str, which: str, index: int) -> Any:
    """A row for an entry's image, with the button that removes the entry at its end."""
    row = box.row(align=True)
    left = row.row(align=True)
    remove = row.operator("nst.list_remove", text="", icon="TRASH")  # beside the image's own X
    remove.owner, remove.which, remove.index = owner, which, index
    return left
