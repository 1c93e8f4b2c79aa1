"""What a shell names: objects and frames of the scene, and files from where it is."""

from __future__ import annotations

import os
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy


def object_named(name: str) -> Any:
    """An object of the scene's file. Raises JobError ("no_object")."""
    found = bpy.data.objects.get(name)
    if found is None:
        meshes = ", ".join(sorted(obj.name for obj in bpy.data.objects if obj.type == "MESH")) or "no mesh"
        raise JobError(
            "no_object", f"The scene has no object '{name}'. It has: {meshes}.", Remedy.CHOOSE_MESH
        )
    return found


def active_object() -> Any:
    """The scene's. Raises JobError ("no_object")."""
    active = bpy.context.view_layer.objects.active
    if active is None:
        raise JobError(
            "no_object", "The scene has no active object: name one with --object.", Remedy.CHOOSE_MESH
        )
    return active


def go_to_frame(scene: Any, number: int) -> None:
    """Show a frame of a scene. Raises JobError ("usage") where Blender has none of that number."""
    frames = bpy.types.Scene.bl_rna.properties["frame_current"]
    if not frames.hard_min <= number <= frames.hard_max:
        raise JobError(
            "usage",
            f"--frame is {number}; Blender's frames are {frames.hard_min} to {frames.hard_max}.",
            Remedy.CHANGE_SETTING,
        )
    scene.frame_set(number)


def whole_path(path: str) -> str:
    """A path that was given, whole; empty where none was."""
    return os.path.abspath(path) if path else ""


def whole_folder(save_to: str) -> str:
    """A folder of the shell's, or of the scene's, in full."""
    return save_to if not save_to or save_to.startswith("//") else os.path.abspath(save_to)
