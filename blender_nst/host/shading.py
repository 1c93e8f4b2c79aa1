"""Reading a material's nodes: which sockets take its base colour, and what feeds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..compat import material_uses_nodes
from .groups import ORIGINAL, is_style_node

_COLOR_NAMES = ("Base Color", "Color", "Diffuse Color", "Diffuse", "Albedo")


def color_sockets(material: Any) -> list[Any]:
    """The input sockets of a material that take its base colour, nearest to its output first.

    These are the colour inputs of the shaders (Principled BSDF, Diffuse, Emission, ... or a
    node group that is a shader) from which the active output gets its surface. Shader nodes
    inside node groups are left alone. Empty for a material without such a shader.
    """
    if material is None or not material_uses_nodes(material) or material.node_tree is None:
        return []
    output = material.node_tree.get_output_node("ALL")
    if output is None:
        return []
    sockets: list[Any] = []
    _collect(output, sockets, set())
    return sockets


def style_nodes(material: Any) -> list[Any]:
    """This add-on's group nodes in a material."""
    if material is None or material.node_tree is None:
        return []
    return [node for node in material.node_tree.nodes if is_style_node(node)]


def original_socket(socket: Any) -> Any:
    """The socket that has the link or value from before this add-on: a style node's input, or ``socket``."""
    source = source_of(socket)
    while source is not None and is_style_node(source.node) and ORIGINAL in source.node.inputs:
        socket = source.node.inputs[ORIGINAL]
        source = source_of(socket)
    return socket


def source_of(socket: Any) -> Any:
    """The output socket that feeds an input socket, seen through reroutes; None if nothing does."""
    while socket.is_linked:
        link = socket.links[0]
        if link.is_muted or link.from_node.type != "REROUTE":
            return None if link.is_muted else link.from_socket
        socket = link.from_node.inputs[0]
    return None


def _collect(node: Any, sockets: list[Any], seen: set[str]) -> None:
    for upstream in _shaders_into(node):
        if upstream.name in seen:
            continue
        seen.add(upstream.name)
        socket = _color_input(upstream)
        if socket is not None:
            sockets.append(socket)
        else:
            _collect(upstream, sockets, seen)


def _shaders_into(node: Any) -> Iterator[Any]:
    for socket in node.inputs:
        if node.type == "OUTPUT_MATERIAL" and socket.identifier != "Surface":
            continue
        if socket.type == "SHADER" or node.type == "REROUTE":
            source = source_of(socket)
            if source is not None:
                yield source.node


def _color_input(node: Any) -> Any:
    if any(socket.type == "SHADER" for socket in node.inputs):
        return None  # mixes other shaders
    colors = {
        socket.name: socket for socket in node.inputs if socket.type == "RGBA" and not socket.hide_value
    }
    return next((colors[name] for name in _COLOR_NAMES if name in colors), None)
