"""The main job: one is cancelled, one kept, one finished, mixed, undone, redone, repeated and removed."""

from __future__ import annotations

import os
import time
from typing import Any

import bpy

from .hand import colourfulness, difference
from .stage import PATIENCE, Stage, Story, tallest

LONGEST_GAP = float(os.environ.get("NST_GUI_GAP") or 2.0)
"""Seconds for which Blender may stand still while the engine paints."""
TURNS = 6
"""How often the view is turned meanwhile."""


def cancel_one(stage: Stage) -> Story:
    """Escape changes nothing; the Cancel button does."""
    run = yield from press_stylize(stage)
    yield from watch(stage, run, "10_running", 0.04)
    stage.hand.move(*stage.middle())
    stage.hand.key("Escape")
    yield 1.0
    assert run.status.state.name == "RUNNING", "Escape has stopped the job"
    yield from stage.until(lambda: stage.session.live.on, "the model wears what is painted", PATIENCE)
    assert len(stage.style_nodes()) == 1, "the material does not show what is painted"
    yield 1.0
    cancel = stage.buttons()[-2]  # the last one leads to the viewport that shows materials
    yield from stage.hand.click(*cancel.middle)
    before = time.monotonic()
    stage.pulse.restart()
    yield from stage.until(lambda: run.status.ended, "the job is cancelled", 10)
    stage.report["seconds_to_cancel"] = round(time.monotonic() - before, 2)
    stage.report["gap_while_cancelling"] = round(stage.pulse.longest, 2)
    assert run.status.state.name == "CANCELLED", run.status
    assert not stage.style_nodes(), "a cancelled job has changed the material"
    assert not run.folder.exists(), "a cancelled job has left its files"
    yield 0.8
    stage.hand.look("11_cancelled")


def keep_one(stage: Stage) -> Story:
    """The model wears what is painted so far, ever newer; the Keep button leaves it that way for good."""
    stage.space.shading.type = "MATERIAL"
    run = yield from press_stylize(stage)
    yield from stage.until(lambda: stage.session.live.on, "the model wears what is painted", PATIENCE)
    yield 10.0  # the first time, shaders are compiled
    first, lives = stage.picture(), run.status.lives
    stage.hand.look("11_worn")
    yield from stage.until(lambda: run.status.lives > lives + 1 or run.status.ended, "more of it", PATIENCE)
    assert not run.status.ended, run.status
    yield 2.0
    assert difference(first, stage.picture()) > 0.5, "the viewport does not follow the painting"
    keep = stage.button_beside(stage.buttons()[-1])
    yield from stage.hand.click(*keep.middle)
    yield from stage.until(lambda: run.status.state.name != "RUNNING", "Keep is pressed", 5)
    yield from stage.until_done(run)
    assert run.status.info["stopped_early"], run.status.info
    (node,) = stage.style_nodes()
    assert "nst_group" in node.node_tree, "the texture is there for the time being only"
    (image,) = [image for image in bpy.data.images if "nst_job" in image]
    assert image.packed_file is not None
    stage.hand.look("11_kept")
    stage.hand.move(*stage.middle())
    stage.hand.key("ctrl+z")
    yield from stage.until(lambda: not stage.style_nodes(), "one undo takes it off", 20)
    stage.space.shading.type = "SOLID"
    yield 1.0


def finish_one(stage: Stage) -> Story:
    """A job to its end; it is seen once the viewport shows materials."""
    stage.face_it()
    run = yield from press_stylize(stage)
    yield from watch(stage, run, "12_running", 0.3)
    stage.face_it()
    stage.pulse.restart()
    yield from stage.until_done(run)
    stage.report["longest_gap_to_the_end"] = round(stage.pulse.longest, 2)
    stage.report["engine_seconds"] = run.status.info["seconds"]
    assert len(stage.style_nodes()) == 1, "the material has no texture"
    stage.hand.look("13_done")
    clay = stage.picture()
    yield from stage.hand.click(*stage.buttons()[-2].middle)
    yield from stage.until(lambda: stage.space.shading.type == "MATERIAL", "the viewport shows materials")
    yield from stage.until(  # the first time, shaders are compiled
        lambda: colourfulness(stage.picture()) > colourfulness(clay) + 10, "the texture is seen", 120
    )
    stage.hand.move(*stage.middle())
    yield 5.0
    stage.hand.look("14_material_preview")


def undo_and_redo(stage: Stage) -> Story:
    """The whole job is one step."""
    stage.hand.move(*stage.middle())
    stage.hand.key("ctrl+z")
    yield from stage.until(lambda: not stage.style_nodes(), "undo takes the texture off", 20)
    assert len(stage.object.data.uv_layers) == 1, "undo has taken back more than the job"
    assert bpy.context.scene.nst.style is not None, "undo has forgotten the painting"
    yield 1.0
    stage.hand.look("15_undone")
    stage.hand.move(*stage.middle())
    stage.hand.key("ctrl+shift+z")
    yield from stage.until(lambda: len(stage.style_nodes()) == 1, "redo puts it back", 20)
    yield 3.0
    stage.hand.look("16_redone")


def mix(stage: Stage) -> Story:
    """The slider, dragged to the left, lets the original through."""
    stylized = stage.picture()
    remove = stage.buttons()[-1]
    x, y = remove.middle
    yield from stage.hand.drag(x - 10, y - remove.height - 3, -110, 1)
    yield 2.0
    strength = stage.style_nodes()[0].inputs["Strength"].default_value
    assert 0.05 < strength < 0.95, f"the slider is at {strength}"
    mixed = stage.picture()
    assert colourfulness(mixed) < colourfulness(stylized) - 3, "the slider changes nothing"
    stage.report["slider"] = {"strength": round(strength, 2), "change": round(difference(stylized, mixed), 1)}
    stage.hand.look("17_mixed")


def paint_again(stage: Stage) -> Story:
    """A second texture takes the first one's place in full strength; the first one stays in the file."""
    yield from stage.until_done(stage.small_job())
    (node,) = stage.style_nodes()
    assert node.inputs["Strength"].default_value == 1.0, "the new texture is mixed down"
    images = [image for image in bpy.data.images if "nst_job" in image]
    assert len(images) == 2, images
    assert (64, 64) in [tuple(image.size) for image in images], images


def remove(stage: Stage) -> Story:
    """One click takes it off; undo brings it back; another takes it off for good."""
    yield 1.0
    for _again in range(2):
        yield from stage.press_last()
        yield from stage.until(lambda: not stage.style_nodes(), "the texture is removed", 20)
        yield 1.0
        if _again == 0:
            stage.hand.move(*stage.middle())
            stage.hand.key("ctrl+z")
            yield from stage.until(lambda: len(stage.style_nodes()) == 1, "undo brings it back", 20)
            yield 1.0
    stage.hand.look("18_removed")
    assert not [tree for tree in bpy.data.node_groups if "nst_group" in tree], "a node group is left"
    stage.space.shading.type = "SOLID"
    yield 1.0


def press_stylize(stage: Stage) -> Story:
    """Click the tallest button of the sidebar; returns the run."""
    stylize = tallest(stage.buttons())
    stage.pulse.restart()
    yield from stage.hand.click(*stylize.middle)
    before = time.monotonic()
    yield from stage.until(lambda: stage.session.run is not None, "the job starts", 10)
    starts = stage.report.setdefault("starts", [])
    starts.append({"seconds": round(time.monotonic() - before, 2), "gap": round(stage.pulse.longest, 2)})
    return stage.session.run  # type: ignore[return-value]


def watch(stage: Stage, run: Any, name: str, advance: float) -> Story:
    """Turn the view again and again while the engine paints, and measure how Blender goes on."""
    yield from stage.until(lambda: run.status.previews > 0 or run.status.ended, "a preview", PATIENCE)
    assert not run.status.ended, run.status
    yield 1.0
    assert stage.session.preview_icon(), "there is no live preview"
    seen, ticks = {run.status.fraction}, stage.session.ticks
    turned, began = 0, time.monotonic()
    goal = run.status.fraction + advance
    stage.pulse.restart()
    while (run.status.fraction < goal or not turned or len(seen) < 3) and not run.status.ended:
        if turned < TURNS:  # drawing by software would take the processor from the engine
            before = stage.space.region_3d.view_rotation.copy()
            yield from stage.hand.drag(*stage.middle(), 120 if turned % 2 else -120, 2)
            turned += stage.space.region_3d.view_rotation != before
        seen.add(run.status.fraction)
        yield 0.5
    stage.report[name] = {
        "seconds": round(time.monotonic() - began, 1),
        "progress_steps_seen": len(seen),
        "views_turned": turned,
        "main_loop_beats": stage.pulse.beats,
        "longest_gap": round(stage.pulse.longest, 3),
        "of_which_at_work": round(stage.pulse.at_work, 3),
        "timer_ticks": stage.session.ticks - ticks,
    }
    stage.face_it()
    yield 0.5
    stage.hand.look(name)
    assert len(seen) > 2, "the progress did not move"
    assert turned > 0, "the viewport did not answer"
    assert stage.report[name]["longest_gap"] < LONGEST_GAP, stage.report[name]
