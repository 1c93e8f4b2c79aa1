"""The compositor's node group "NST Stylized Render": a slider between the render and its stylized picture."""

from __future__ import annotations

from typing import Any

import bpy

from ..compat import (
    COMPOSITOR_OUTPUT,
    begin_compositor,
    compositor_tree,
    end_compositor,
    new_compositor_mix,
    new_compositor_over,
)
from .compositor_eyes import IMAGE, RIGHT_MARK, Eyes, fitted, seen, show_eyes
from .images import play
from .nodes import add_node

GROUP_NAME = "NST Stylized Render"
GROUP_MARK = "nst_render"
"""Custom property by which the group is known, whatever it is renamed to."""
RENDER = "Render"
STRENGTH = "Strength"
_OVER = "nst_over"  # on the group: its picture lies over the render, where it is not transparent
_BOTH = "nst_both"  # on the group: two eyes are side by side in its picture
_BEGUN = "nst_nodes"  # on a compositor that was made or switched on for the group: how many nodes it has
_LOOSE = "nst_loose"  # on the group's node: nothing led to the output before
_OURS = "nst_made"  # on nodes that were made for the group
_GAP = 60.0


def show_stylized(
    scene: Any,
    layer: str,
    image: Any,
    frames: range | None = None,
    over: bool = False,
    eyes: Eyes | None = None,
) -> Any:
    """Let a scene's compositor mix an image over what is rendered of a view layer; returns the group's node.

    frames: of the scene, that an image shows which plays. over: whether the render shows through where the
    image is transparent; else it is as transparent as the image. eyes: where two of them are in the image:
    each is mixed over its own render.

    Whatever used the view layer's image uses the mix; where nothing did, what leads to the output. A node
    that is there already is used again. None where the nodes are linked from another file.
    """
    node = _shown(scene, layer, image, over, eyes)
    if node is not None and frames is not None:
        for picture in _pictures(node):
            play(picture, frames)
    return node


def _pictures(node: Any) -> list[Any]:
    """The nodes of images within the group, the left eye's first; none if they were taken out by hand."""
    return [each for each in node.node_tree.nodes if each.type == "IMAGE"]


def _shown(scene: Any, layer: str, image: Any, over: bool, eyes: Eyes | None) -> Any:
    node = stylized_node(scene)
    if node is not None:
        made_for = node.node_tree.get(_OVER), node.node_tree.get(_BOTH)
        if not _pictures(node) or eyes is not None or tuple(map(bool, made_for)) != (over, False):
            before, strength = node.node_tree, node.inputs[STRENGTH].default_value
            node.node_tree = _make_group(scene, image, over, eyes)
            node.inputs[STRENGTH].default_value = strength
            _discard(before)
        else:
            _pictures(node)[0].image = image
        return node
    tree = compositor_tree(scene)
    if tree is not None and tree.library is not None:
        return None
    begun = tree is None
    if begun:
        tree = begin_compositor(scene)
    output = _output(tree)
    if begun and not output.inputs[0].is_linked:
        tree.links.new(_render_layers(tree, scene, layer).outputs[IMAGE], output.inputs[0])
    source, wanted = _found(tree, scene, layer, output)
    loose = source is None
    if loose:
        source, wanted = _render_layers(tree, scene, layer).outputs[IMAGE], [(output.inputs[0], False)]
    node = _add_group_node(tree, source.node, _make_group(scene, image, over, eyes))
    node[_LOOSE] = loose
    tree.links.new(source, node.inputs[RENDER])
    _connect(tree, node.outputs[IMAGE], wanted)
    if begun:
        tree[_BEGUN] = len(tree.nodes)
    return node


def stylized_node(scene: Any) -> Any:
    """The group's node in a scene's compositor; None if there is none."""
    tree = compositor_tree(scene)
    groups = [node for node in tree.nodes if node.type == "GROUP"] if tree is not None else []
    return next(
        (node for node in groups if node.node_tree is not None and GROUP_MARK in node.node_tree), None
    )


def strength_socket(scene: Any) -> Any:
    """What the slider sets; None without the group."""
    node = stylized_node(scene)
    return node.inputs[STRENGTH] if node is not None else None


def remove_stylized(scene: Any) -> bool:
    """Take the group off and wire the compositor as it was before; whether there was one."""
    node = stylized_node(scene)
    if node is None:
        return False
    tree, group = compositor_tree(scene), node.node_tree
    begun = _BEGUN in tree
    untouched = begun and tree[_BEGUN] == len(tree.nodes)
    sources = [link.from_socket for link in node.inputs[RENDER].links]
    wanted = [] if node.get(_LOOSE) else _uses(node.outputs[IMAGE])
    tree.nodes.remove(node)
    if sources:
        _connect(tree, sources[0], wanted)
    _discard(group)
    if begun:
        del tree[_BEGUN]
    for made in [each for each in tree.nodes if _OURS in each]:
        if untouched or not _is_linked(made):
            tree.nodes.remove(made)
    if untouched:
        end_compositor(scene)
    return True


def _uses(source: Any) -> list[tuple[Any, bool]]:
    """What a socket is linked to, and whether the link is muted."""
    return [(link.to_socket, link.is_muted) for link in source.links]


def _connect(tree: Any, source: Any, wanted: list[tuple[Any, bool]]) -> None:
    for socket, is_muted in wanted:
        tree.links.new(source, socket).is_muted = is_muted


def _is_linked(node: Any) -> bool:
    return any(socket.is_linked for socket in (*node.inputs, *node.outputs))


def _found(tree: Any, scene: Any, layer: str, output: Any) -> tuple[Any, list[tuple[Any, bool]]]:
    """What is mixed with the picture, and its uses: the view layer's image, or what leads to the output.

    (None, []) where there is neither.
    """
    for node in _nodes_of_layer(tree, scene, layer):
        if node.outputs[IMAGE].is_linked:
            return node.outputs[IMAGE], _uses(node.outputs[IMAGE])
    for link in output.inputs[0].links:
        return link.from_socket, [(output.inputs[0], link.is_muted)]
    return None, []


def _nodes_of_layer(tree: Any, scene: Any, layer: str) -> list[Any]:
    """The nodes that show a view layer of a scene."""
    shown = [node for node in tree.nodes if node.type == "R_LAYERS" and node.layer == layer]
    return [node for node in shown if node.scene in (scene, None)]


def _render_layers(tree: Any, scene: Any, layer: str) -> Any:
    """A node that shows a view layer of a scene; a new one if there is none."""
    for node in _nodes_of_layer(tree, scene, layer):
        return node
    node = add_node(tree.nodes, "CompositorNodeRLayers", -400, 0)
    node.scene, node.layer = scene, layer
    node[_OURS] = True
    return node


def _output(tree: Any) -> Any:
    """The node whose picture is the compositor's, or a new one."""
    found = [node for node in tree.nodes if node.bl_idname == COMPOSITOR_OUTPUT]
    found.sort(key=lambda node: not getattr(node, "is_active_output", True))
    if found:
        return found[0]
    node = add_node(tree.nodes, COMPOSITOR_OUTPUT, 200, 0)
    node[_OURS] = True
    return node


def _add_group_node(tree: Any, source: Any, group: Any) -> Any:
    x, y = source.location
    node = add_node(tree.nodes, "CompositorNodeGroup", x + source.width + _GAP, y)
    node.node_tree = group
    node.label = node.name = node.node_tree.name
    node.width = 200.0
    return node


def _discard(group: Any) -> None:
    """Remove a group that nothing shows, and the right eye's image that only it showed."""
    if group.users:
        return
    images = [node.image for node in group.nodes if node.type == "IMAGE" and node.image is not None]
    bpy.data.node_groups.remove(group)
    for image in images:
        if RIGHT_MARK in image and not image.users:
            bpy.data.images.remove(image)


def _make_group(scene: Any, image: Any, over: bool, eyes: Eyes | None) -> Any:
    tree = bpy.data.node_groups.new(GROUP_NAME, "CompositorNodeTree")
    tree[GROUP_MARK], tree[_OVER], tree[_BOTH] = True, over, eyes is not None
    render = tree.interface.new_socket(RENDER, in_out="INPUT", socket_type="NodeSocketColor")
    render.description = "The render as it was"
    strength = tree.interface.new_socket(STRENGTH, in_out="INPUT", socket_type="NodeSocketFloat")
    strength.subtype = "FACTOR"
    strength.min_value, strength.max_value, strength.default_value = 0.0, 1.0, 1.0
    strength.description = "0 shows the render, 1 its stylized picture"
    tree.interface.new_socket(IMAGE, in_out="OUTPUT", socket_type="NodeSocketColor")

    nodes, links = tree.nodes, tree.links
    inputs = add_node(nodes, "NodeGroupInput", -240, 160)
    if eyes is None:
        shown = fitted(tree, seen(tree, image, -480, -40), -240, -40)
    else:
        shown = show_eyes(scene, tree, image, eyes)
    mix, factor, first, second, result = (new_compositor_over if over else new_compositor_mix)(nodes)
    mix.location = (0, 80)
    output = add_node(nodes, "NodeGroupOutput", 220, 80)
    links.new(inputs.outputs[STRENGTH], factor)
    links.new(inputs.outputs[RENDER], first)
    links.new(shown, second)
    links.new(result, output.inputs[IMAGE])
    return tree
