"""The add-on's preferences: which Python runs the engine, and what is known about it."""

from __future__ import annotations

import json
from typing import Any

import bpy

from .engine.install import environment_folder
from .engine.locate import venv_python
from .engine.steps import EngineReport
from .identity import EXTENSION
from .panels.engine import draw_engine
from .storage import engine_folder


class NST_AP_Preferences(bpy.types.AddonPreferences):
    """The engine page."""

    bl_idname = EXTENSION

    source: bpy.props.EnumProperty(
        name="Engine",
        items=[
            ("NONE", "Not Set Up", "No engine yet"),
            ("INSTALLED", "Installed", "The engine that this add-on has installed"),
            ("EXISTING", "Existing Python", "A Python that has the engine's packages"),
        ],
        default="NONE",
        options={"HIDDEN"},
    )
    python_path: bpy.props.StringProperty(name="Python", subtype="FILE_PATH", default="", options={"HIDDEN"})
    report: bpy.props.StringProperty(
        name="Report", description="What the last check has found (JSON)", default="", options={"HIDDEN"}
    )
    fault: bpy.props.StringProperty(
        name="Fault", description="Why the last check has failed", default="", options={"HIDDEN"}
    )

    def draw(self, context: Any) -> None:
        """Draw the engine page."""
        draw_engine(self.layout, context, self)

    def engine_python(self) -> str:
        """The Python that is set; empty when none is."""
        if self.source == "INSTALLED":
            return str(venv_python(environment_folder(engine_folder())))
        return str(self.python_path) if self.source == "EXISTING" else ""

    def known(self) -> EngineReport | None:
        """The last check's report."""
        return EngineReport(json.loads(self.report)) if self.report else None

    def set_engine(
        self, source: str, python_path: str = "", report: EngineReport | None = None, fault: str = ""
    ) -> None:
        """Remember an engine and how its check went."""
        self.source = source
        self.python_path = python_path
        self.report = json.dumps(report) if report is not None else ""
        self.fault = fault
        bpy.context.preferences.is_dirty = True  # so that Blender saves them on exit


def get_preferences(context: Any) -> Any:
    """The add-on's preferences; None when it runs from source, outside the extension system."""
    addon = context.preferences.addons.get(EXTENSION)
    return addon.preferences if addon is not None else None
