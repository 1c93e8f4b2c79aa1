"""Stylized renders, pressed in the Image Editor: stopped with Escape, finished, undone and removed."""

from __future__ import annotations

import math
from typing import Any

import bpy

from .hand import difference
from .stage import PATIENCE, Stage, Story, tallest

SIZE = 128
"""Width of the render in pixels."""
SLOW = 1_000_000
"""Samples that nobody waits for."""
PATH = "//elsewhere"
"""Where the artist's own renders go."""


def stopped_with_escape(stage: Stage) -> Story:
    """Escape stops the render, nothing is painted, and the scene's settings are as they were."""
    scene = _set_up(stage)
    yield from stage.turn_into("IMAGE_EDITOR")
    stage.hand.move(*stage.middle())
    yield 1.0
    stage.hand.look("21_render_panel")
    scene.cycles.samples, scene.cycles.use_adaptive_sampling = SLOW, False
    run = yield from _press(stage)
    assert scene.render.filepath != PATH, "the scene is not set for the render"
    yield from stage.until(lambda: bpy.app.is_job_running("RENDER"), "Blender renders", 20)
    yield 2.0
    stage.hand.look("21_rendering")
    stage.hand.move(*stage.middle())
    stage.hand.key("Escape")
    yield from stage.until(lambda: not stage.session.runs, "the render is stopped", 60)
    assert run.status.state.name == "CANCELLED", run.status
    _check_as_before(scene)
    assert not run.folder.exists(), "a render that was stopped has left its files"
    yield 1.0
    stage.hand.look("21_stopped")


def finished(stage: Stage) -> Story:
    """The frame is rendered, painted while Blender goes on, and shown; the compositor has its node."""
    scene = bpy.context.scene
    scene.cycles.samples = 8
    run = yield from _press(stage)
    yield from stage.until(lambda: stage.session.run is run or run.status.ended, "the engine begins", 120)
    _check_as_before(scene)
    yield from stage.until(lambda: run.status.previews > 0 or run.status.ended, "a preview", PATIENCE)
    assert not run.status.ended, run.status
    yield 1.0
    stage.hand.look("22_painting")
    before = stage.picture()
    yield from stage.until_done(run)
    yield 2.0
    stage.hand.look("22_stylized_render")
    result = scene.nst.render.result
    assert result is not None, "the scene has no stylized render"
    assert result.is_float, "the stylized render has lost its light"
    assert stage.space.image == result, "the Image Editor does not show it"
    assert difference(before, stage.picture()) > 1, "the Image Editor shows the same as before"
    assert stage.addon("host.compositor").stylized_node(scene) is not None, "the compositor has no node"
    stage.report["stylized_render"] = {"engine_seconds": run.status.info["seconds"]}


def undone_and_removed(stage: Stage) -> Story:
    """One undo takes all of it back, redo brings it again, and the button takes the node off."""
    compositor, compat = stage.addon("host.compositor"), stage.addon("compat")
    stage.hand.move(*stage.middle())
    stage.hand.key("ctrl+z")
    yield from stage.until(lambda: bpy.context.scene.nst.render.result is None, "one undo takes it back", 20)
    assert compat.compositor_tree(bpy.context.scene) is None, "undo leaves the compositor"
    _check_as_before(bpy.context.scene)
    stage.hand.key("ctrl+shift+z")
    yield from stage.until(lambda: bpy.context.scene.nst.render.result is not None, "redo brings it", 20)
    yield 1.0
    assert compositor.stylized_node(bpy.context.scene) is not None, "redo forgets the compositor"
    yield from stage.press_last()
    yield from stage.until(
        lambda: compat.compositor_tree(bpy.context.scene) is None, "the node is removed", 20
    )
    yield 1.0
    stage.hand.look("23_removed")
    yield from stage.turn_into("VIEW_3D")
    yield from _leave(stage)


def _set_up(stage: Stage) -> Any:
    """A camera and a lamp for Suzanne; returns the scene."""
    scene = bpy.context.scene
    with stage.context():
        bpy.ops.object.camera_add(location=(0, -5, 1), rotation=(math.radians(80), 0, 0))
        scene.camera = bpy.context.object
        bpy.ops.object.light_add(type="SUN", rotation=(0.6, 0.3, 0))
        bpy.context.object.data.energy = 5
        scene.render.engine = "CYCLES"
        scene.render.resolution_x, scene.render.resolution_y = SIZE, SIZE * 3 // 4
        scene.render.filepath = PATH
        scene.nst.render.quality = "draft"
        bpy.ops.ed.undo_push(message="Light the Scene")
    bpy.context.preferences.view.render_display_type = "NONE"  # the Image Editor fills the window already
    return scene


def _leave(stage: Stage) -> Story:
    """Suzanne alone in the scene, active, as the other stories know her."""
    for obj in [obj for obj in bpy.data.objects if obj.type != "MESH"]:
        bpy.data.objects.remove(obj)
    (monkey,) = bpy.data.objects
    stage.window.view_layer.objects.active = monkey
    monkey.select_set(True)
    with stage.context():
        bpy.ops.ed.undo_push(message="Leave the Studio")
    yield 1.0


def _press(stage: Stage) -> Story:
    """Click Render and Stylize; returns the run, which waits for the render."""
    yield from stage.hand.click(*tallest(stage.buttons()).middle)
    yield from stage.until(lambda: bool(stage.session.runs), "the button starts a job", 20)
    return stage.session.runs[0]  # type: ignore[return-value]


def _check_as_before(scene: Any) -> None:
    assert scene.render.filepath == PATH, f"the output goes to {scene.render.filepath}"
    assert scene.render.use_compositing, "compositing is off"
    assert scene.render.image_settings.file_format == "PNG", scene.render.image_settings.file_format
