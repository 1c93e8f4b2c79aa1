"""A world's environment texture, and the node group "NST World" that mixes a stylized one over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy
from ..compat import material_uses_nodes, session_uid
from .files import need_picture
from .groups import COLOR, ORIGINAL, STRENGTH, remove_group
from .images import check_kind
from .node_maths import NodeMaths
from .shading import source_of

GROUP_NAME = "NST World"
GROUP_MARK = "nst_world"
"""Custom property by which the group is known, whatever it is renamed to."""
VECTOR = "Vector"
_TEXTURE = "TEX_ENVIRONMENT"


def check_world(world: Any) -> None:
    """Raise JobError unless a world has a picture that can be painted, without loading it.

    As ``need_environment`` and ``check_kind``; "image_missing", "image_unreadable".
    """
    image = need_environment(world).image
    check_kind(image, "world's")
    if image.source == "FILE" and not image.packed_files and not image.has_data:
        need_picture(Path(bpy.path.abspath(image.filepath, library=image.library)), "world's")


def need_environment(world: Any) -> Any:
    """The environment texture node that lights a world.

    Of several the active one, or else the one that is painted already, or the first.

    Raises JobError: "no_world", "world_linked", "world_is_sky", "no_environment", "image_missing" for one
    without an image, "mirror_ball".
    """
    if world is None:
        raise JobError(
            "no_world",
            "The scene has no world. Give it one that is lit by an Environment Texture.",
            Remedy.CHANGE_SETTING,
        )
    if world.library is not None or world.override_library is not None:
        raise JobError(
            "world_linked",
            f"The world '{world.name}' is linked from another file. Make it local first.",
            Remedy.CHANGE_SETTING,
        )
    reached = _leading_to_output(world)
    textures = [node for node in reached if node.type == _TEXTURE]
    if not textures and any(node.type == "TEX_SKY" for node in reached):
        raise JobError(
            "world_is_sky",
            f"The world '{world.name}' is lit by a Sky Texture, which has no picture to paint. Render "
            "it with a panoramic camera, and open that as an Environment Texture.",
            Remedy.CHANGE_SETTING,
        )
    if not textures:
        raise JobError(
            "no_environment",
            f"No picture lights the world '{world.name}'. Let its Color be an Environment Texture.",
            Remedy.CHANGE_SETTING,
        )
    preferred = (world.node_tree.nodes.active, _source_node(stylized_node(world)))
    texture = next((node for node in preferred if node in textures), textures[0])
    if texture.image is None:
        raise JobError(
            "image_missing",
            f"The Environment Texture of the world '{world.name}' shows no image. Open one there.",
            Remedy.CHOOSE_IMAGE,
        )
    if texture.projection != "EQUIRECTANGULAR":
        raise JobError(
            "mirror_ball",
            f"The world '{world.name}' shows '{texture.image.name}' as a mirror ball. Only panorama pictures "
            "can be painted: choose one, and set the Environment Texture to Equirectangular.",
            Remedy.CHANGE_SETTING,
        )
    return texture


def environment_of(world: Any, image_uid: int) -> Any:
    """The environment texture node that lights a world with a certain image; None if there is none.

    image_uid: ``session_uid`` of the image.
    """
    textures = (node for node in _leading_to_output(world) if node.type == _TEXTURE)
    return next((node for node in textures if session_uid(node.image) == image_uid), None)


def stylized_node(world: Any) -> Any:
    """The node that mixes a stylized panorama over a world's own; None if there is none."""
    if world is None or world.node_tree is None:
        return None
    groups = (node for node in world.node_tree.nodes if node.type == "GROUP" and node.node_tree is not None)
    return next((node for node in groups if GROUP_MARK in node.node_tree), None)


def add_stylized(world: Any, texture: Any, image: Any) -> Any:
    """Mix a stylized panorama over an environment texture, in place of an earlier one; returns the node.

    Whatever took the texture's colour takes the mix. The earlier image stays in the file, the slider starts
    at 1.
    """
    remove_stylized(world, keep_image=True)
    tree, color = world.node_tree, texture.outputs["Color"]
    node = tree.nodes.new("ShaderNodeGroup")
    node.node_tree = make_group(image, texture.interpolation, GROUP_MARK)
    node.label = node.name = node.node_tree.name
    node.width = 180.0
    node.location = (texture.location.x + 60.0, texture.location.y + 180.0)
    for target, muted in _targets(color):
        _link(tree, node.outputs[COLOR], target, muted)
    _link(tree, color, node.inputs[ORIGINAL])
    for link in texture.inputs["Vector"].links:
        _link(tree, link.from_socket, node.inputs[VECTOR], link.is_muted)
    return node


def remove_stylized(world: Any, keep_image: bool = False) -> None:
    """Take a stylized panorama off a world, whose nodes are then linked as before; its image goes as well.

    keep_image: let it stay in the file. One with strokes that were never packed or saved stays anyway.
    """
    node = stylized_node(world)
    if node is None:
        return
    tree, group, original = world.node_tree, node.node_tree, node.inputs[ORIGINAL]
    targets = _targets(node.outputs[COLOR])
    source = original.links[0].from_socket if original.is_linked else None
    tree.nodes.remove(node)
    for target, muted in targets if source is not None else ():
        _link(tree, source, target, muted)
    remove_group(group, keep_image)


def _source_node(stylized: Any) -> Any:
    """The node that a stylized panorama is mixed over; None if there is none."""
    source = source_of(stylized.inputs[ORIGINAL]) if stylized is not None else None
    return source.node if source is not None else None


def _leading_to_output(world: Any) -> list[Any]:
    """The nodes that make a world's surface, nearest to its output first; not those within groups."""
    tree = world.node_tree
    if tree is None or not material_uses_nodes(world):
        return []
    outputs = (tree.get_output_node(target) for target in ("ALL", "EEVEE", "CYCLES"))
    found = list({node.name: node for node in outputs if node is not None}.values())
    for node in found:  # which grows meanwhile
        for socket in node.inputs:
            source = None if socket.identifier == "Volume" else shown_by(socket)
            if source is not None and source.node not in found:
                found.append(source.node)
    return found


def shown_by(socket: Any) -> Any:
    """The output socket that feeds an input socket, through reroutes and muted nodes; None if none does."""
    source = source_of(socket)
    while source is not None and source.node.mute:
        passed = (link.from_socket for link in source.node.internal_links if link.to_socket == source)
        through = next(passed, None)
        source = source_of(through) if through is not None else None
    return source


def make_group(image: Any, interpolation: str, mark: str) -> Any:
    """Original, Strength and Vector in, Color out; where nothing is linked to Vector, one looks straight.

    mark: custom property by which the group is known.
    """
    tree = bpy.data.node_groups.new(GROUP_NAME, "ShaderNodeTree")
    tree[mark] = True
    original = tree.interface.new_socket(ORIGINAL, in_out="INPUT", socket_type="NodeSocketColor")
    original.description = "The world's own light"
    strength = tree.interface.new_socket(STRENGTH, in_out="INPUT", socket_type="NodeSocketFloat")
    strength.description, strength.subtype = "0 shows the original, 1 the stylized world", "FACTOR"
    strength.min_value, strength.max_value, strength.default_value = 0.0, 1.0, 1.0
    vector = tree.interface.new_socket(VECTOR, in_out="INPUT", socket_type="NodeSocketVector")
    vector.description, vector.hide_value = "What turns the world, as of an Environment Texture", True
    tree.interface.new_socket(COLOR, in_out="OUTPUT", socket_type="NodeSocketColor")

    maths = NodeMaths(tree)
    inputs = {socket.name: socket for socket in maths.node("NodeGroupInput").outputs}
    straight = maths.node("ShaderNodeTexCoord").outputs["Generated"]
    is_linked = maths.value("GREATER_THAN", maths.length(inputs[VECTOR]), 0.0)  # else it is zero
    direction = maths.mix("Vector", is_linked, straight, inputs[VECTOR])
    texture = maths.node("ShaderNodeTexEnvironment", direction, image=image, interpolation=interpolation)
    mixed = maths.mix("Color", inputs[STRENGTH], inputs[ORIGINAL], texture.outputs["Color"])
    maths.node("NodeGroupOutput", mixed)
    return tree


def _targets(output: Any) -> list[tuple[Any, bool]]:
    """The sockets that an output is linked to, and whether the links are muted."""
    return [(link.to_socket, link.is_muted) for link in output.links]


def _link(tree: Any, source: Any, target: Any, muted: bool = False) -> None:
    tree.links.new(source, target).is_muted = muted
