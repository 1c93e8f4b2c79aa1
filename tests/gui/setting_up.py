"""First steps: a mesh without UVs, an engine that is not there yet, the preferences, a painting."""

from __future__ import annotations

import os

import bpy

from .stage import PATIENCE, Stage, Story


def no_uv_map(stage: Stage) -> Story:
    """The button says why it is grey, and the one below it helps."""
    stage.hand.look("01_no_uv_map")
    yield from stage.press_last()
    yield from stage.until(lambda: len(stage.object.data.uv_layers) == 1, "the mesh is unwrapped")
    assert stage.object.mode == "OBJECT"
    yield 0.8


def no_engine(stage: Stage) -> Story:
    """The panel leads to the preferences; there an existing Python is chosen, checked and tried."""
    stage.hand.look("02_no_engine")
    yield from stage.press_last()
    yield from stage.until(lambda: len(bpy.context.window_manager.windows) == 2, "the preferences open", 20)
    yield 2.0
    stage.hand.look("03_preferences_no_engine")
    bpy.ops.nst.use_existing_python(filepath="/no/such/python")
    yield from stage.until(lambda: stage.session.engine_task is None, "the check fails", PATIENCE)
    assert stage.preferences.fault, "a Python that is not there was found fit"
    yield 1.0
    stage.hand.look("04_preferences_fault")
    bpy.ops.nst.use_existing_python(filepath=stage.python)
    yield 1.0
    stage.hand.look("05_preferences_checking")
    yield from stage.until(lambda: stage.session.engine_task is None, "the check ends", PATIENCE)
    stage.report["engine"] = stage.preferences.known()
    assert stage.report["engine"], stage.preferences.fault
    bpy.ops.nst.self_test()
    yield 3.0
    stage.hand.look("06_preferences_self_test")
    yield from stage.until(lambda: stage.session.run is None, "the self-test ends", PATIENCE)
    notice = stage.session.engine_notice
    assert notice is not None
    assert not notice.is_error, notice
    stage.report["self_test"] = notice.text
    yield 1.0
    stage.hand.look("07_preferences_ready")
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[1]):
        bpy.ops.wm.window_close()
    yield 1.0


def choose_painting(stage: Stage) -> Story:
    """What is missing now is a painting."""
    stage.hand.look("08_no_style")
    stage.choose_style()
    bpy.context.scene.nst.size = os.environ.get("NST_GUI_SIZE") or "256"
    with stage.context():
        bpy.ops.ed.undo_push(message="Choose Painting")  # as the picker does
    yield 4.0  # the thumbnail takes its time
    stage.hand.look("09_ready")
