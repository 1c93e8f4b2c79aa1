"""Every difference between Blender 4.2 and 5.2 that the add-on meets. Nothing else compares versions."""

from __future__ import annotations

from typing import Any

import bpy

MATERIALS_ALWAYS_HAVE_NODES = bpy.app.version >= (5, 0, 0)


def eevee_engine() -> str:
    """The identifier of EEVEE in ``scene.render.engine``."""
    return "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"


def material_uses_nodes(material: Any) -> bool:
    """Whether the material is drawn by its nodes. Always so from 5.0 on."""
    return MATERIALS_ALWAYS_HAVE_NODES or bool(material.use_nodes)


def set_material_uses_nodes(material: Any, value: bool) -> None:
    """Switch a material's nodes on or off where that still exists; setting it warns from 5.0 on."""
    if not MATERIALS_ALWAYS_HAVE_NODES:
        material.use_nodes = value


def session_uid(data_block: Any) -> int:
    """What names a data-block until Blender closes, through renames and undo; 0 if there is nothing."""
    return int(getattr(data_block, "session_uid", 0))
