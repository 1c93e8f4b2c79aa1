"""An animation by the panel's button: Blender renders it, the engine paints it, a movie is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from .stage import PATIENCE, Stage, Story, tallest

FRAMES = 4
PATH = "//elsewhere"


def rendered_and_painted(stage: Stage) -> Story:
    """The fold opens with a click; the button in it makes frames, an image that plays them, and a movie."""
    scene = bpy.context.scene
    scene.cycles.samples = 4
    scene.frame_start, scene.frame_end = 1, FRAMES
    scene.frame_set(2)
    (monkey,) = (obj for obj in bpy.data.objects if obj.type == "MESH")
    for frame, turn in ((1, -0.3), (FRAMES, 0.3)):
        monkey.rotation_euler.z = turn
        monkey.keyframe_insert("rotation_euler", frame=frame)
    folder = stage.out / "film"
    own = scene.nst.animation
    own.output, own.movie, own.every = f"{folder}/", str(stage.out / "film.mp4"), 3
    with stage.context():
        bpy.ops.ed.undo_push(message="Animate")
    yield from _open_fold(stage)
    yield 1.0
    stage.hand.move(*stage.middle())
    yield 1.0
    stage.hand.look("24_animation_panel")
    pulse = stage.pulse
    yield from stage.hand.click(*_button(stage).middle)
    yield from stage.until(lambda: bool(stage.session.runs), "the button starts a job", 20)
    run = stage.session.runs[0]
    yield from stage.until(
        lambda: bpy.app.is_job_running("RENDER") or run.status.ended, "Blender renders", 20
    )
    yield 1.0
    stage.hand.look("24_rendering_frames")
    yield from stage.until(lambda: stage.session.run is run or run.status.ended, "the engine begins", 180)
    assert not run.status.ended, run.status
    assert scene.render.filepath == PATH, f"the output goes to {scene.render.filepath}"
    assert (scene.frame_start, scene.frame_end, scene.frame_current) == (1, FRAMES, 2)
    yield from stage.until(lambda: run.status.previews > 0 or run.status.ended, "a preview", PATIENCE)
    yield 1.0
    stage.hand.look("24_painting_frames")
    yield from stage.until_done(run)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"Scene_{number:04d}.png" for number in range(1, FRAMES + 1)], names
    yield from stage.until(Path(own.movie).is_file, "the movie is written", 120)
    assert pulse is stage.pulse
    yield 2.0
    stage.hand.look("24_animation_done")
    result = scene.nst.render.result
    assert result is not None, "the scene has no stylized animation"
    assert result.source == "SEQUENCE", result.source
    assert stage.space.image == result, "the Image Editor does not show it"
    before = stage.picture()
    scene.frame_set(FRAMES)
    stage.area.tag_redraw()
    yield 2.0
    assert stage.picture() != before, "the Image Editor shows the same in another frame"
    scene.frame_set(2)
    stage.report["stylized_animation"] = {"engine_seconds": run.status.info["seconds"]}


def undone(stage: Stage) -> Story:
    """One undo takes the image and the node back; the files stay."""
    compat = stage.addon("compat")
    stage.hand.move(*stage.middle())
    stage.hand.key("ctrl+z")
    yield from stage.until(lambda: bpy.context.scene.nst.render.result is None, "one undo takes it back", 20)
    assert compat.compositor_tree(bpy.context.scene) is None, "undo leaves the compositor"
    assert len(list((stage.out / "film").iterdir())) == FRAMES, "undo has deleted frames"
    yield from _close_fold(stage)


def _button(stage: Stage) -> Any:
    """The animation's button: the one below the tallest."""
    buttons = stage.buttons()
    below = [each for each in buttons if each.middle[1] > tallest(buttons).middle[1]]
    return tallest(below)


def _open_fold(stage: Stage) -> Story:
    """Click the header below the Render button until there is a button below it."""
    render = tallest(stage.buttons())
    left, bottom = stage.region("UI").x + 60, render.middle[1] + render.height / 2
    for offset in range(12, 60, 6):
        yield from stage.hand.click(left, bottom + offset)
        yield 1.5
        if len(stage.buttons()) > 1 and _button(stage).height > 24:
            return
        yield from stage.hand.click(left, bottom + offset)
        yield 0.7
    raise AssertionError("the fold of animations does not open")


def _close_fold(stage: Stage) -> Story:
    render = tallest(stage.buttons())
    left, bottom = stage.region("UI").x + 60, render.middle[1] + render.height / 2
    yield from stage.hand.click(left, bottom + 18)
    yield 1.5
