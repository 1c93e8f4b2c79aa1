"""What Blender tells the add-on by itself: that another file is being opened."""

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
    if session.queue.busy or session.engine_task is not None:
        session.wake()


def register() -> None:
    """Append the handlers."""
    bpy.app.handlers.load_pre.append(nst_file_closes)
    bpy.app.handlers.load_post.append(nst_file_opened)


def unregister() -> None:
    """Remove the handlers."""
    bpy.app.handlers.load_pre.remove(nst_file_closes)
    bpy.app.handlers.load_post.remove(nst_file_opened)
