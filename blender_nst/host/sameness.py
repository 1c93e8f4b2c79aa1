"""Whether two materials look and work alike: is a copy still a copy, or has somebody worked on it?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy

from ..compat import material_uses_nodes

# What two equal materials may differ in: names, bookkeeping, what is only how nodes lie on the desk.
_MATERIAL_EXEMPT = {
    "active_texture_index",
    "asset_data",
    "is_runtime_data",
    "library",
    "library_weak_reference",
    "name",
    "original",
    "override_library",
    "paint_active_slot",
    "paint_clone_slot",
    "preview",
    "tag",
    "texture_paint_images",
    "texture_paint_slots",
    "use_extra_user",
    "use_fake_user",
    "use_nodes",
}
_NODE_EXEMPT = {
    "active_preview",
    "dimensions",
    "height",
    "hide",
    "inputs",
    "internal_links",
    "location",
    "location_absolute",
    "outputs",
    "parent",
    "select",
    "show_options",
    "show_preview",
    "show_texture",
    "warning_propagation",
    "width",
}
_DEEPEST = 6


def same_material(one: Any, two: Any, marks: Iterable[str] = ()) -> bool:
    """Whether nothing but names and the places of nodes differs; ``marks`` are custom properties left out."""
    if material_uses_nodes(one) != material_uses_nodes(two):
        return False
    if _properties(one, marks) != _properties(two, marks):
        return False
    if not _same(one, two, _MATERIAL_EXEMPT | {"animation_data", "node_tree"}):
        return False
    if not _same_animation(one, two):
        return False
    return not material_uses_nodes(one) or _same_tree(one.node_tree, two.node_tree)


def _same_tree(one: Any, two: Any) -> bool:
    if one is None or two is None:
        return one is two
    if {node.name for node in one.nodes} != {node.name for node in two.nodes}:
        return False
    if _wires(one) != _wires(two) or not _same_animation(one, two):
        return False
    return all(_same_node(node, two.nodes[node.name]) for node in one.nodes)


def _same_node(one: Any, two: Any) -> bool:
    if one.bl_idname != two.bl_idname or not _same(one, two, _NODE_EXEMPT):
        return False
    if len(one.inputs) != len(two.inputs) or len(one.outputs) != len(two.outputs):
        return False
    pairs = [*zip(one.inputs, two.inputs, strict=True), *zip(one.outputs, two.outputs, strict=True)]
    return all(_value(a, "default_value") == _value(b, "default_value") for a, b in pairs)


def _wires(tree: Any) -> set[tuple[object, ...]]:
    return {
        (
            link.from_node.name,
            link.from_socket.identifier,
            link.to_node.name,
            link.to_socket.identifier,
            link.is_muted,
        )
        for link in tree.links
    }


def _same_animation(one: Any, two: Any) -> bool:
    return _movement(one) == _movement(two)


def _movement(data_block: Any) -> tuple[object, ...]:
    data = data_block.animation_data
    if data is None:
        return (None, ())
    drivers = sorted((curve.data_path, curve.array_index, curve.driver.expression) for curve in data.drivers)
    return (data.action, tuple(drivers))


def _properties(data_block: Any, marks: Iterable[str]) -> dict[str, object]:
    """The custom properties; until 5.0, what add-ons have registered lies among them ("cycles")."""
    left_out = {*marks, *data_block.bl_rna.properties.keys()}
    found = {key: data_block[key] for key in data_block.keys() if key not in left_out}  # noqa: SIM118
    return {
        key: value.to_dict() if hasattr(value, "to_dict") else _plain(value) for key, value in found.items()
    }


def _same(one: Any, two: Any, exempt: Iterable[str] = (), depth: int = 0) -> bool:
    """Compare what can be set on two RNA structs of one type, and on what they own."""
    if type(one) is not type(two):
        return False
    for entry in one.bl_rna.properties:
        name = entry.identifier
        if name == "rna_type" or name in exempt:
            continue
        if entry.type == "POINTER":
            if not _same_pointer(getattr(one, name), getattr(two, name), depth):
                return False
        elif entry.type == "COLLECTION":
            ones, twos = list(getattr(one, name)), list(getattr(two, name))
            if len(ones) != len(twos):
                return False
            if not all(_same_pointer(a, b, depth) for a, b in zip(ones, twos, strict=True)):
                return False
        elif not entry.is_readonly and _value(one, name) != _value(two, name):
            return False
    return True


def _same_pointer(one: Any, two: Any, depth: int) -> bool:
    if one is None or two is None or isinstance(one, bpy.types.ID):
        return bool(one == two)
    if isinstance(one, (bpy.types.Node, bpy.types.NodeSocket)):
        return bool(one.name == two.name)
    return depth >= _DEEPEST or _same(one, two, depth=depth + 1)


def _value(owner: Any, name: str) -> object:
    return _plain(getattr(owner, name, None))


def _plain(value: Any) -> object:
    if isinstance(value, (str, bytes, bpy.types.ID)) or not hasattr(value, "__len__"):
        return value
    return tuple(_plain(part) for part in value)
