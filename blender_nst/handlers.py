"""What Blender tells the add-on by itself: that files are opened or saved, things undone, scenes rendered."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import automatic
from .host.looking import look_away_if_over
from .host.style_sphere import remove_temporary
from .session import get_session


@persistent
def nst_file_opened(_path: Any, _unused: Any = None) -> None:
    """Stop the jobs of the file that has gone. Where none could be opened, it and they are still there."""
    get_session().file_opened()
    for scene in bpy.data.scenes:  # of a file that was saved in the middle of a render, without a word
        if scene.nst.render.for_engine and scene.library is None:
            scene.nst.render.for_engine = False
    look_away_if_over()  # where the window stays as it is and its scene has gone
    remove_temporary()


@persistent
def nst_hide_live(_scene: Any, _unused: Any = None) -> None:
    """Keep what a model wears only for the time being out of files; let undo find the scene as it left it."""
    get_session().live.hide()


@persistent
def nst_undone(_scene: Any, _unused: Any = None) -> None:
    """Keep what was only for the time being out of the state that has come back."""
    get_session().undone()
    look_away_if_over()
    if not get_session().awaited:
        remove_temporary()


@persistent
def nst_render_begun(scene: Any, _unused: Any = None) -> None:
    """Look whether it is to be stylized. This and the next four are called by the thread that renders."""
    automatic.begun(scene)


@persistent
def nst_frame_rendered(scene: Any, _unused: Any = None) -> None:
    """Know that there is something to stylize."""
    automatic.rendered(scene)


@persistent
def nst_frame_written(scene: Any, _unused: Any = None) -> None:
    """Keep the frame with its passes before the next takes its place."""
    automatic.written(scene)


@persistent
def nst_render_complete(scene: Any, _unused: Any = None) -> None:
    """Stylize what was rendered."""
    automatic.completed(scene)


@persistent
def nst_render_cancelled(scene: Any, _unused: Any = None) -> None:
    """Forget what was rendered."""
    automatic.cancelled(scene)


_CALLED = {
    "load_post": nst_file_opened,
    "save_pre": nst_hide_live,
    "undo_pre": nst_hide_live,
    "undo_post": nst_undone,
    "redo_pre": nst_hide_live,
    "redo_post": nst_undone,
    "render_init": nst_render_begun,
    "render_post": nst_frame_rendered,
    "render_write": nst_frame_written,
    "render_complete": nst_render_complete,
    "render_cancel": nst_render_cancelled,
}


def register() -> None:
    """Append the handlers."""
    for name, handler in _CALLED.items():
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    """Remove the handlers."""
    for name, handler in _CALLED.items():
        getattr(bpy.app.handlers, name).remove(handler)
