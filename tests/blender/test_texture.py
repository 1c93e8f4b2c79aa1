"""The texture feature in the installed extension, with a fake engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.tests.blender.builders import data_blocks, fingerprint, give_material
from nst.tests.blender.driving import choose, press_stylize, tick_until


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


def test_a_save_and_reload_keeps_the_result(addon: Any, monkey: Any, style: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    give_material(monkey)
    choose(style)
    bpy.ops.nst.stylize_texture(size=64)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert bpy.data.images["Suzanne van_gogh_auvers NST"].packed_file is not None
    assert bpy.ops.nst.remove_style() == {"FINISHED"}


def test_preparing_that_fails_in_any_way_leaves_no_folder(addon: Any, monkey: Any) -> None:
    jobs = addon.module("storage").user_folder("jobs")
    before = set(jobs.iterdir())

    def make(folder: Path) -> Any:
        (folder / "mesh.npz").touch()
        raise RuntimeError("not foreseen")

    with pytest.raises(RuntimeError, match="not foreseen"):
        addon.module("operators.running").prepared(None, make)
    assert set(jobs.iterdir()) == before
