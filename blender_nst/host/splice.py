"""A style's node between a shader and what the shader had before, and out again without a trace."""

from __future__ import annotations

from typing import Any

from .groups import COLOR, ORIGINAL, ORIGINAL_SURFACE, STRENGTH, SURFACE, THROUGH
from .impasto import NORMAL, ORIGINAL_NORMAL, ORIGINAL_ROUGHNESS, RELIEF, ROUGHNESS


def insert(material: Any, socket: Any, group: Any) -> None:
    """Put a node of a style's group before a shader, whose base colour a socket takes."""
    tree = material.node_tree
    node = _new_node(tree, socket, group)
    _put_between(tree, socket, node, ORIGINAL, COLOR)
    if RELIEF not in node.inputs:
        return
    for name, kind, original in (
        (ROUGHNESS, "VALUE", ORIGINAL_ROUGHNESS),
        (NORMAL, "VECTOR", ORIGINAL_NORMAL),
    ):
        own = socket.node.inputs.get(name)
        if own is not None and own.type == kind:
            _put_between(tree, own, node, original, name)


def insert_surface(material: Any, output: Any, group: Any) -> Any:
    """Put a node of a sphere's group before a material's output node; returns it."""
    node = _new_node(material.node_tree, output.inputs["Surface"], group)
    _put_between(material.node_tree, output.inputs["Surface"], node, ORIGINAL_SURFACE, SURFACE)
    return node


def take_out(material: Any, node: Any) -> None:
    """Remove a node that ``insert`` has made, and link again what it was put between."""
    tree = material.node_tree
    for original, output in THROUGH:
        if output not in node.outputs or original not in node.inputs:
            continue
        before = node.inputs[original]
        source = before.links[0] if before.is_linked else None
        for link in list(node.outputs[output].links):
            target = link.to_socket
            tree.links.remove(link)
            if source is not None:
                _link_again(tree, source, target)
    tree.nodes.remove(node)


def _new_node(tree: Any, socket: Any, group: Any) -> Any:
    node = tree.nodes.new("ShaderNodeGroup")
    node.node_tree = group
    node.label = node.name = group.name
    node.width = 180.0
    node.location = (socket.node.location.x - 220.0, socket.node.location.y + 180.0)
    node.inputs[STRENGTH].default_value = 1.0
    return node


def _put_between(tree: Any, socket: Any, node: Any, original: str, output: str) -> None:
    """Let a shader's input take a node's output, and the node what the input had."""
    if hasattr(socket, "default_value"):  # a shader has none
        node.inputs[original].default_value = socket.default_value  # which also counts beneath a muted link
    if socket.is_linked:
        _link_again(tree, socket.links[0], node.inputs[original])
    tree.links.new(node.outputs[output], socket)


def _link_again(tree: Any, link: Any, target: Any) -> None:
    """Link another input to where a link comes from; muted if that is."""
    tree.links.new(link.from_socket, target).is_muted = link.is_muted
