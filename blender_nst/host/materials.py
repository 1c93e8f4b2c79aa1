"""Writing a texture into an object's materials, and taking it out again without a trace.

The way back needs no notes: a style node keeps the original links or values on its
"Original" inputs, and the shader's own values stay where they were beneath the new links.
Only materials that had to be made or copied are marked, with custom properties. A made
or copied material goes again only while nobody has worked on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy
from ..compat import material_uses_nodes, set_material_uses_nodes
from .groups import STRENGTH, SURFACE, make_group, remove_group
from .impasto import GLOSS, RELIEF, Relief
from .sameness import same_material
from .shading import color_sockets, style_nodes
from .splice import insert, insert_surface, take_out
from .unlit import unlit_group

MADE_MARK = "nst_made"
"""On a material made for an object without one: "slot" or, if the slot was made too, "appended"."""
COPY_MARK = "nst_copy_of"
"""On a copy made because other objects share the material: the original."""
NODES_MARK = "nst_nodes_off"
"""On a material whose nodes were switched on."""
REST_MARK = "nst_rest"
"""On an object that was made to remember where its points were before it is deformed."""
_DEFORMING = {"ARMATURE", "CAST", "CLOTH", "CORRECTIVE_SMOOTH", "CURVE", "HOOK", "LATTICE", "MESH_CACHE"} | {
    *("MESH_DEFORM", "MESH_SEQUENCE_CACHE", "SHRINKWRAP", "SIMPLE_DEFORM", "SMOOTH", "SOFT_BODY"),
    *("SURFACE_DEFORM", "WARP", "WAVE"),
}
MARKS = (MADE_MARK, COPY_MARK, NODES_MARK)


def check_materials(obj: Any) -> None:
    """Raise JobError ("material_unsupported") if a material has no shader that takes a base colour."""
    for slot in obj.material_slots:
        material = slot.material
        if material is not None and material_uses_nodes(material) and not color_sockets(material):
            raise JobError(
                "material_unsupported",
                f"The material '{material.name}' has no shader with a colour that could take the texture. "
                "Give it a Principled BSDF.",
                Remedy.CHANGE_SETTING,
            )


def apply_style(
    obj: Any,
    image: Any,
    uv_map: str,
    own_images: Mapping[int, Any] | None = None,
    groups: dict[str, Any] | None = None,
    over: bool = False,
    reliefs: Mapping[str, Relief] | None = None,
    unlit: bool = False,
) -> Any:
    """Put a texture into every material of an object, in place of an earlier one; returns its node group.

    An empty slot gets a new material; a material that other meshes use too is copied
    first, because the texture fits this mesh's UV map alone. The earlier texture stays in
    the file as an image, for somebody may have painted on it; the slider starts at 1.

    own_images: for slots, by their number, that have textures of their own; then image may be None.
    groups: by their image's name, those that were made for other objects with the same textures; they are
    used again, and new ones are added. over: the earlier style stays as it is, beneath the new one.
    reliefs: by their image's name, those of textures that have one. unlit: the texture has its light in it,
    and is shown as it is.
    """
    groups = {} if groups is None else groups
    mine = own_images or {}
    images = [mine.get(index, image) for index in range(len(obj.material_slots))]
    _unshare(obj)
    # Materials made for an earlier style stay: the artist may have worked on them.
    for tree in [] if over else _take_out_all(obj, kept=list(groups.values())):
        remove_group(tree, keep_images=True)
    if not obj.material_slots and image is not None:
        obj.data.materials.append(_new_material(f"{obj.name} NST", "appended"))
    chosen = [
        (slot, each)
        for slot, each in zip(obj.material_slots, images or [image], strict=False)
        if each is not None
    ]
    _fill_empty(obj, (slot for slot, _ in chosen))
    for slot, each in chosen:
        material = slot.material
        _switch_nodes_on(material)
        if not _wears(material, groups):
            if each.name not in groups:
                make = unlit_group if unlit else make_group
                groups[each.name] = make(each, uv_map, (reliefs or {}).get(each.name))
            _wear(material, groups[each.name])
    return groups.get(image.name) if image is not None else None


def apply_sphere(obj: Any, group: Any, slots: Collection[int] | None = None) -> list[Any]:
    """Put a painted sphere on materials of an object, in place of earlier styles there; returns its nodes.

    slots: by their number; None for all. Empty slots and shared materials as in ``apply_style``. An object
    that is deformed remembers its rest position from now on, so that the paint sticks to it.
    Raises JobError ("material_unsupported").
    """
    for slot in obj.material_slots:
        material = slot.material
        if material is not None and material_uses_nodes(material) and not _outputs(material):
            raise JobError(
                "material_unsupported",
                f"The material '{material.name}' has no output that could show a sphere. "
                "Give it a Material Output.",
                Remedy.CHANGE_SETTING,
            )
    _unshare(obj)
    if _is_deformed(obj) and not obj.add_rest_position_attribute:
        obj.add_rest_position_attribute = obj[REST_MARK] = True
    if not obj.material_slots:
        obj.data.materials.append(_new_material(f"{obj.name} NST", "appended"))
    chosen = [slot for index, slot in enumerate(obj.material_slots) if slots is None or index in slots]
    _fill_empty(obj, chosen)
    nodes: dict[str, list[Any]] = {}
    earlier: dict[str, Any] = {}
    for material in dict.fromkeys(slot.material for slot in chosen):
        _switch_nodes_on(material)
        for node in style_nodes(material):
            earlier[node.node_tree.name] = node.node_tree
            take_out(material, node)
        nodes[material.name] = [insert_surface(material, output, group) for output in _outputs(material)]
    for tree in earlier.values():
        if tree != group:
            remove_group(tree, keep_images=True)
    return [node for each in nodes.values() for node in each]


def _wear(material: Any, group: Any) -> None:
    """Put a texture's group where it belongs: before the shaders that take a colour, or before the output."""
    if any(item.name == SURFACE for item in group.interface.items_tree):
        for output in _outputs(material):
            insert_surface(material, output, group)
    else:
        for socket in color_sockets(material):
            insert(material, socket, group)


def _is_deformed(obj: Any) -> bool:
    if getattr(obj.data, "shape_keys", None) is not None:
        return True
    return any(modifier.type in _DEFORMING for modifier in obj.modifiers)


def _outputs(material: Any) -> list[Any]:
    """The nodes from which renderers take a material, each once."""
    found = [material.node_tree.get_output_node(target) for target in ("ALL", "EEVEE", "CYCLES")]
    return list({node.name: node for node in found if node is not None}.values())


def _fill_empty(obj: Any, slots: Iterable[Any]) -> None:
    """Give those slots of an object that are empty one new material."""
    empty = [slot for slot in slots if slot.material is None]
    made = _new_material(f"{obj.name} NST", "slot") if empty else None
    for slot in empty:
        slot.material = made


def _switch_nodes_on(material: Any) -> None:
    if not material_uses_nodes(material):
        set_material_uses_nodes(material, True)
        material[NODES_MARK] = True


def _wears(material: Any, groups: Mapping[str, Any]) -> bool:
    names = {tree.name for tree in groups.values()}
    nodes = (node for node in material.node_tree.nodes if node.type == "GROUP")
    return any(node.node_tree is not None and node.node_tree.name in names for node in nodes)


def remove_style(obj: Any) -> int:
    """Restore what every material of an object was before; returns how many materials were changed.

    Groups and images that nothing uses any more go as well, except images with strokes that
    were never packed or saved. A material that was copied or made for the style, and that
    somebody has worked on since, stays without it.
    """
    styled = {slot.material.name for slot in obj.material_slots if style_nodes(slot.material)}
    _unshare(obj, styled_only=True)
    for tree in _take_out_all(obj):
        remove_group(tree)
    for slot in obj.material_slots:
        if slot.material is not None:
            _restore_material(slot, slot.material)
    _drop_made_slot(obj)
    if obj.pop(REST_MARK, None):
        obj.add_rest_position_attribute = False
    return len(styled)


def has_style(obj: Any) -> bool:
    """Whether a material of the object carries a stylized texture."""
    return any(style_nodes(slot.material) for slot in obj.material_slots)


def strength_sockets(obj: Any) -> list[tuple[str, Any]]:
    """(material name, socket) of every strength slider on an object, each material once."""
    return [(name, node.inputs[STRENGTH]) for name, node in _first_nodes(obj).items()]


def relief_sockets(obj: Any) -> list[tuple[str, Any, Any]]:
    """(material name, Relief, Gloss) of those among the same materials whose paint has a relief."""
    nodes = _first_nodes(obj)
    return [
        (name, node.inputs[RELIEF], node.inputs[GLOSS])
        for name, node in nodes.items()
        if RELIEF in node.inputs
    ]


def _first_nodes(obj: Any) -> dict[str, Any]:
    nodes: dict[str, Any] = {}
    for slot in obj.material_slots:
        for node in style_nodes(slot.material):
            nodes.setdefault(slot.material.name, node)
    return nodes


def _unshare(obj: Any, styled_only: bool = False) -> None:
    """Give the object its own copies of the materials that other meshes show, or that another file owns."""
    own: dict[Any, Any] = {}
    for slot in obj.material_slots:
        material = slot.material
        if material is None or (styled_only and not style_nodes(material)):
            continue
        if material not in own:
            own[material] = _copy(material) if _shared(material, obj) else material
        if own[material] != material:
            slot.material = own[material]


def _take_out_all(obj: Any, kept: Sequence[Any] = ()) -> list[Any]:
    """Take the style out of an object's materials, except of some groups; returns the groups that it was."""
    trees: dict[str, Any] = {}
    for slot in obj.material_slots:
        for node in style_nodes(slot.material):
            if node.node_tree in kept:
                continue
            trees[node.node_tree.name] = node.node_tree
            take_out(slot.material, node)
    return list(trees.values())


def restore_made(obj: Any, slot: Any) -> None:
    """Take away a material that was made for a style, and its slot if that was made too."""
    _restore_material(slot, slot.material)
    _drop_made_slot(obj)


def _restore_material(slot: Any, material: Any) -> None:
    if material.get(NODES_MARK):
        set_material_uses_nodes(material, False)
        del material[NODES_MARK]
    if COPY_MARK in material:
        original = _first_original(material)
        # An original with a style of its own, put there since, is not what was here before.
        if original is None or style_nodes(original) or not same_material(material, original, MARKS):
            del material[COPY_MARK]
            return
        slot.material = original
    elif material.get(MADE_MARK) == "slot":
        if not _untouched(material):
            del material[MADE_MARK]
            return
        slot.material = None
    else:
        return
    if material.users == 0:
        bpy.data.materials.remove(material)


def with_copies(name: str) -> tuple[str, ...]:
    """The names of a material and of the copies of it that wear a style, sorted; empty if there are none."""
    wanted = bpy.data.materials.get(name)
    copies = {
        each.name for each in bpy.data.materials if COPY_MARK in each and _first_original(each) == wanted
    }
    return tuple(sorted({name, *copies})) if wanted is not None and copies else ()


def _first_original(material: Any) -> Any:
    """What a copy, or a copy of a copy, was made of; None if that has been deleted."""
    seen = set()
    while material is not None and COPY_MARK in material and material not in seen:
        seen.add(material)
        material = material[COPY_MARK]
    return material


def _drop_made_slot(obj: Any) -> None:
    slots = obj.material_slots
    if len(slots) != 1 or slots[0].material is None or slots[0].material.get(MADE_MARK) != "appended":
        return
    material = slots[0].material
    if not _untouched(material):
        del material[MADE_MARK]
        return
    obj.data.materials.clear()  # pop() leaves the object with an empty slot
    if material.users == 0:
        bpy.data.materials.remove(material)


def _untouched(material: Any) -> bool:
    """Whether a material that was made for a style is still as it was made."""
    fresh = _new_material("NST new", "")
    try:
        return same_material(material, fresh, MARKS)
    finally:
        bpy.data.materials.remove(fresh)


def _new_material(name: str, made: str) -> Any:
    material = bpy.data.materials.new(name)
    set_material_uses_nodes(material, True)
    material[MADE_MARK] = made
    return material


def _copy(material: Any) -> Any:
    """A copy that knows its original, except of a material that was itself made for a style."""
    copy = material.copy()
    copy.name = material.name if material.name.endswith(" NST") else f"{material.name} NST"
    if MADE_MARK not in copy:
        copy[COPY_MARK] = _first_original(material) or material
    return copy


def _shared(material: Any, obj: Any) -> bool:
    """Whether a mesh other than the object's uses the material, or it is another file's."""
    if material.library is not None or material.override_library is not None:
        return True
    return any(
        other.data is not obj.data and any(slot.material is material for slot in other.material_slots)
        for other in bpy.data.objects
        if other.type not in ("EMPTY", "LIGHT", "CAMERA")
    )
