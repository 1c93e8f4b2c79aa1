"""Which of an object's material slots the faces show, once its modifiers have done their work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...core.protocol import JobError, Remedy

NONE = -1  # instead of a slot: the object has none with this material


@dataclass(frozen=True)
class ShownSlots:
    """own: the object's slots that faces show, at least one. notes: sentences about faces that show none.

    moved: the object's slot for slots of the evaluated object that have another number there.
    """

    own: tuple[int, ...]
    notes: tuple[str, ...] = ()
    moved: Mapping[int, int] = field(default_factory=dict, compare=False)

    def slot_of(self, evaluated: int) -> int:
        """The object's own slot for the slot that a face uses."""
        return self.moved.get(evaluated, evaluated)


def shown_materials(obj: Any, depsgraph: Any) -> list[Any]:
    """The materials of the evaluated object's slots, as they are in the file; None for an empty slot."""
    found = [slot.material for slot in obj.evaluated_get(depsgraph).material_slots]
    return [material.original if material is not None else None for material in found]


def shown_slots(obj: Any, depsgraph: Any, used: Iterable[int]) -> ShownSlots:
    """The object's own slots for the evaluated slots that faces use.

    A texture is written into the object's own materials, so a material that geometry nodes
    give to faces has to be among them; it may have moved to another slot. Raises JobError
    ("material_unsupported") if no face shows one of them.
    """
    shown = shown_materials(obj, depsgraph)
    if not shown:  # no materials at all: a slot that is made now will be seen
        return ShownSlots(tuple(used))
    own = [slot.material for slot in obj.material_slots]
    moved: dict[int, int] = {}
    foreign: list[Any] = []
    for slot in sorted(set(used)):
        index = min(slot, len(shown) - 1)  # Blender shows the last one too
        material = shown[index]
        if index < len(own) and own[index] == material:
            moved[slot] = index
        elif material in own:
            moved[slot] = own.index(material)
        else:
            moved[slot] = NONE
            foreign.append(material)
    found = sorted({slot for slot in moved.values() if slot != NONE})
    if not found:
        raise JobError("material_unsupported", _refusal(obj, foreign[0]), Remedy.CHANGE_SETTING)
    return ShownSlots(tuple(found), tuple(_note(material) for material in dict.fromkeys(foreign)), moved)


def _refusal(obj: Any, material: Any) -> str:
    if material is None:
        return (
            f"The modifiers of '{obj.name}' make faces without a material, so a texture would not be seen "
            "on them. Give them one of the object's materials with a Set Material node, "
            "or apply the modifiers."
        )
    return (
        f"The modifiers of '{obj.name}' give its faces the material '{material.name}', which is in none of "
        "the object's material slots, so a texture would not be seen. Add a slot with that material, "
        "or apply the modifiers."
    )


def _note(material: Any) -> str:
    if material is None:
        return "Faces to which the modifiers give no material do not show the texture."
    return (
        f"Faces to which the modifiers give the material '{material.name}' do not show the texture; "
        "add a slot with it to the object."
    )
