"""How many textures an object takes: one for all of its materials, or one for each of them.

Materials share a texture as long as their faces have places of their own in it. Where the faces of different
materials lie over each other in the UV map, as they do when each was made with a texture of its own, each
gets its own again.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..compat import session_uid
from .base import BaseColor, base_color
from .meshes import MeshData, has_area, has_uv_area
from .slots import ShownSlots

ROWS = 256  # of the grid on which overlaps are measured, for each UV tile
NO_MATERIAL = "no material"
OVERLAP = 0.05  # of the smaller material's area, from which on two materials do not share a texture


@dataclass(frozen=True)
class Layout:
    """One texture of an object.

    slots: the object's own slots whose faces it shows. base: what these show now. material: name of
    the material that has it to itself; empty if it is everybody's.
    """

    slots: tuple[int, ...]
    base: BaseColor
    material: str = ""

    @property
    def tiled(self) -> bool:
        """Whether it is made of UDIM tiles, as the texture before is."""
        return self.base.image is not None and self.base.image.source == "TILED"


def slots_with_area(obj: Any, mesh: MeshData, shown: ShownSlots) -> ShownSlots:
    """The slots without those of whose faces none has an area both in the world and in the UV map.

    There is nothing to paint on these; notes say so. If that leaves none, the slots as they are.
    """
    flat = set(shown.own)
    for face, slot in enumerate(mesh.slots):
        own = shown.slot_of(slot)
        if own in flat and has_area(mesh, face) and has_uv_area(mesh, face):
            flat.discard(own)
            if not flat:
                return shown
    left = tuple(slot for slot in shown.own if slot not in flat)
    if not left:
        return shown
    notes = tuple(
        f"The faces of '{obj.name}' with {_named(obj, slot)} have no area, or none in the UV map, "
        "so they are not painted."
        for slot in sorted(flat)
    )
    return replace(shown, own=left, notes=(*shown.notes, *notes))


def layouts_of(obj: Any, mesh: MeshData, shown: ShownSlots) -> tuple[Layout, ...]:
    """The textures of an object, at least one; ``sheet_of_faces`` says which faces are whose."""
    sharing = _by_material(obj, shown.own)
    whole = base_color(obj, shown.own, mesh.uv_map)
    if len(sharing) < 2:
        return (Layout(shown.own, whole),)
    bases = [base_color(obj, slots, mesh.uv_map) for slots in sharing]
    parts = tuple(
        Layout(slots, base, _name(obj, slots[0])) for slots, base in zip(sharing, bases, strict=True)
    )
    # Tiles cannot be baked, so a texture of tiles beside other colours stays with its material.
    if (whole.needs_bake and any(part.tiled for part in parts)) or _overlap(mesh, shown, parts):
        return parts
    return (Layout(shown.own, whole),)


def sheet_of_faces(mesh: MeshData, shown: ShownSlots, layouts: Sequence[Layout], first: int) -> array[int]:
    """The sheet of each triangle, counted from ``first``, where faces that show no slot go, too."""
    sheet = {slot: first + number for number, layout in enumerate(layouts) for slot in layout.slots}
    of_slot = {slot: sheet.get(shown.slot_of(slot), first) for slot in set(mesh.slots)}
    return array("i", map(of_slot.__getitem__, mesh.slots))


def sheet_of_materials(obj: Any, layouts: Sequence[Layout], first: int) -> dict[int, int]:
    """The sheet of each of the object's materials by ``session_uid``, 0 for empty slots and all others."""
    if len(layouts) == 1:
        return {0: first}
    found = {}
    for slot, sheet in sheet_of_slots(layouts, first).items():
        if slot < len(obj.material_slots):
            material = obj.material_slots[slot].material
            found[session_uid(material) if material is not None else 0] = sheet
    return found


def sheet_of_slots(layouts: Sequence[Layout], first: int) -> dict[int, int]:
    """The sheet of each of the object's slots that faces show, if there are several."""
    if len(layouts) == 1:
        return {}
    return {slot: first + number for number, layout in enumerate(layouts) for slot in layout.slots}


def sheets_now(obj: Any, materials: Mapping[int, int], slots: Mapping[int, int]) -> dict[int, int]:
    """The sheet of each of the object's slots as they are now.

    materials, slots: as of ``sheet_of_materials`` and ``sheet_of_slots`` when they were painted.
    A material goes where it has been moved to. One that has come since, as a copy of its own does, takes what
    its slot was painted with.
    """
    found = {}
    for index, slot in enumerate(obj.material_slots):
        known = materials.get(session_uid(slot.material)) if slot.material is not None else None
        sheet = known if known is not None else slots.get(index, materials.get(0))
        if sheet is not None:
            found[index] = sheet
    return found


def _by_material(obj: Any, slots: Iterable[int]) -> list[tuple[int, ...]]:
    """The slots, those with the same material together."""
    found: dict[Any, list[int]] = {}
    for slot in slots:
        material = obj.material_slots[slot].material if slot < len(obj.material_slots) else None
        found.setdefault(material, []).append(slot)
    return [tuple(each) for each in found.values()]


def _name(obj: Any, slot: int) -> str:
    material = obj.material_slots[slot].material if slot < len(obj.material_slots) else None
    return str(material.name) if material is not None else NO_MATERIAL


def _named(obj: Any, slot: int) -> str:
    name = _name(obj, slot)
    return name if name == NO_MATERIAL else f"the material '{name}'"


def _overlap(mesh: MeshData, shown: ShownSlots, parts: Sequence[Layout]) -> bool:
    """Whether faces of two parts lie over each other in the UV map by more than OVERLAP."""
    part = {slot: number for number, layout in enumerate(parts) for slot in layout.slots}
    grids: list[dict[tuple[int, ...], int]] = [{} for _ in parts]
    for face, slot in enumerate(mesh.slots):
        number = part.get(shown.slot_of(slot))
        if number is not None:
            _draw(mesh.uvs[6 * face : 6 * face + 6], grids[number])
    areas = [sum(row.bit_count() for row in grid.values()) for grid in grids]
    for number, one in enumerate(grids):
        for other in range(number):
            common = sum((row & grids[other].get(key, 0)).bit_count() for key, row in one.items())
            if common > OVERLAP * min(areas[number], areas[other]):
                return True
    return False


def _draw(uvs: Sequence[float], grid: dict[tuple[int, ...], int]) -> None:
    """Set the bits of the cells with their middle in a triangle: a row of a tile is a number of ROWS bits."""
    tile_u, tile_v = (math.floor(sum(uvs[axis::2]) / 3) for axis in (0, 1))
    points = [((uvs[k] - tile_u) * ROWS, (uvs[k + 1] - tile_v) * ROWS) for k in (0, 2, 4)]
    edges = [(points[k], points[(k + 1) % 3]) for k in range(3)]
    low, high = min(y for _, y in points), max(y for _, y in points)
    for row in range(max(0, math.ceil(low - 0.5)), min(ROWS - 1, math.floor(high - 0.5)) + 1):
        y = row + 0.5
        across = [
            x0 + (x1 - x0) * (y - y0) / (y1 - y0) for (x0, y0), (x1, y1) in edges if (y0 <= y) != (y1 <= y)
        ]
        if len(across) < 2:
            continue
        start = max(0, math.ceil(min(across) - 0.5))
        end = min(ROWS, math.ceil(max(across) - 0.5))
        if end > start:
            key = (tile_u, tile_v, row)
            grid[key] = grid.get(key, 0) | ((1 << end) - (1 << start))
