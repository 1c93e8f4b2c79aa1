"""Operators on what the panels say: dismiss it, open the folder of kept files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..identity import EXTENSION
from ..session import get_session


class NST_OT_dismiss_notice(bpy.types.Operator):
    """Dismiss this message"""

    bl_idname = "nst.dismiss_notice"
    bl_label = "Dismiss"
    bl_options = {"INTERNAL"}

    engine: bpy.props.BoolProperty(options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Clear the panel's message, or the preferences'."""
        session = get_session()
        if self.engine:
            session.engine_notice = None
        else:
            session.notice = None
        return {"FINISHED"}


class NST_OT_open_folder(bpy.types.Operator):
    """Open the folder in which the job's files were kept"""

    bl_idname = "nst.open_folder"
    bl_label = "Open Folder"
    bl_options = {"INTERNAL"}

    folder: bpy.props.StringProperty(options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Show the folder in the system's file manager."""
        if not Path(self.folder).is_dir():
            self.report({"ERROR"}, f"The folder is not there any more: {self.folder}")
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=self.folder)
        return {"FINISHED"}


class NST_OT_open_preferences(bpy.types.Operator):
    """Open this add-on's preferences, where the engine is set up"""

    bl_idname = "nst.open_preferences"
    bl_label = "Open Preferences"
    bl_options = {"INTERNAL"}

    def execute(self, context: Any) -> set[str]:
        """Show the add-on's entry in the preferences window."""
        if EXTENSION not in context.preferences.addons:
            self.report(
                {"ERROR"}, "Set NST_ENGINE_PYTHON: the add-on runs from source and has no preferences"
            )
            return {"CANCELLED"}
        bpy.ops.preferences.addon_show(module=EXTENSION)
        return {"FINISHED"}


CLASSES = (NST_OT_dismiss_notice, NST_OT_open_folder, NST_OT_open_preferences)
