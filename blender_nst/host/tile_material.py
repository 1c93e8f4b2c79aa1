"""Materials that show a repeating texture, by a node group "NST Tile" that says how large it is."""

from __future__ import annotations

from typing import Any

import bpy

from ..compat import set_material_uses_nodes
from .nodes import add_node

GROUP_NAME = "NST Tile"
GROUP_MARK = "nst_tile"
"""Custom property by which the group is known, whatever it is renamed to."""
SCALE = "Scale"
ROTATION = "Rotation"
OFFSET = "Offset"
COLOR = "Color"
_BLEND = 0.2  # of the three sides from which a texture is projected on a mesh without UVs


def make_material(name: str, image: Any, use_uv: bool) -> Any:
    """A new material with a Principled BSDF, whose base colour is a repeating image by way of a new group.

    use_uv: lay it on the UV map that renders use; otherwise it is projected from three sides by the
    object's own coordinates, one copy a unit, which needs no UV map.
    """
    material = bpy.data.materials.new(name)
    set_material_uses_nodes(material, True)
    tree = material.node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    node = tree.nodes.new("ShaderNodeGroup")
    node.node_tree = _make_group(image, use_uv)
    node.label = node.name = node.node_tree.name
    node.width = 180.0
    node.location = (shader.location.x - 220.0, shader.location.y)
    tree.links.new(node.outputs[COLOR], shader.inputs["Base Color"])
    return material


def tile_node(material: Any) -> Any:
    """The node of a material that shows such a group; None if there is none."""
    if material is None or material.node_tree is None:
        return None
    groups = (
        node for node in material.node_tree.nodes if node.type == "GROUP" and node.node_tree is not None
    )
    return next((node for node in groups if GROUP_MARK in node.node_tree), None)


def can_have_material(obj: Any) -> bool:
    """Whether an object has material slots that may be changed."""
    slots = getattr(obj.data, "materials", None) if obj is not None else None
    return slots is not None and obj.library is None and obj.data.library is None


def assign(obj: Any, material: Any) -> None:
    """Put a material into the object's active slot, or into a new one where it has none."""
    if not obj.material_slots:
        obj.data.materials.append(material)
    else:
        obj.material_slots[obj.active_material_index].material = material


def _make_group(image: Any, use_uv: bool) -> Any:
    tree = bpy.data.node_groups.new(GROUP_NAME, "ShaderNodeTree")
    tree[GROUP_MARK] = True
    scale = tree.interface.new_socket(SCALE, in_out="INPUT", socket_type="NodeSocketFloat")
    scale.min_value, scale.max_value, scale.default_value = 0.0, 1e4, 1.0
    scale.description = "How many copies lie side by side, over the UV map or for each unit"
    rotation = tree.interface.new_socket(ROTATION, in_out="INPUT", socket_type="NodeSocketVector")
    rotation.subtype = "EULER"
    offset = tree.interface.new_socket(OFFSET, in_out="INPUT", socket_type="NodeSocketVector")
    offset.subtype = "TRANSLATION"
    tree.interface.new_socket(COLOR, in_out="OUTPUT", socket_type="NodeSocketColor")

    nodes, links = tree.nodes, tree.links
    inputs = add_node(nodes, "NodeGroupInput", -760, -180)
    coordinates = add_node(nodes, "ShaderNodeTexCoord", -760, 160)
    mapping = add_node(nodes, "ShaderNodeMapping", -520, 60)
    texture = add_node(nodes, "ShaderNodeTexImage", -300, 60)
    texture.image = image
    texture.extension = "REPEAT"
    if not use_uv:
        texture.projection, texture.projection_blend = "BOX", _BLEND
    output = add_node(nodes, "NodeGroupOutput", 20, 60)
    links.new(coordinates.outputs["UV" if use_uv else "Object"], mapping.inputs["Vector"])
    links.new(inputs.outputs[SCALE], mapping.inputs["Scale"])
    links.new(inputs.outputs[ROTATION], mapping.inputs["Rotation"])
    links.new(inputs.outputs[OFFSET], mapping.inputs["Location"])
    links.new(mapping.outputs["Vector"], texture.inputs["Vector"])
    links.new(texture.outputs["Color"], output.inputs[COLOR])
    return tree
