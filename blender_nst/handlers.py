"""What Blender tells the add-on by itself: that a file is opened or saved, that something is undone."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from .session import get_session


@persistent
def nst_file_closes(_path: Any, _unused: Any = None) -> None:
    """Stop the jobs of the file that is about to go."""
    get_session().file_closes()


@persistent
def nst_file_opened(_path: Any, _unused: Any = None) -> None:
    """Keep an engine's installation going; it belongs to no file."""
    session = get_session()
    session.live.hide()  # of a file that was saved without a word, as recovery files are
    if session.queue.busy or session.engine_task is not None:
        session.wake()


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
    bpy.app.handlers.load_pre.append(nst_file_closes)
    bpy.app.handlers.load_post.append(nst_file_opened)
    for name in _HIDING:
        getattr(bpy.app.handlers, name).append(nst_hide_live)


def unregister() -> None:
    """Remove the handlers."""
    bpy.app.handlers.load_pre.remove(nst_file_closes)
    bpy.app.handlers.load_post.remove(nst_file_opened)
    for name in _HIDING:
        getattr(bpy.app.handlers, name).remove(nst_hide_live)
