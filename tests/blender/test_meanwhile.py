"""What happens to a job when the artist, or the system, does something in the middle of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.tests.blender.builders import data_blocks, fingerprint, give_material
from nst.tests.blender.driving import choose, press_stylize, tick_until


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


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT"])
@pytest.mark.parametrize("what", ["removed", "unwrapped"])
def test_a_uv_map_that_is_not_what_it_was(addon: Any, monkey: Any, style: Any, what: str, mode: str) -> None:
    addon.use_worker("paint")
    material = give_material(monkey)
    choose(style)
    before = fingerprint(material)
    bpy.ops.object.mode_set(mode=mode)
    run = press_stylize(addon)
    bpy.ops.object.mode_set(mode="EDIT")
    if what == "removed":
        bpy.ops.mesh.uv_texture_remove()
    else:
        bpy.ops.mesh.select_all(action="SELECT")
        bpy.ops.uv.cube_project()
    bpy.ops.object.mode_set(mode=mode)
    images = len(bpy.data.images)
    tick_until(addon, lambda: addon.session.run is None)
    notice = addon.session.notice
    assert notice.is_error
    assert ("has no UV map" if what == "removed" else "has changed") in notice.text
    assert Path(notice.folder) == run.folder
    assert Path(run.job.output).is_file()
    assert fingerprint(material) == before
    assert len(bpy.data.images) == images


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT"])
def test_a_uv_map_that_is_renamed_meanwhile(addon: Any, monkey: Any, style: Any, mode: str) -> None:
    addon.use_worker("paint")
    choose(style)
    bpy.ops.object.mode_set(mode=mode)
    press_stylize(addon)
    monkey.data.uv_layers["UVMap"].name = "Skin"
    meshes = len(bpy.data.meshes)
    tick_until(addon, lambda: addon.session.run is None)
    assert addon.session.notice.text == "Suzanne is painted."
    (group,) = [tree for tree in bpy.data.node_groups if "nst_group" in tree]
    assert [node.uv_map for node in group.nodes if node.type == "UVMAP"] == ["Skin"]
    assert len(bpy.data.meshes) == meshes


def test_sculpting_meanwhile_does_no_harm(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    choose(style)
    press_stylize(addon)
    monkey.data.vertices[0].co.x += 0.5
    tick_until(addon, lambda: addon.session.run is None)
    assert addon.session.notice.text == "Suzanne is painted."


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


def test_several_jobs_of_a_file_that_closes_are_found_in_their_folder(
    addon: Any, monkey: Any, style: Any
) -> None:
    addon.use_worker("slow")
    choose(style)
    runs = press_stylize(addon), press_stylize(addon)
    folder = addon.module("storage").new_job_folder()
    test = addon.module("selftest").self_test_run(folder, Path("unused"))
    addon.session.submit(test)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert Path(addon.session.notice.folder) == runs[0].folder.parent == runs[1].folder.parent
    assert all(run.folder.is_dir() for run in runs)
    assert not folder.exists()


def test_a_file_that_cannot_be_opened_ends_nothing(
    addon: Any, monkey: Any, style: Any, tmp_path: Path
) -> None:
    addon.use_worker("slow")
    choose(style)
    run = press_stylize(addon)
    (tmp_path / "broken.blend").write_bytes(b"BLENDER-v500 and no more")
    with pytest.raises(RuntimeError):
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "broken.blend"))
    assert bpy.data.objects.get("Suzanne") == monkey
    assert addon.session.run is run
    assert addon.session.notice is None
    bpy.ops.nst.keep_job()
    tick_until(addon, lambda: addon.session.run is None)
    assert addon.session.notice.text == "Suzanne is painted."
