"""What the add-on says, before and after a job, and the remedies that it offers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.tests.blender.driving import choose, press_stylize, reason, tick_until


def test_notes_of_the_engine_are_said(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("notes")
    choose(style)
    press_stylize(addon)
    tick_until(addon, lambda: addon.session.run is None)
    notice = addon.session.notice
    assert notice.text == "Suzanne is painted. 3 faces cannot be painted. Two tiles are painted into one."
    assert notice.icon == "INFO"
    assert not notice.is_error


def test_work_on_the_engine_that_goes_wrong_in_any_way_is_said(addon: Any) -> None:
    session, done = addon.session, []

    def steps() -> Any:
        yield "Looking"
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")

    task = addon.module("engine.task").EngineTask(
        "Checking the engine", steps(), Path("log"), lambda report, fault: done.append((report, fault))
    )
    session.start_engine_task(task)
    assert session._tick() is not None
    assert session._tick() is None
    assert session.engine_task is None
    ((report, fault),) = done
    assert report is None
    assert "Checking the engine failed" in fault.message


def test_a_file_that_is_no_python_is_not_taken_for_one(
    addon: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NST_ENGINE_PYTHON")
    program = tmp_path / "latin"
    program.write_text("#!/bin/sh\nprintf '\\344\\377'\n")
    program.chmod(0o755)
    with pytest.raises(RuntimeError, match="is not a Python"):
        bpy.ops.nst.use_existing_python(filepath=str(program))
    preferences = addon.module("preferences").get_preferences(bpy.context)
    assert preferences.known() is None
    assert "is not a Python" in preferences.fault


def test_not_while_the_engine_is_being_set_up(addon: Any, monkey: Any, style: Any) -> None:
    choose(style)
    assert bpy.ops.nst.stylize_texture.poll()

    def steps() -> Any:
        yield "Installing"

    session = addon.session
    session.start_engine_task(
        addon.module("engine.task").EngineTask("Installing", steps(), Path("log"), lambda *_: None)
    )
    try:
        assert reason(bpy.context, addon).code == "engine_busy"
        assert not bpy.ops.nst.stylize_texture.poll()
    finally:
        session.cancel_engine_task()


def test_remedies_that_are_one_click(addon: Any) -> None:
    settings = bpy.context.scene.nst
    settings.size, settings.device = "512", "cuda:7"
    addon.session.notice = addon.module("notice").Notice("No memory.", is_error=True)
    assert bpy.ops.nst.smaller_size() == {"FINISHED"}
    assert settings.size == "256"
    assert addon.session.notice is None
    assert not bpy.ops.nst.smaller_size.poll()
    assert bpy.ops.nst.automatic_device() == {"FINISHED"}
    assert settings.device == "auto"


def test_why_it_cannot_run(addon: Any, style: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stylize = bpy.ops.nst.stylize_texture
    assert reason(bpy.context, addon).code == "no_object"
    bpy.ops.object.camera_add()
    assert reason(bpy.context, addon).code == "not_a_mesh"
    bpy.ops.mesh.primitive_monkey_add()
    layers = bpy.context.active_object.data.uv_layers
    layers.remove(layers[0])
    assert reason(bpy.context, addon).code == "mesh_no_uv"
    assert reason(bpy.context, addon).message == "This mesh has no UV map."
    assert not stylize.poll()
    assert bpy.ops.nst.unwrap() == {"FINISHED"}
    assert reason(bpy.context, addon).code == "style_missing"
    monkeypatch.setenv("NST_ENGINE_PYTHON", "")
    assert reason(bpy.context, addon).code == "engine_missing"
    monkeypatch.setenv("NST_ENGINE_PYTHON", "/not/there")
    assert "/not/there" in reason(bpy.context, addon).message
    monkeypatch.undo()
    monkeypatch.setenv("NST_ENGINE_PYTHON", __file__)
    choose(style)
    assert reason(bpy.context, addon) is None
    assert stylize.poll()


def test_unwrap_leaves_selection_and_mode(addon: Any) -> None:
    bpy.ops.mesh.primitive_cube_add()
    other = bpy.context.active_object
    bpy.ops.mesh.primitive_monkey_add()
    obj = bpy.context.active_object
    obj.data.uv_layers.remove(obj.data.uv_layers[0])
    other.select_set(True)
    assert bpy.ops.nst.unwrap() == {"FINISHED"}
    assert len(obj.data.uv_layers) == 1
    assert obj.mode == "OBJECT"
    assert set(bpy.context.selected_objects) == {obj, other}
    assert bpy.context.active_object is obj


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT"])
def test_unwrap_leaves_what_is_selected_and_hidden_in_the_mesh(addon: Any, mode: str) -> None:
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=4, y_subdivisions=4)
    mesh = bpy.context.active_object.data
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="DESELECT")
    bpy.ops.object.mode_set(mode="OBJECT")
    mesh.polygons[3].select = mesh.polygons[8].select = True
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.hide()
    bpy.ops.object.mode_set(mode="OBJECT")
    mesh.polygons[5].select = True
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.object.mode_set(mode="OBJECT")
    uv = [tuple(each.vector) for each in mesh.uv_layers.active.uv]
    bpy.ops.object.mode_set(mode=mode)
    before = chosen(mesh)
    assert any(before["hide"])
    assert bpy.ops.nst.unwrap() == {"FINISHED"}
    assert bpy.context.active_object.mode == mode
    assert chosen(mesh) == before
    bpy.ops.object.mode_set(mode="OBJECT")
    assert all(tuple(one.vector) != two for one, two in zip(mesh.uv_layers.active.uv, uv, strict=True))


def chosen(mesh: Any) -> dict[str, list[bool]]:
    """What is selected and hidden; read in Object Mode, for Edit Mode keeps it to itself."""
    mode = bpy.context.active_object.mode
    bpy.ops.object.mode_set(mode="OBJECT")
    parts = (mesh.vertices, mesh.edges, mesh.polygons)
    found = {name: [getattr(one, name) for part in parts for one in part] for name in ("select", "hide")}
    bpy.ops.object.mode_set(mode=mode)
    return found


def test_an_engine_error_reaches_a_script(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("fails")
    choose(style)
    with pytest.raises(RuntimeError, match="Not numbers"):
        bpy.ops.nst.stylize_texture(size=64)


def test_an_installation_that_fails_leaves_the_engine_that_works(addon: Any) -> None:
    preferences = addon.module("preferences").get_preferences(bpy.context)
    report = addon.module("engine.steps").EngineReport(torch="2.0")
    preferences.set_engine("INSTALLED", report=report)
    done = addon.module("operators.engine")._remember("INSTALLED", "", replaces=True)
    fault = addon.module("engine.task").engine_fault("Installing the engine", OSError("no network"))
    done(None, fault)
    assert preferences.known() == {"torch": "2.0"}
    assert preferences.fault == ""
    assert "no network" in addon.session.engine_notice.text
    preferences.set_engine("NONE")
    done(None, fault)
    assert "no network" in preferences.fault
