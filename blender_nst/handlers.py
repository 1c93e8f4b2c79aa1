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
    """Keep what a model wears only for the time being out of files, and out of what is undone and redone.

    Before undo, so that Blender finds the scene as it left it; after it, because the state that has come
    back may have been kept while something was worn.
    """
    get_session().live.hide()


_HIDING = ("save_pre", "undo_pre", "undo_post", "redo_pre", "redo_post")


def register() -> None:
    """Append the handlers."""
    bpy.app.handlers.load_post.append(nst_file_opened)
    for name in _HIDING:
        getattr(bpy.app.handlers, name).append(nst_hide_live)


def unregister() -> None:
    """Remove the handlers."""
    bpy.app.handlers.load_post.remove(nst_file_opened)
    for name in _HIDING:
        getattr(bpy.app.handlers, name).remove(nst_hide_live)
