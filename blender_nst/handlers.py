"""What Blender tells the add-on by itself: that a file is opened or saved, that something is undone."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from .session import get_session


@persistent
def nst_file_opened(_path: Any, _unused: Any = None) -> None:
    """Stop the jobs of the file that has gone. Where none could be opened, it and they are still there."""
    get_session().file_opened()


@persistent
def nst_hide_live(_scene: Any, _unused: Any = None) -> None:
    """Keep what a model wears only for the time being out of files; let undo find the scene as it left it."""
    get_session().live.hide()


@persistent
def nst_undone(_scene: Any, _unused: Any = None) -> None:
    """Keep what was only for the time being out of the state that has come back."""
    get_session().undone()


_CALLED = {
    "load_post": nst_file_opened,
    "save_pre": nst_hide_live,
    "undo_pre": nst_hide_live,
    "undo_post": nst_undone,
    "redo_pre": nst_hide_live,
    "redo_post": nst_undone,
}


def register() -> None:
    """Append the handlers."""
    for name, handler in _CALLED.items():
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    """Remove the handlers."""
    for name, handler in _CALLED.items():
        getattr(bpy.app.handlers, name).remove(handler)
