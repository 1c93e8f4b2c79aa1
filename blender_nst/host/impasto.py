"""The part of the node group "NST Texture" that gives paint a thickness: a bump, and wet ridges that shine.

Everything fades with the group's Strength: at 0 the shader has its original roughness and normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .nodes import add_node, socket_of

RELIEF, GLOSS = "Relief", "Gloss"
ORIGINAL_ROUGHNESS, ROUGHNESS = "Original Roughness", "Roughness"
ORIGINAL_NORMAL, NORMAL = "Original Normal", "Normal"
SHINE = 0.25  # Gloss at the beginning


@dataclass(frozen=True)
class Relief:
    """How thick the paint lies, and how matt it is.

    image: its height texture, or None; distance: in the world, from 0 to 1 in it. roughness: its texture of
    that, or None for what the surface has.
    """

    image: Any
    distance: float
    roughness: Any = None

    @property
    def images(self) -> tuple[Any, ...]:
        """Those that there are."""
        return tuple(image for image in (self.image, self.roughness) if image is not None)


def add_relief_sockets(tree: Any) -> None:
    """Add Relief and Gloss, and the original roughness and normal; Roughness and Normal go out."""
    relief = _input(tree, RELIEF, "How thick the paint lies; 1 suits its strokes")
    relief.subtype = "FACTOR"
    relief.min_value, relief.max_value, relief.default_value = 0.0, 2.0, 1.0
    gloss = _input(tree, GLOSS, "How much ridges of paint shine; 0 leaves the roughness as it was")
    gloss.subtype = "FACTOR"
    gloss.min_value, gloss.max_value, gloss.default_value = 0.0, 1.0, SHINE
    roughness = _input(tree, ORIGINAL_ROUGHNESS, "The roughness that was there before")
    roughness.min_value, roughness.max_value, roughness.default_value = 0.0, 1.0, 0.5
    normal = _input(tree, ORIGINAL_NORMAL, "The normal that was there before", "NodeSocketVector")
    normal.hide_value = True
    for name, kind in ((ROUGHNESS, "NodeSocketFloat"), (NORMAL, "NodeSocketVector")):
        tree.interface.new_socket(name, in_out="OUTPUT", socket_type=kind)


def add_relief_nodes(tree: Any, relief: Relief, uv: Any, inputs: Any, strength: Any, output: Any) -> None:
    """Add what lies between. uv: the socket with the texture's place; inputs, output: the group's nodes."""
    nodes, links = tree.nodes, tree.links
    rough, normal = inputs.outputs[ORIGINAL_ROUGHNESS], _normal(tree, inputs.outputs[ORIGINAL_NORMAL])
    if relief.roughness is not None:
        painted = _texture(tree, relief.roughness, uv, -660)
        rough = _math(
            tree,
            "MULTIPLY_ADD",
            (strength, _math(tree, "SUBTRACT", (painted, rough), -220, -200), rough),
            0,
            0,
        )
    if relief.image is not None:
        high = _texture(tree, relief.image, uv, -380)
        shine = _math(tree, "MULTIPLY", (inputs.outputs[GLOSS], strength), 0, -200)
        shine = _math(tree, "MULTIPLY", (shine, high), 220, -200)
        dull = _math(tree, "SUBTRACT", (1.0, shine), 440, -200)
        rough = _math(tree, "MULTIPLY", (dull, rough), 660, -200)

        thick = _math(tree, "MULTIPLY", (inputs.outputs[RELIEF], strength), 0, -420)
        thick = _math(tree, "MULTIPLY", (thick, relief.distance), 220, -420)
        bump = add_node(nodes, "ShaderNodeBump", 660, -420)
        bump.inputs["Strength"].default_value = 1.0
        links.new(thick, bump.inputs["Distance"])
        links.new(high, bump.inputs["Height"])
        links.new(normal, bump.inputs["Normal"])
        normal = bump.outputs["Normal"]
    links.new(rough, output.inputs[ROUGHNESS])
    links.new(normal, output.inputs[NORMAL])


def _texture(tree: Any, image: Any, uv: Any, y: float) -> Any:
    """The values of an image at a place."""
    node = add_node(tree.nodes, "ShaderNodeTexImage", -540, y)
    node.image = image
    node.interpolation = "Cubic"  # else each texel is a facet
    tree.links.new(uv, node.inputs["Vector"])
    return node.outputs["Color"]


def _normal(tree: Any, original: Any) -> Any:
    """The original normal, or the surface's own where nothing is linked to it: then it is (0, 0, 0)."""
    surface = add_node(tree.nodes, "ShaderNodeNewGeometry", 0, -640)
    length = add_node(tree.nodes, "ShaderNodeVectorMath", 0, -920)
    length.operation = "LENGTH"
    tree.links.new(original, length.inputs[0])
    given = _math(tree, "GREATER_THAN", (length.outputs["Value"], 0.0), 220, -640)
    choice = add_node(tree.nodes, "ShaderNodeMix", 440, -640)
    choice.data_type = "VECTOR"
    tree.links.new(given, socket_of(choice.inputs, "Factor_Float"))
    tree.links.new(surface.outputs["Normal"], socket_of(choice.inputs, "A_Vector"))
    tree.links.new(original, socket_of(choice.inputs, "B_Vector"))
    return socket_of(choice.outputs, "Result_Vector")


def _math(tree: Any, operation: str, terms: tuple[Any, ...], x: float, y: float) -> Any:
    """The value of a Math node of terms, sockets or numbers."""
    node = add_node(tree.nodes, "ShaderNodeMath", x, y)
    node.operation = operation
    for term, socket in zip(terms, node.inputs, strict=False):
        if isinstance(term, float):
            socket.default_value = term
        else:
            tree.links.new(term, socket)
    return node.outputs["Value"]


def _input(tree: Any, name: str, description: str, kind: str = "NodeSocketFloat") -> Any:
    socket = tree.interface.new_socket(name, in_out="INPUT", socket_type=kind)
    socket.description = description
    return socket
