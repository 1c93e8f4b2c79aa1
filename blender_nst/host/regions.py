"""Regions of objects that Blender knows already, as masks of the engine's mesh file.

A region is named as on the command line: "group:Face", "color:Paint", "faceset:3", "material:Skin". It
becomes the attribute "mask.group:Face" of the mesh file, a value in [0, 1] for each corner of each triangle.
"""

from __future__ import annotations

import difflib
from array import array
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ...core.protocol import MASK_ATTRIBUTE, MESH_MASK, Controls, JobError, Mask, Remedy
from .meshes import Corners, Numbers

FACE_SETS = ".sculpt_face_set"
LEAST = 1 / 255  # that a region has somewhere, or else it is empty
LUMINANCE = (0.2126, 0.7152, 0.0722)  # of red, green and blue (Rec. 709)
LISTED = 12  # names that an error lists, at most

_WORDS = {
    "group": ("vertex group", "Assign vertices to it, or paint weights."),
    "color": ("colour attribute", "Paint it white where the style belongs."),
    "faceset": ("face set", "Draw one in Sculpt Mode."),
    "material": ("material", "Assign faces to it."),
}


class Regions:
    """Reads the regions that masks name, of one object after another.

    An object that lacks one has 0 there; that all lack it, or are 0 all over, is an error.
    """

    def __init__(self, masks: Iterable[Mask]) -> None:
        self._masks = {mask.mask: mask for mask in masks if mask.kind}
        for mask in self._masks.values():
            _check_kind(mask)
        self._objects: list[str] = []
        self._known: dict[str, list[str]] = {}
        self._found: set[str] = set()
        self._filled: set[str] = set()

    def read(self, evaluated: Any, mesh: Any, corners: Corners) -> dict[str, Numbers]:
        """The attributes of an evaluated object's mesh."""
        self._objects.append(evaluated.name)
        attributes: dict[str, Numbers] = {}
        for mask in self._masks.values():
            names = self._known.setdefault(mask.kind, [])
            names.extend(name for name in _names(evaluated, mesh, mask.kind) if name not in names)
            values = _values(evaluated, mesh, corners, mask)
            if values is None:
                values = array("f", bytes(4 * len(corners.vertices)))
            else:
                self._found.add(mask.mask)
            if max(values, default=0.0) >= LEAST:
                self._filled.add(mask.mask)
            attributes[MASK_ATTRIBUTE + _key(mask)] = (values, (len(corners.polygons), 3))
        return attributes

    def check(self) -> None:
        """After all objects: raise JobError ("mask_missing", "mask_empty") for a region that is nowhere."""
        who = " and ".join(f"'{name}'" for name in self._objects[:3])
        for mask in self._masks.values():
            word, help_ = _WORDS[mask.kind]
            if mask.mask not in self._found:
                known = self._known.get(mask.kind, [])
                near = difflib.get_close_matches(mask.name, known, 1)
                hint = f" Did you mean {near[0]}?" if near else ""
                listed = f"{', '.join(known[:LISTED])}{', ...' if len(known) > LISTED else ''}"
                has = f"There is: {listed}.{hint}" if known else f"There is none. {help_}"
                raise JobError(
                    "mask_missing",
                    f"{who} has no {word} called '{mask.name}'. {has}",
                    Remedy.CHANGE_SETTING,
                )
            if mask.mask not in self._filled:
                raise JobError(
                    "mask_empty",
                    f"Nothing of {who} is in the {word} '{mask.name}', so nothing would be painted with its "
                    f"style. {help_}",
                    Remedy.CHANGE_SETTING,
                )


def with_regions(controls: Controls) -> Controls:
    """The controls for the engine, which finds regions in the mesh file."""
    masks = (
        replace(mask, mask=f"{MESH_MASK}:{_key(mask)}") if mask.kind else mask for mask in controls.masks
    )
    return replace(controls, masks=tuple(masks))


def face_sets(obj: Any) -> dict[int, int]:
    """The face sets of an object in any mode: how many faces each number has."""
    if obj.mode == "EDIT":
        obj.update_from_editmode()
    mesh = obj.to_mesh()  # in Edit Mode, that of the object shows no attributes
    try:
        values = _face_sets(mesh)
    finally:
        obj.to_mesh_clear()
    counts: dict[int, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items()))


def _check_kind(mask: Mask) -> None:
    if mask.kind not in _WORDS:
        known = ", ".join(f"{kind}:NAME" for kind in _WORDS)
        raise JobError(
            "bad_job",
            f"The mask '{mask.mask}' is one of a mesh file; in Blender it is a picture or {known}.",
            Remedy.CHANGE_SETTING,
        )
    if mask.kind == "faceset" and not mask.name.removeprefix("-").isdecimal():
        raise JobError(
            "bad_job",
            f"The mask is '{mask.mask}'; a face set has a number, as in 'faceset:3'.",
            Remedy.CHANGE_SETTING,
        )


def _key(mask: Mask) -> str:
    return mask.mask.replace("\\", "/")  # which archives have on some systems for the other


def _names(evaluated: Any, mesh: Any, kind: str) -> list[str]:
    """What there is of a kind."""
    if kind == "group":
        return [str(group.name) for group in evaluated.vertex_groups]
    if kind == "color":
        return [str(layer.name) for layer in mesh.color_attributes]
    if kind == "faceset":
        return [str(value) for value in sorted(set(_face_sets(mesh)))]
    return [name for name in _slots(evaluated) if name]


def _values(evaluated: Any, mesh: Any, corners: Corners, mask: Mask) -> array[float] | None:
    """A region's value at each corner of each triangle; None where the object lacks the region."""
    if mask.name not in _names(evaluated, mesh, mask.kind):
        return None
    if mask.kind == "group":
        return _picked(_weights(mesh, evaluated.vertex_groups[mask.name].index), corners.vertices)
    if mask.kind == "color":
        layer = mesh.color_attributes[mask.name]
        return _picked(_light(layer), corners.vertices if layer.domain == "POINT" else corners.loops)
    if mask.kind == "faceset":
        own = array("f", (float(str(value) == mask.name) for value in _face_sets(mesh)))
        return _thrice(_picked(own, corners.polygons))
    slots = _slots(evaluated)
    index = array("i", bytes(4 * len(mesh.polygons)))
    mesh.polygons.foreach_get("material_index", index)
    last = len(slots) - 1  # Blender shows it where there is no such slot
    own = array("f", (float(slots[min(slot, last)] == mask.name) for slot in index))
    return _thrice(_picked(own, corners.polygons))


def _weights(mesh: Any, group: int) -> array[float]:
    weights = array("f", bytes(4 * len(mesh.vertices)))
    for number, vertex in enumerate(mesh.vertices):
        for element in vertex.groups:
            if element.group == group:
                weights[number] = min(1.0, max(0.0, element.weight))
    return weights


def _light(layer: Any) -> array[float]:
    """How light colours look, as brushes show them: a middle grey is 0.5."""
    colors = array("f", bytes(16 * len(layer.data)))
    layer.data.foreach_get("color_srgb", colors)
    channels = zip(colors[0::4], colors[1::4], colors[2::4], strict=True)
    red, green, blue = LUMINANCE
    return array("f", (min(1.0, max(0.0, red * r + green * g + blue * b)) for r, g, b in channels))


def _face_sets(mesh: Any) -> array[int]:
    attribute = mesh.attributes.get(FACE_SETS)
    if attribute is None:
        return array("i")
    values = array("i", bytes(4 * len(attribute.data)))
    attribute.data.foreach_get("value", values)
    return values


def _slots(evaluated: Any) -> list[str]:
    """The materials' names of the slots; empty for an empty one."""
    return [slot.material.name if slot.material is not None else "" for slot in evaluated.material_slots]


def _picked(values: array[float], index: array[int]) -> array[float]:
    return array("f", map(values.__getitem__, index))


def _thrice(values: array[float]) -> array[float]:
    """Each value for all three corners."""
    corners = array("f", bytes(12 * len(values)))
    corners[0::3] = corners[1::3] = corners[2::3] = values
    return corners
