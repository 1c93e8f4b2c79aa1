"""Every difference between Blender 4.2 and 5.2 that the add-on meets. Nothing else compares versions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy

MATERIALS_ALWAYS_HAVE_NODES = bpy.app.version >= (5, 0, 0)
BLEND_RELATIVE = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
"""Options of a path that may begin at the .blend file's folder."""
PENCIL_TYPES = ("GREASEPENCIL",) if bpy.app.version >= (4, 3, 0) else ("GPENCIL",)  # of objects
IMAGE_SETTINGS = (
    *(("media_type",) if bpy.app.version >= (5, 0, 0) else ()),
    "file_format",
    "color_mode",
    "color_depth",
    "compression",
    "views_format",
)
"""Settings of saved renders, in the order in which they can be put back by ``save_as``."""
_COMPOSITOR_IS_A_GROUP = bpy.app.version >= (5, 0, 0)
COMPOSITOR_OUTPUT = "NodeGroupOutput" if _COMPOSITOR_IS_A_GROUP else "CompositorNodeComposite"
"""The node whose first input is the compositor's picture."""


def material_uses_nodes(material: Any) -> bool:
    """Whether the material is drawn by its nodes. Always so from 5.0 on."""
    return MATERIALS_ALWAYS_HAVE_NODES or bool(material.use_nodes)


def set_material_uses_nodes(material: Any, value: bool) -> None:
    """Switch a material's nodes on or off where that still exists; setting it warns from 5.0 on."""
    if not MATERIALS_ALWAYS_HAVE_NODES:
        material.use_nodes = value


def set_file_format(settings: Any, file_format: str) -> None:
    """Let renders be saved in a format ("PNG", "OPEN_EXR_MULTILAYER", "FFMPEG")."""
    if bpy.app.version >= (5, 0, 0):
        media = {"OPEN_EXR_MULTILAYER": "MULTI_LAYER_IMAGE", "FFMPEG": "VIDEO"}
        settings.media_type = media.get(file_format, "IMAGE")
    settings.file_format = file_format


def saved_as(settings: Any) -> dict[str, Any]:
    """How renders are saved, as ``save_as`` takes it."""
    return {name: getattr(settings, name) for name in IMAGE_SETTINGS}


def save_as(settings: Any, values: Mapping[str, Any]) -> None:
    """Let renders be saved in a way."""
    for name, value in values.items():
        if value != "":  # before 5.0 that is said of views which the file format does not take
            setattr(settings, name, value)


def render_path(path: Path) -> str:
    """A path as renders are saved to it: from 5.0 on Blender fills in what stands in braces."""
    return str(path).replace("{", "{{").replace("}", "}}") if bpy.app.version >= (5, 0, 0) else str(path)


def movie_strips(scene: Any) -> Any:
    """The strips of a scene's sequencer, which is made if there is none."""
    editor = scene.sequence_editor_create() or scene.sequence_editor
    return editor.strips if bpy.app.version >= (4, 4, 0) else editor.sequences


def is_saved() -> bool:
    """Whether the scene is as its .blend file has it.

    Before 5.2 Blender without a window takes every scene for changed: there the file is believed.
    """
    unsure = bpy.app.background and bpy.app.version < (5, 2, 0)
    return bool(bpy.data.filepath) and (unsure or not bpy.data.is_dirty)


def session_uid(data_block: Any) -> int:
    """What names a data-block until Blender closes, through renames and undo; 0 if there is nothing."""
    return int(getattr(data_block, "session_uid", 0))


def pencil_strokes(pencil: Any) -> list[list[Any]]:
    """The points of the strokes that a Grease Pencil shows now, as vectors in its own space."""
    if bpy.app.version < (4, 3, 0):
        frames = [layer.active_frame for layer in pencil.layers if not layer.hide]
        strokes = [stroke for frame in frames if frame is not None for stroke in frame.strokes]
        return [[point.co for point in stroke.points] for stroke in strokes]
    frames = [layer.current_frame() for layer in pencil.layers if not layer.hide]
    strokes = [stroke for frame in frames if frame is not None for stroke in frame.drawing.strokes]
    return [[point.position for point in stroke.points] for stroke in strokes]


def compositor_tree(scene: Any) -> Any:
    """The nodes that a scene's renders go through; None where it has none, or has them switched off."""
    if _COMPOSITOR_IS_A_GROUP:
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def begin_compositor(scene: Any) -> Any:
    """Give a scene without compositing nodes some, or switch on those it has; returns the tree."""
    if _COMPOSITOR_IS_A_GROUP:
        tree = bpy.data.node_groups.new("Compositing Nodes", "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group = tree
        return tree
    scene.use_nodes = True
    return scene.node_tree


def end_compositor(scene: Any) -> None:
    """Undo ``begin_compositor``."""
    if _COMPOSITOR_IS_A_GROUP:
        tree, scene.compositing_node_group = scene.compositing_node_group, None
        if tree.users == 0:
            bpy.data.node_groups.remove(tree)
    else:
        scene.use_nodes = False


def new_compositor_mix(nodes: Any) -> tuple[Any, Any, Any, Any, Any]:
    """A node that mixes two pictures: it, and its sockets for factor, first, second and result."""
    if _COMPOSITOR_IS_A_GROUP:
        node = nodes.new("ShaderNodeMix")
        node.data_type, node.clamp_factor = "RGBA", True
        inputs = {socket.identifier: socket for socket in node.inputs}
        result = next(socket for socket in node.outputs if socket.identifier == "Result_Color")
        return node, inputs["Factor_Float"], inputs["A_Color"], inputs["B_Color"], result
    node = nodes.new("CompositorNodeMixRGB")
    return node, *node.inputs, node.outputs[0]


def new_compositor_over(nodes: Any) -> tuple[Any, Any, Any, Any, Any]:
    """A node that lays a picture over another: it, and its sockets for factor, below, above and result."""
    node = nodes.new("CompositorNodeAlphaOver")
    factor, below, above = node.inputs[0], node.inputs[1], node.inputs[2]
    if _COMPOSITOR_IS_A_GROUP:
        below, above, factor = (node.inputs[name] for name in ("Background", "Foreground", "Factor"))
    return node, factor, below, above, node.outputs[0]


def new_compositor_fit(nodes: Any) -> Any:
    """A node that makes a picture as large as the render."""
    node = nodes.new("CompositorNodeScale")
    if _COMPOSITOR_IS_A_GROUP:
        node.inputs["Type"].default_value = "Render Size"
    else:
        node.space = "RENDER_SIZE"
    return node


def new_compositor_cut(nodes: Any, x: int, y: int, width: int, height: int) -> Any:
    """A node that cuts a part out of a picture: pixels, from its lower left corner."""
    node = nodes.new("CompositorNodeCrop")
    if "Width" in node.inputs:  # since 4.5
        wanted = {"X": x, "Y": y, "Width": width, "Height": height, "Alpha Crop": False}
        for name, value in wanted.items():
            node.inputs[name].default_value = value
    else:
        node.use_crop_size = True
        node.min_x, node.max_x, node.min_y, node.max_y = x, x + width, y, y + height
    return node
