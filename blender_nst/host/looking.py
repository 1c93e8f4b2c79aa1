"""A viewport in which one looks around in the world, and what it showed before.

What it showed is kept on its screen, which undo does not change.
"""

from __future__ import annotations

from typing import Any

import bpy

_MARK = "nst_looking"


def show_world(space: Any) -> None:
    """Let a viewport show the world behind things."""
    space.shading.type = "MATERIAL"
    space.shading.use_scene_world = True
    if space.region_3d.view_perspective == "ORTHO":  # which looks the same way everywhere
        space.region_3d.view_perspective = "PERSP"


def look_around(screen: Any, space: Any, turn: Any) -> None:
    """Let a viewport show nothing but the world, at first as a camera that is turned so (a quaternion)."""
    look_away()
    screen[_MARK] = {
        "kinds": [kind for kind in _kinds(space) if getattr(space, kind)],
        "shading": space.shading.type,
        "world": space.shading.use_scene_world,
        "overlays": space.overlay.show_overlays,
        "perspective": space.region_3d.view_perspective,
        "turn": list(space.region_3d.view_rotation),
    }
    for kind in _kinds(space):
        setattr(space, kind, False)
    space.overlay.show_overlays = False
    show_world(space)
    space.region_3d.view_perspective = "PERSP"
    space.region_3d.view_rotation = turn


def look_away() -> None:
    """Let viewports show what they showed before ``look_around``."""
    for screen in bpy.data.screens:
        if _MARK not in screen:
            continue
        before = screen[_MARK].to_dict()
        for space in (area.spaces.active for area in screen.areas if area.type == "VIEW_3D"):
            if not any(getattr(space, kind) for kind in _kinds(space)):  # it is this one
                for kind in before["kinds"]:
                    setattr(space, kind, True)
                space.shading.type, space.shading.use_scene_world = before["shading"], bool(before["world"])
                space.overlay.show_overlays = bool(before["overlays"])
                space.region_3d.view_rotation = before["turn"]
                space.region_3d.view_perspective = before["perspective"]
        del screen[_MARK]


def _kinds(space: Any) -> list[str]:
    """What a viewport may hide."""
    return [name for name in space.bl_rna.properties.keys() if name.startswith("show_object_viewport_")]  # noqa: SIM118
