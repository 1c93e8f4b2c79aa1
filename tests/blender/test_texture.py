"""The texture feature in the installed extension, with a fake engine: operators, notices, bad moments."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.tests.blender.builders import checker, data_blocks, feed_image, fingerprint, give_material


def choose(style: Any, **settings: Any) -> Any:
    """Set the panel."""
    group = bpy.context.scene.nst
    group.style, group.quality = style, "draft"
    for name, value in settings.items():
        setattr(group, name, value)
    return group


def press_stylize(addon: Any, size: int = 64) -> Any:
    """What the button does, less the window: prepare and submit. Returns the run."""
    texture, storage = addon.module("texture"), addon.module("storage")
    folder = storage.new_job_folder()
    options = texture.TextureOptions(bpy.context.scene.nst.style.name, size=size, quality="draft")
    depsgraph = bpy.context.evaluated_depsgraph_get()
    obj = bpy.context.active_object
    job, target = texture.prepare(obj, options, folder, depsgraph)
    run = addon.module("jobs").Run(obj.name, job, folder, Path("unused"), target)
    addon.session.submit(run)
    return run


def tick_until(addon: Any, happened: Callable[[], bool]) -> None:
    """Let the session's timer tick, as a window would."""
    for _ in range(1000):
        addon.session._tick()
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it never happened")


def reason(context: Any, addon: Any) -> Any:
    return addon.module("readiness").texture_problem(context)


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


def test_a_script_blocks_until_the_texture_is_there(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    give_material(monkey)
    choose(style, seed=7, strength=0.5)
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}
    image = bpy.data.images["Suzanne van_gogh_auvers NST"]
    assert tuple(image.size) == (64, 64)
    assert image.packed_file is not None
    assert (image["nst_seed"], image["nst_style_sha256"], image["nst_engine"]) == (7, "0123abcd", "0.0-fake")
    settings = json.loads(image["nst_job"])
    assert settings["strength"] == 0.5
    assert settings["style"] == style.name
    assert settings["uv_map"] == "UVMap"
    assert not {"mesh", "output", "preview"} & set(settings)
    assert addon.session.run is None


def test_job_files_are_gone_after_a_job_that_ended_well(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    choose(style)
    jobs = addon.module("storage").user_folder("jobs")
    before = {entry for entry in jobs.iterdir() if entry.is_dir()}
    bpy.ops.nst.stylize_texture(size=64)
    assert {entry for entry in jobs.iterdir() if entry.is_dir()} == before


def test_the_job_has_the_base_texture_or_its_colour(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("slow")
    choose(style)
    material = give_material(monkey, (1.0, 0.2140, 0.0))
    plain = press_stylize(addon)
    assert plain.job.base == ""
    assert plain.job.base_color == pytest.approx((1.0, 0.5, 0.0), abs=1e-3)
    feed_image(material, checker())
    textured = press_stylize(addon)
    assert Path(textured.job.base).is_file()
    noise = material.node_tree.nodes.new("ShaderNodeTexNoise")
    target = next(link for link in material.node_tree.links if link.to_socket.name == "Base Color").to_socket
    material.node_tree.links.new(noise.outputs["Color"], target)
    baked = press_stylize(addon)
    assert Path(baked.job.base).name == "base.png"
    assert Path(baked.job.base).is_file()


def test_from_the_button_to_the_material_and_off_again(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    material = give_material(monkey)
    before, blocks = fingerprint(material), data_blocks()
    choose(style)
    run = press_stylize(addon)
    tick_until(addon, lambda: addon.session.run is None)
    assert run.status.state.name == "DONE"
    assert addon.session.notice.text == "Suzanne is painted."
    assert fingerprint(material) != before
    assert bpy.ops.nst.remove_style() == {"FINISHED"}
    assert fingerprint(material) == before
    assert data_blocks() == blocks
    assert not bpy.ops.nst.remove_style.poll()


def test_cancel_changes_nothing(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("slow")
    material = give_material(monkey)
    choose(style)
    before, blocks = fingerprint(material), data_blocks()
    run = press_stylize(addon)
    tick_until(addon, lambda: run.status.previews > 0)
    assert bpy.ops.nst.cancel_job() == {"FINISHED"}
    tick_until(addon, lambda: addon.session.run is None)
    assert run.status.state.name == "CANCELLED"
    assert (fingerprint(material), data_blocks()) == (before, blocks)
    assert not run.folder.exists()


def test_an_engine_killed_in_the_middle(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("slow")
    material = give_material(monkey)
    choose(style)
    before = fingerprint(material)
    run = press_stylize(addon)
    tick_until(addon, lambda: run.status.previews > 0)
    os.kill(addon.session.queue.engine_pid, signal.SIGKILL)
    tick_until(addon, lambda: addon.session.run is None)
    notice = addon.session.notice
    assert notice.is_error
    assert "ended by the system" in notice.text
    assert Path(notice.folder) == run.folder
    assert run.folder.is_dir()
    assert fingerprint(material) == before
    assert bpy.ops.nst.dismiss_notice() == {"FINISHED"}
    assert addon.session.notice is None


def test_an_engine_error_reaches_a_script(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("fails")
    choose(style)
    with pytest.raises(RuntimeError, match="Not numbers"):
        bpy.ops.nst.stylize_texture(size=64)


def test_an_object_that_is_deleted_meanwhile(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    choose(style)
    run = press_stylize(addon)
    bpy.data.objects.remove(monkey)
    bpy.ops.mesh.primitive_cube_add()
    bpy.context.active_object.name = "Suzanne"  # another object of that name is not the one
    tick_until(addon, lambda: addon.session.run is None)
    assert "no longer in the file" in addon.session.notice.text
    assert Path(run.job.output).is_file()
    assert len(bpy.context.active_object.material_slots) == 0


def test_an_object_that_is_renamed_meanwhile(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    choose(style)
    press_stylize(addon)
    monkey.name = "Ape"
    tick_until(addon, lambda: addon.session.run is None)
    assert len(monkey.material_slots) == 1


def test_a_file_that_is_opened_meanwhile(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("slow")
    choose(style)
    run = press_stylize(addon)
    tick_until(addon, lambda: run.status.previews > 0)
    pid = addon.session.queue.engine_pid
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert addon.session.run is None
    assert "Another file was opened" in addon.session.notice.text
    assert "Suzanne" in addon.session.notice.text
    assert Path(addon.session.notice.folder) == run.folder
    assert run.folder.is_dir()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert bpy.context.scene.nst.style is None


def test_styles_that_are_no_pictures(addon: Any, monkey: Any, style: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    (tmp_path / "gone.png").write_bytes(b"")
    gone = bpy.data.images.load(str(tmp_path / "gone.png"))
    gone.filepath = str(tmp_path / "never.png")
    choose(gone)
    with pytest.raises(RuntimeError, match="has no picture"):
        bpy.ops.nst.stylize_texture(size=64)
    jobs = addon.module("storage").user_folder("jobs")
    assert not any((entry / "mesh.npz").exists() for entry in jobs.iterdir() if entry.name.endswith("gone"))


@pytest.mark.parametrize(("break_it", "words"), [("nan", "not numbers"), ("flat", "flat to nothing")])
def test_meshes_that_cannot_be_painted(
    addon: Any, monkey: Any, style: Any, break_it: str, words: str
) -> None:
    addon.use_worker("paint")
    choose(style)
    if break_it == "nan":
        monkey.data.vertices[0].co.x = float("nan")
        monkey.data.update()
    else:
        monkey.scale = (0.0, 0.0, 0.0)
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.nst.stylize_texture(size=64)
    assert addon.session.run is None


def test_a_size_out_of_range_names_it(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    choose(style)
    with pytest.raises(RuntimeError, match="size is 3"):
        bpy.ops.nst.stylize_texture(size=3)


def test_a_save_and_reload_keeps_the_result(addon: Any, monkey: Any, style: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    give_material(monkey)
    choose(style)
    bpy.ops.nst.stylize_texture(size=64)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert bpy.data.images["Suzanne van_gogh_auvers NST"].packed_file is not None
    assert bpy.ops.nst.remove_style() == {"FINISHED"}
