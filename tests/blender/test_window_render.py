"""A render that goes on beside the window: however it ends, the scene is what it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.blender_nst.host import window_render
from nst.blender_nst.host.window_render import WindowRender
from nst.core.protocol import JobCancelled, JobError

from .lit import light, state

HEARD = ("render_cancel", "save_pre", "save_post")


@pytest.fixture
def lit(scene: Any) -> Any:
    light(scene)
    scene.view_layers.new("Second")
    return scene


def handlers() -> dict[str, list[Any]]:
    return {name: list(getattr(bpy.app.handlers, name)) for name in HEARD}


def begin(scene: Any, path: Path, start: Any) -> WindowRender:
    return WindowRender(scene, scene.view_layers["Second"], ["object_index"], path, start)


def waits(_scene: Any) -> None:
    """A render that has not come far yet."""


def writes(scene: Any) -> None:
    """A render to its end."""
    bpy.ops.render.render(write_still=True, scene=scene.name)


def stops(scene: Any) -> None:
    """A render that the artist stops with Esc, as Blender tells it."""
    for handler in list(bpy.app.handlers.render_cancel):
        handler(scene, None)


def cannot(_scene: Any) -> None:
    raise RuntimeError("Error: no\n memory\n")


def test_the_scene_is_set_while_it_renders(lit: Any, tmp_path: Path) -> None:
    begin(lit, tmp_path / "render.exr", waits)
    assert lit.render.filepath == str(tmp_path / "render.exr")
    assert not lit.render.use_compositing
    assert [layer.name for layer in lit.view_layers if layer.use] == ["Second"]
    assert lit.view_layers["Second"].use_pass_object_index
    assert lit.render.image_settings.file_format == "OPEN_EXR_MULTILAYER"


def test_after_a_render_it_is_as_before(lit: Any, tmp_path: Path) -> None:
    before, heard = state(lit), handlers()
    render = begin(lit, tmp_path / "render.exr", writes)
    assert render.ready()
    assert b"Second.Combined" in (tmp_path / "render.exr").read_bytes()
    assert (state(lit), handlers()) == (before, heard)


@pytest.mark.parametrize(
    ("start", "error", "says"), [(stops, JobCancelled, None), (waits, JobError, "wrote no file")]
)
def test_after_one_that_comes_to_nothing_too(
    lit: Any, tmp_path: Path, start: Any, error: type[Exception], says: str | None
) -> None:
    before, heard = state(lit), handlers()
    render = begin(lit, tmp_path / "render.exr", start)
    with pytest.raises(error, match=says):
        render.ready()
    assert (state(lit), handlers()) == (before, heard)


def test_after_one_that_does_not_even_begin(lit: Any, tmp_path: Path) -> None:
    before, heard = state(lit), handlers()
    with pytest.raises(JobError, match="Error: no memory"):
        begin(lit, tmp_path / "render.exr", cannot)
    camera, lit.camera = lit.camera, None
    with pytest.raises(JobError, match="no camera"):
        begin(lit, tmp_path / "render.exr", writes)
    lit.camera = camera
    assert (state(lit), handlers()) == (before, heard)


def test_while_blender_renders_it_waits(lit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = [False]

    class App:
        handlers = bpy.app.handlers

        @staticmethod
        def is_job_running(job: str) -> bool:
            return busy[0] and job == "RENDER"

    class Blender:
        app, ops = App, bpy.ops

    monkeypatch.setattr(window_render, "bpy", Blender)
    render = begin(lit, tmp_path / "render.exr", writes)
    busy[0] = True
    assert not render.ready()
    assert lit.render.filepath == str(tmp_path / "render.exr")
    with pytest.raises(JobError) as caught:
        begin(lit, tmp_path / "other.exr", writes)
    assert caught.value.code == "render_busy"
    busy[0] = False
    assert render.ready()


def test_a_file_that_is_saved_meanwhile_has_the_scene_as_it_was(lit: Any, tmp_path: Path) -> None:
    blend = tmp_path / "scene.blend"
    render = begin(lit, tmp_path / "render.exr", waits)
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True)
    assert lit.render.filepath == str(tmp_path / "render.exr")
    render.close()
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    scene = bpy.context.scene
    assert scene.render.filepath == "//elsewhere"
    assert all(layer.use for layer in scene.view_layers)
    assert not scene.view_layers["Second"].use_pass_object_index


def test_an_undo_step_of_that_time_does_not_bring_the_settings_back(lit: Any, tmp_path: Path) -> None:
    before = state(lit)
    render = begin(lit, tmp_path / "render.exr", writes)
    render.undone()
    assert lit.render.filepath == str(tmp_path / "render.exr")
    render.close()
    render._settings.apply()  # as undo does
    render.undone()
    assert state(lit) == before
    lit.render.image_settings.color_depth = "16"
    render.undone()
    assert lit.render.image_settings.color_depth == "16"


def test_things_that_go_meanwhile_are_left_alone(lit: Any, tmp_path: Path) -> None:
    render = begin(lit, tmp_path / "render.exr", waits)
    lit.view_layers.remove(lit.view_layers["Second"])
    render.close()
    assert lit.render.filepath == "//elsewhere"
    bpy.data.scenes.new("Other")
    render = WindowRender(lit, lit.view_layers[0], [], tmp_path / "render.exr", waits)
    bpy.data.scenes.remove(lit)
    render.close()
    assert bpy.data.scenes["Other"].render.filepath != "//elsewhere"
