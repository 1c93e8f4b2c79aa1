"""Blender's windows, as a timer that has none of its own sees them."""

from __future__ import annotations

from typing import Any

import bpy

from .host.images import play


def push_undo(message: str) -> None:
    """One undo step for what was just written. Timers have no window of their own.

    In Edit Mode Blender remembers the mesh alone, as with every change of a material there:
    undoing this step leaves the texture, and Remove Style takes it off. Leaving the mode for
    the step could break into an operator that the artist is in the middle of.
    """
    windows = bpy.context.window_manager.windows
    if bpy.app.background or not windows:
        return
    with bpy.context.temp_override(window=windows[0]):
        bpy.ops.ed.undo_push(message=message)


def redraw() -> None:
    """Redraw the sidebars, the properties and the preferences, not what viewports and images show."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("PREFERENCES", "PROPERTIES"):
                area.tag_redraw()
            elif area.type in ("VIEW_3D", "IMAGE_EDITOR"):
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()


def redraw_viewports() -> None:
    """Redraw what the viewports show."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def show_image(image: Any, instead_of: Any = None, frames: range | None = None) -> None:
    """Show an image in an Image Editor that shows a render, nothing, or the image that it is ``instead_of``.

    frames: of the scene, that an image shows which plays. Editors in which the artist looks at something
    else, paints or unwraps stay as they are.
    """
    found = [
        area.spaces.active
        for window in bpy.context.window_manager.windows
        for area in window.screen.areas
        if area.type == "IMAGE_EDITOR" and area.ui_type == "IMAGE_EDITOR"
    ]
    free = [
        space
        for space in found
        if space.mode == "VIEW"
        and (space.image is None or space.image == instead_of or space.image.type == "RENDER_RESULT")
    ]
    for space in free:
        space.image = image
        if frames is not None:
            play(space.image_user, frames)
