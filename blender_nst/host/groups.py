"""The node group "NST Texture": a strength slider between the original colour and the stylized texture."""

from __future__ import annotations

from typing import Any

import bpy

from .images import RESULT_MARK
from .impasto import (
    NORMAL,
    ORIGINAL_NORMAL,
    ORIGINAL_ROUGHNESS,
    ROUGHNESS,
    Relief,
    add_relief_nodes,
    add_relief_sockets,
)
from .nodes import add_node, socket_of

GROUP_NAME = "NST Texture"
GROUP_MARK = "nst_group"
"""Custom property by which the group is known, whatever it is renamed to."""
ORIGINAL = "Original"
STRENGTH = "Strength"
COLOR = "Color"
ORIGINAL_SURFACE, SURFACE = "Original Surface", "Surface"
THROUGH = (
    (ORIGINAL, COLOR),
    (ORIGINAL_ROUGHNESS, ROUGHNESS),
    (ORIGINAL_NORMAL, NORMAL),
    (ORIGINAL_SURFACE, SURFACE),
)
"""Inputs that keep what was linked to a shader before, and the outputs that are linked to it instead."""


def make_group(image: Any, uv_map: str, relief: Relief | None = None) -> Any:
    """A new group: Original and Strength in, Color out; the image is read through ``uv_map``.

    relief: of the paint, for which the group has more sockets, see ``impasto``.
    """
    tree = bpy.data.node_groups.new(GROUP_NAME, "ShaderNodeTree")
    tree[GROUP_MARK] = True
    original = tree.interface.new_socket(ORIGINAL, in_out="INPUT", socket_type="NodeSocketColor")
    original.default_value = (0.8, 0.8, 0.8, 1.0)
    original.description = "The colour that was there before"
    strength = tree.interface.new_socket(STRENGTH, in_out="INPUT", socket_type="NodeSocketFloat")
    strength.subtype = "FACTOR"
    strength.min_value, strength.max_value, strength.default_value = 0.0, 1.0, 1.0
    strength.description = "0 shows the original, 1 the stylized texture"
    tree.interface.new_socket(COLOR, in_out="OUTPUT", socket_type="NodeSocketColor")
    if relief is not None:
        add_relief_sockets(tree)

    nodes, links = tree.nodes, tree.links
    inputs = add_node(nodes, "NodeGroupInput", -240, 140)
    uv = add_node(nodes, "ShaderNodeUVMap", -760, -120)
    uv.uv_map = uv_map
    texture = add_node(nodes, "ShaderNodeTexImage", -540, -40)
    texture.image = image
    mix = add_node(nodes, "ShaderNodeMix", 0, 60)
    mix.data_type = "RGBA"
    mix.clamp_factor = True
    output = add_node(nodes, "NodeGroupOutput", 220 if relief is None else 880, 60)

    links.new(uv.outputs["UV"], texture.inputs["Vector"])
    links.new(inputs.outputs[STRENGTH], socket_of(mix.inputs, "Factor_Float"))
    links.new(inputs.outputs[ORIGINAL], socket_of(mix.inputs, "A_Color"))
    links.new(texture.outputs["Color"], socket_of(mix.inputs, "B_Color"))
    links.new(socket_of(mix.outputs, "Result_Color"), output.inputs[COLOR])
    if relief is not None:
        add_relief_nodes(tree, relief, uv.outputs["UV"], inputs, inputs.outputs[STRENGTH], output)
    return tree


def is_style_group(tree: Any) -> bool:
    """Whether a node tree is one that ``make_group`` has made."""
    return tree is not None and GROUP_MARK in tree


def is_style_node(node: Any) -> bool:
    """Whether a node shows such a group."""
    return node.type == "GROUP" and is_style_group(node.node_tree)


def group_images(tree: Any) -> list[Any]:
    """The images that a group shows."""
    shown = (node for node in tree.nodes if node.type in ("TEX_IMAGE", "TEX_ENVIRONMENT"))
    return [node.image for node in shown if node.image is not None]


def remove_group(tree: Any, keep_images: bool = False) -> None:
    """Remove a group, and those of its images that the engine has made, where nothing else uses them.

    keep_images: leave the images in the file. One with strokes that were never packed or saved stays anyway.
    """
    if tree.users or tree.library is not None:
        return
    images = [image for image in group_images(tree) if RESULT_MARK in image]
    bpy.data.node_groups.remove(tree)
    for image in images:
        if image.users:
            continue
        if keep_images or image.is_dirty:
            image.use_fake_user = True  # so that it is saved with the file
        else:
            bpy.data.images.remove(image)
