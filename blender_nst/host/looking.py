"""A viewport in which one looks around in the world, and what it showed before.

What it showed is kept on its workspace, which undo does not change and which a maximized area does not leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bpy

from .panorama import panorama_node

_MARK = "nst_looking"


def show_world(space: Any) -> None:
    """Let a viewport show the world behind things."""
    space.shading.type = "MATERIAL"
    space.shading.use_scene_world = True
    if space.region_3d.view_perspective == "ORTHO":  # which looks the same way everywhere
        space.region_3d.view_perspective = "PERSP"


def look_around(workspace: Any, space: Any, turn: Any) -> None:
    """Let a viewport show nothing but the world, at first as a camera that is turned so (a quaternion)."""
    look_away()
    workspace[_MARK] = {
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


def is_looking() -> bool:
    """Whether a viewport shows nothing but the world."""
    return any(_MARK in workspace for workspace in bpy.data.workspaces)


def look_away() -> None:
    """Let viewports show what they showed before ``look_around``."""
    for workspace in bpy.data.workspaces:
        if _MARK in workspace:
            before = workspace[_MARK].to_dict()
            for space in _looking(workspace, before["kinds"]):
                _restore(space, before)
            del workspace[_MARK]


def look_away_if_over() -> None:
    """``look_away`` where no world shows a panorama any more: it was undone, or another file's."""
    if all(panorama_node(scene.world) is None for scene in bpy.data.scenes):
        look_away()


def _looking(workspace: Any, kinds: Sequence[str]) -> list[Any]:
    """The viewports of a workspace that hide the most, also behind other editors: one may have been split.

    kinds: that were shown before. The artist may have shown some of them again.
    """
    areas = [area for screen in workspace.screens for area in screen.areas]
    spaces = [space for area in areas for space in area.spaces if space.type == "VIEW_3D"]
    shown = [sum(getattr(space, kind) for kind in kinds) for space in spaces]
    fewest = min(shown, default=0)
    if kinds and fewest == len(kinds):  # it was closed
        return []
    return [space for space, count in zip(spaces, shown, strict=True) if count == fewest]


def _restore(space: Any, before: Mapping[str, Any]) -> None:
    for kind in before["kinds"]:
        setattr(space, kind, True)
    space.shading.type, space.shading.use_scene_world = before["shading"], bool(before["world"])
    space.overlay.show_overlays = bool(before["overlays"])
    space.region_3d.view_rotation = before["turn"]
    space.region_3d.view_perspective = before["perspective"]


def _kinds(space: Any) -> list[str]:
    """What a viewport may hide."""
    return [name for name in space.bl_rna.properties.keys() if name.startswith("show_object_viewport_")]  # noqa: SIM118
