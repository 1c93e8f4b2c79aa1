"""A painted panorama around the viewport, in the scene's world, of which Cycles' renders show nothing.

It has a World Output of its own, for EEVEE, which draws Material Preview; Cycles goes on to use the other.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import bpy
from mathutils import Matrix, Quaternion

from ...core.protocol import EQUIRECT, VR180, JobError, Remedy
from ..compat import material_uses_nodes, set_material_uses_nodes
from .groups import COLOR, ORIGINAL, STRENGTH, remove_group
from .images import RESULT_MARK
from .node_maths import NodeMaths
from .shading import source_of
from .world import VECTOR, make_group, shown_by

_SEEN = "nst_panorama"  # on an image: what it shows of the world
_MARK = "nst_around"  # on what is there to look around: nodes, their group, a world
_BEFORE = "nst_before"  # on the output: the one that EEVEE used before
_TO_TEXTURE = Matrix(((0, 0, -1), (-1, 0, 0), (0, 1, 0)))
"""From a camera's axes to those of a panorama's picture, whose middle lies along X (Cycles)."""
_GAP = 300.0
_BLACK = (0.0, 0.0, 0.0, 1.0)


def note_panorama(image: Any, projection: str, both: bool, turn: Sequence[float]) -> None:
    """Keep on an image that it shows a panorama, if it does.

    projection: as of ``RenderJob``. both: whether two eyes are side by side in it. turn: of the camera, a
    quaternion.
    """
    if projection in (EQUIRECT, VR180):
        image[_SEEN] = {"projection": projection, "both": both, "turn": list(turn)}


def is_panorama(image: Any) -> bool:
    """Whether one can look around in an image."""
    return image is not None and _SEEN in image


def turn_of(image: Any) -> Quaternion:
    """How the camera of a panorama was turned."""
    return Quaternion(image[_SEEN]["turn"])


def check_place(world: Any) -> None:
    """Raise JobError ("world_linked", "world_without_nodes") unless a world can show a panorama."""
    if world is None:
        return
    if world.library is not None or world.override_library is not None:
        raise JobError(
            "world_linked",
            f"The world '{world.name}' is linked from another file. Make it local first.",
            Remedy.CHANGE_SETTING,
        )
    if not material_uses_nodes(world):
        raise JobError(
            "world_without_nodes",
            f"The world '{world.name}' has no nodes. Turn on Use Nodes in its properties.",
            Remedy.CHANGE_SETTING,
        )


def panorama_node(world: Any) -> Any:
    """The node that mixes a panorama over what the world shows; None if there is none."""
    return next((node for node in _ours(world) if node.type == "GROUP"), None)


def show_panorama(scene: Any, image: Any) -> Any:
    """Show a panorama of ``note_panorama`` all around, in place of an earlier one; returns the slider's node.

    A scene without a world gets one for it. Raises as ``check_place``.
    """
    check_place(scene.world)
    hide_panorama(scene)
    if scene.world is None:
        scene.world = bpy.data.worlds.new("NST Panorama")
        scene.world[_MARK] = True
        set_material_uses_nodes(scene.world, True)
        scene.world.node_tree.nodes.clear()
    tree, told = scene.world.node_tree, image[_SEEN]
    there, before = list(tree.nodes), tree.get_output_node("EEVEE")
    maths = NodeMaths(tree)
    turn = _TO_TEXTURE @ turn_of(image).to_matrix().transposed()
    mapping = maths.node("ShaderNodeMapping", maths.node("ShaderNodeTexCoord").outputs["Generated"])
    mapping.inputs["Rotation"].default_value = turn.to_euler("XYZ")
    node = maths.node("ShaderNodeGroup")
    node.node_tree = make_group(_whole(image, told), "Linear", _MARK)
    node.label = node.name = "NST Panorama"
    maths.feed(node.inputs[VECTOR], mapping.outputs["Vector"])
    light = _light(maths, shown_by(before.inputs["Surface"])) if before is not None else None
    maths.feed(node.inputs[ORIGINAL], _BLACK if light is None else light)
    background = maths.node("ShaderNodeBackground", node.outputs[COLOR])
    output = maths.node("ShaderNodeOutputWorld", background.outputs["Background"], target="EEVEE")
    if before is not None and before.target == "EEVEE":
        output[_BEFORE], before.is_active_output = before.name, False
    output.is_active_output = True
    low = min((each.location.y - _GAP for each in there), default=0.0)
    for each in [each for each in tree.nodes if each not in there]:
        each[_MARK] = True
        each.location.y += low
    return node


def hide_panorama(scene: Any) -> None:
    """Let a scene's world be as it was before, to its last node; one that was made for this goes."""
    world, group = scene.world, panorama_node(scene.world)
    if group is None:
        return
    nodes, shown = world.node_tree.nodes, group.node_tree
    names = [node[_BEFORE] for node in _ours(world) if _BEFORE in node]
    for node in _ours(world):
        nodes.remove(node)
    for before in filter(None, map(nodes.get, names)):
        before.is_active_output = True
    remove_group(shown)
    if _MARK not in world:
        return
    if nodes:  # the artist has gone on from there
        del world[_MARK]
    else:
        scene.world = None
        bpy.data.worlds.remove(world)


def renew_panorama(scene: Any, image: Any) -> None:
    """Let an image take the place of the panorama before it, where that is shown; what is none ends that."""
    node = panorama_node(scene.world)
    if node is None:
        return
    strength, can_show = node.inputs[STRENGTH].default_value, material_uses_nodes(scene.world)
    hide_panorama(scene)
    if can_show and is_panorama(image):
        show_panorama(scene, image).inputs[STRENGTH].default_value = strength


def _ours(world: Any) -> list[Any]:
    if world is None or world.node_tree is None:
        return []
    return [node for node in world.node_tree.nodes if _MARK in node]


def _light(maths: NodeMaths, shader: Any) -> Any:
    """The colour that a world's shader shines with, all that are mixed in it; None for no light of such ones.

    shader: the output socket of its node; None for none. Shaders within groups are not looked at.
    """
    if shader is None:
        return None
    node = shader.node
    if node.type in ("BACKGROUND", "EMISSION"):
        color, strength = (_fed(node.inputs[name]) for name in ("Color", "Strength"))
        return maths.scale(color if hasattr(color, "node") else tuple(color)[:3], strength)
    if node.type not in ("MIX_SHADER", "ADD_SHADER"):
        return None
    lights = [_light(maths, shown_by(socket)) for socket in node.inputs if socket.type == "SHADER"]
    lit = [light for light in lights if light is not None]
    if node.type == "ADD_SHADER":
        return maths.vector("ADD", *lit) if len(lit) > 1 else next(iter(lit), None)
    one, two = (_BLACK if light is None else light for light in lights)
    return maths.mix("Color", _fed(node.inputs[0]), one, two) if lit else None


def _fed(socket: Any) -> Any:
    """The output that leads to an input, or its own value."""
    source = source_of(socket)
    return socket.default_value if source is None else source


def _whole(image: Any, told: Mapping[str, Any]) -> Any:
    """A panorama of one eye, all around: the image itself, or a new one of the left eye, black behind."""
    if told["projection"] == EQUIRECT and not told["both"]:
        return image
    width, height = image.size
    pixels = array("f", bytes(16 * width * height))
    image.pixels.foreach_get(pixels)
    seen = width // 2 if told["both"] else width
    beyond = seen // 2 if told["projection"] == VR180 else 0
    black = array("f", bytes(16 * beyond))
    around = array("f")
    for start in range(0, 4 * width * height, 4 * width):
        around += black + pixels[start : start + 4 * seen] + black
    whole = bpy.data.images.new(f"{image.name} around", seen + 2 * beyond, height, float_buffer=True)
    whole.colorspace_settings.name = image.colorspace_settings.name
    whole.pixels.foreach_set(around)
    whole.update()
    whole.pack()
    whole[RESULT_MARK] = image.get(RESULT_MARK, "")
    return whole
