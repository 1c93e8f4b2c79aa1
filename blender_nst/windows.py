"""Blender's windows, as a timer that has none of its own sees them."""

from __future__ import annotations

import bpy


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
    """Redraw the sidebars and the preferences, not the viewports themselves."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()
            elif area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()


def redraw_viewports() -> None:
    """Redraw what the viewports show."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
