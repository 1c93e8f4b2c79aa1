"""The Blender add-on. It uses bpy and the standard library; the engine is another process.

Modules that touch bpy are imported when Blender registers the add-on, so that the
engine's client can be used and tested where there is no bpy.
"""

from __future__ import annotations


def register() -> None:
    """Make the classes, properties, session and shell command known to Blender."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Take everything back: classes, handlers, timers, previews and the engine's process."""
    from . import registration

    registration.unregister()
