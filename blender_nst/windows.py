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


def viewport(context: Any) -> Any:
    """The 3D viewport that a context is in, or else the largest of its window; None without one."""
    space = context.space_data
    if space is not None and space.type == "VIEW_3D":
        return space
    areas = context.screen.areas if context.screen is not None else ()
    views = [area for area in areas if area.type == "VIEW_3D"]
    return max(views, key=lambda area: area.width * area.height).spaces.active if views else None


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


def open_for_painting(context: Any, image: Any) -> None:
    """Show an image in an Image Editor in Paint mode: one that is there, or half of the largest viewport.

    Editors in which the artist looks at something else stay as they are as long as another one is free. In
    background there is no editor.
    """
    window = context.window
    if window is None:
        return
    areas = [area for area in window.screen.areas if area.ui_type == "IMAGE_EDITOR"]
    areas.sort(key=lambda area: _in_use(area.spaces.active, image))
    area = areas[0] if areas else _split(context, window)
    if area is None:
        return
    space = area.spaces.active
    space.image, space.mode = image, "PAINT"
    area.tag_redraw()


def _in_use(space: Any, image: Any) -> int:
    """How much an artist would miss what an Image Editor shows."""
    shown = space.image
    if shown == image:
        return 0
    if shown is None or shown.type == "RENDER_RESULT":
        return 1
    return 2 if space.mode == "VIEW" else 3


def _split(context: Any, window: Any) -> Any:
    """A new Image Editor in the left half of the largest viewport; None without a viewport."""
    viewports = [area for area in window.screen.areas if area.type == "VIEW_3D"]
    if not viewports:
        return None
    area = max(viewports, key=lambda each: each.width * each.height)
    before = list(window.screen.areas)
    with context.temp_override(window=window, area=area):
        bpy.ops.screen.area_split(direction="VERTICAL", factor=0.5)
    new = next(each for each in window.screen.areas if each not in before)
    left = min((area, new), key=lambda each: each.x)
    left.ui_type = "IMAGE_EDITOR"
    left.spaces.active.uv_editor.show_uv = False  # of whatever is active, over what is painted
    return left
