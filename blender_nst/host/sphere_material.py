"""The node group "NST Sphere": a surface looks as a painted sphere does where that faces the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from .groups import GROUP_MARK, ORIGINAL_SURFACE, STRENGTH, SURFACE
from .impasto import GLOSS, SHINE
from .node_maths import NodeMaths
from .sphere_nodes import (
    AT_PLACE,
    CENTRE,
    LIGHT,
    PAINTED_LIGHT,
    PIECE,
    RADIUS,
    SCALE,
    TEXTURE,
    Layer,
    layers_of,
)
from .unlit import over_surface, varnish

GROUP_NAME = "NST Sphere"
SPHERE_MARK = "nst_sphere"
"""Custom property by which the group is known among those of styles."""
COLOR, ALPHA, HEIGHT, ROUGHNESS = "Color", "Alpha", "Height", "Roughness"
BUMP = 0.02  # of the ball's radius: how high paint lies


def sphere_group(image: Any, height: Any = None, roughness: Any = None) -> Any:
    """A new group that shows a painted sphere on a surface.

    image: the painting; height: how thick its paint lies; roughness: of its paint. Both are numbers, and let
    the scene's own lamps glint on the paint. The ball lies in them all at Centre with Radius, both as parts
    of the image's width and height from its lower left corner. Light is the direction to the lamp in the
    world, or its place, or zero, which is where it was painted; Painted Light the direction in the painting
    (x right, y up, z towards the viewer). Piece Size is in the object's units, Paint Scale in balls' radii a
    metre.
    """
    tree = bpy.data.node_groups.new(GROUP_NAME, "ShaderNodeTree")
    tree[GROUP_MARK] = tree[SPHERE_MARK] = True
    images = {COLOR: image, HEIGHT: height, ROUGHNESS: roughness}
    _add_sockets(tree, images)
    maths = NodeMaths(tree)
    inputs = {socket.name: socket for socket in maths.node("NodeGroupInput").outputs}
    layers = layers_of(maths, inputs)
    shown = {name: _mixed(maths, each, layers) for name, each in images.items() if each is not None}
    color, alpha = shown[COLOR]
    found = {COLOR: color, ALPHA: alpha} | {name: shown[name][0] for name in shown if name != COLOR}
    found[SURFACE] = _surface(maths, inputs, found)
    output = maths.node("NodeGroupOutput", found[SURFACE])  # the first of its sockets
    for name, socket in found.items():
        maths.feed(output.inputs[name], socket)
    return tree


def is_sphere_group(tree: Any) -> bool:
    """Whether a node tree is one that ``sphere_group`` has made."""
    return tree is not None and SPHERE_MARK in tree


def _mixed(maths: NodeMaths, image: Any, layers: list[Layer]) -> tuple[Any, Any]:
    """Colour and alpha of an image: where a layer's pieces end, the next one's."""
    shown = []
    for layer in layers:
        node = maths.node("ShaderNodeTexImage", layer.place, extension="EXTEND")
        # Cubic, for EEVEE would read linear ones coarser where places jump, which draws the pieces' borders.
        node.image, node.interpolation = image, "Cubic"
        shown.append((node.outputs["Color"], node.outputs["Alpha"]))
    (color, alpha), (other, through) = shown
    cover = layers[0].cover
    return maths.mix("Color", cover, other, color), maths.mix("Float", cover, through, alpha)


def _surface(maths: NodeMaths, inputs: Mapping[str, Any], found: Mapping[str, Any]) -> Any:
    """The painting as it is, with varnish where its height or roughness is painted."""
    coat = None
    if HEIGHT in found or ROUGHNESS in found:
        high = maths.value("DIVIDE", BUMP, maths.value("MAXIMUM", inputs[SCALE], 1e-6))
        coat = varnish(maths, inputs[GLOSS], found.get(ROUGHNESS), found.get(HEIGHT), high)
    factor = maths.value("MULTIPLY", inputs[STRENGTH], found[ALPHA])
    return over_surface(maths, inputs[ORIGINAL_SURFACE], factor, found[COLOR], coat)


def _add_sockets(tree: Any, images: Mapping[str, Any]) -> None:
    socket = _input(tree, ORIGINAL_SURFACE, "The surface that was there before", "NodeSocketShader")
    socket = _input(tree, STRENGTH, "0 shows the original surface, 1 the painted sphere")
    socket.subtype, socket.min_value, socket.max_value, socket.default_value = "FACTOR", 0.0, 1.0, 1.0
    socket = _input(
        tree, TEXTURE, "0 looks colours up one by one, 1 copies pieces of the painting as they are"
    )
    socket.subtype, socket.min_value, socket.max_value, socket.default_value = "FACTOR", 0.0, 1.0, 1.0
    socket = _input(tree, PIECE, "How large the pieces are, in the object's units")
    socket.min_value, socket.max_value, socket.default_value = 0.0, 1e4, 0.3
    socket = _input(tree, SCALE, "How small the painting lies on the surface: balls' radii in a metre")
    socket.min_value, socket.max_value, socket.default_value = 0.0, 1e4, 1.0
    for name, start, what in (
        (
            LIGHT,
            (0.0, 0.0, 0.0),
            "Direction to the lamp in the world, or its place; zero is as it is painted",
        ),
        (PAINTED_LIGHT, (-0.5, 0.6, 0.62), "Direction to the lamp in the painting: right, up, to the viewer"),
        (CENTRE, (0.5, 0.5, 0.0), "Where the ball's centre is, from the image's lower left corner"),
        (RADIUS, (0.5, 0.5, 0.0), "The ball's radius, as part of the image's width and height"),
    ):
        socket = _input(tree, name, what, "NodeSocketVector")
        socket.default_value, socket.min_value, socket.max_value = start, -1e6, 1e6
    socket = _input(tree, AT_PLACE, "1 where Light is a lamp's place, 0 where it is a direction")
    socket.min_value, socket.max_value, socket.default_value = 0.0, 1.0, 0.0
    if images[HEIGHT] is not None or images[ROUGHNESS] is not None:
        socket = _input(tree, GLOSS, "How much the paint shines in the scene's own light")
        socket.subtype, socket.min_value, socket.max_value, socket.default_value = "FACTOR", 0.0, 1.0, SHINE
    for name, kind, there in (
        (SURFACE, "NodeSocketShader", True),
        (COLOR, "NodeSocketColor", True),
        (ALPHA, "NodeSocketFloat", True),
        (HEIGHT, "NodeSocketFloat", images[HEIGHT] is not None),
        (ROUGHNESS, "NodeSocketFloat", images[ROUGHNESS] is not None),
    ):
        if there:
            tree.interface.new_socket(name, in_out="OUTPUT", socket_type=kind)


def _input(tree: Any, name: str, description: str, kind: str = "NodeSocketFloat") -> Any:
    socket = tree.interface.new_socket(name, in_out="INPUT", socket_type=kind)
    socket.description = description
    return socket
