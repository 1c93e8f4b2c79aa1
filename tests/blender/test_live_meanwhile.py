"""What happens to a model that is being painted when the artist saves, undoes, deletes or opens something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.tests.blender.builders import fingerprint, give_material
from nst.tests.blender.driving import tick_until
from nst.tests.blender.wearing import LIVE, begin, end, live_groups, worn_by


def test_what_was_taken_off_by_hand_stays_off(addon: Any, monkey: Any, style: Any) -> None:
    give_material(monkey)
    run = begin(addon, style)
    bpy.data.node_groups.remove(live_groups()[0])
    lives = run.status.lives
    tick_until(addon, lambda: run.status.lives > lives + 2)
    assert live_groups() == []
    assert not addon.session.live.on
    bpy.ops.nst.keep_job()
    tick_until(addon, lambda: addon.session.run is None)
    assert addon.session.notice.text == "Suzanne is painted."
    assert not [image for image in bpy.data.images if LIVE in image]


@pytest.mark.parametrize("ends", ["cancel", "keep"])
def test_an_object_deleted_meanwhile(addon: Any, monkey: Any, style: Any, ends: str) -> None:
    material = give_material(monkey)
    before = fingerprint(material)
    run = begin(addon, style)
    bpy.data.objects.remove(monkey)
    lives = run.status.lives
    tick_until(addon, lambda: run.status.lives > lives + 1)
    if ends == "cancel":
        end(addon)
    else:
        bpy.ops.nst.keep_job()
        tick_until(addon, lambda: addon.session.run is None)
        assert "no longer in the file" in addon.session.notice.text
    assert live_groups() == []
    assert fingerprint(material) == before
    assert not [image for image in bpy.data.images if LIVE in image]


def test_saving_meanwhile_saves_the_scene_as_it_was(
    addon: Any, monkey: Any, style: Any, tmp_path: Path
) -> None:
    material = give_material(monkey)
    before, images = fingerprint(material), {image.name for image in bpy.data.images}
    begin(addon, style)
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    assert fingerprint(material) == before
    tick_until(addon, lambda: addon.session.live.on)  # it is back
    assert worn_by(monkey) == live_groups()
    with bpy.data.libraries.load(str(path)) as (there, _):
        assert set(there.images) <= images
        assert list(there.node_groups) == []
        assert list(there.materials) == ["Paint"]
    end(addon)
    assert fingerprint(material) == before


def test_a_file_saved_without_a_word_is_cleaned_when_it_is_opened(
    addon: Any, monkey: Any, style: Any, tmp_path: Path
) -> None:
    """As recovery files are: Blender calls no handler before it writes one."""
    before = fingerprint(give_material(monkey))
    begin(addon, style)
    hides = addon.module("handlers").nst_hide_live
    bpy.app.handlers.save_pre.remove(hides)
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"), copy=True)
    finally:
        bpy.app.handlers.save_pre.append(hides)
    assert live_groups()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert live_groups() == []
    assert not [image for image in bpy.data.images if LIVE in image]
    assert fingerprint(bpy.data.materials["Paint"]) == before
    assert addon.session.run is None


def test_a_file_opened_meanwhile(addon: Any, monkey: Any, style: Any) -> None:
    begin(addon, style)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert not addon.session.live.on
    assert "Another file was opened" in addon.session.notice.text
    assert addon.session._tick() is None


@pytest.mark.parametrize("kept", [False, True])
def test_undo_meanwhile_and_afterwards(addon: Any, monkey: Any, style: Any, kept: bool) -> None:
    """Steps that were pushed while the object wore it hold it; going back to them brings none of it back."""
    give_material(monkey)
    bpy.ops.ed.undo_push(message="Before")
    run = begin(addon, style)
    monkey.location.x = 1.0
    bpy.ops.ed.undo_push(message="Move")
    lives = run.status.lives
    tick_until(addon, lambda: run.status.lives > lives)
    bpy.ops.ed.undo()
    monkey = bpy.data.objects["Suzanne"]
    assert monkey.location.x == 0.0
    assert live_groups() == []
    assert worn_by(monkey) == [None]
    tick_until(addon, lambda: addon.session.live.on)
    assert worn_by(monkey) == live_groups()
    bpy.ops.ed.redo()
    monkey = bpy.data.objects["Suzanne"]
    assert monkey.location.x == 1.0
    assert live_groups() == []
    assert worn_by(monkey) == [None]
    tick_until(addon, lambda: addon.session.live.on)
    if not kept:
        end(addon)
        assert worn_by(bpy.data.objects["Suzanne"]) == [None]
        bpy.ops.ed.undo()
        assert worn_by(bpy.data.objects["Suzanne"]) == [None]
        return
    bpy.ops.nst.keep_job()
    tick_until(addon, lambda: addon.session.run is None)
    bpy.ops.ed.undo_push(message="Stylize")  # as the window would
    (group,) = worn_by(bpy.data.objects["Suzanne"])
    assert "nst_group" in group
    bpy.ops.ed.undo()
    assert worn_by(bpy.data.objects["Suzanne"]) == [None]
    assert bpy.data.objects["Suzanne"].location.x == 1.0
    assert [tree for tree in bpy.data.node_groups if "nst_group" in tree or LIVE in tree] == []
    bpy.ops.ed.redo()
    (group,) = worn_by(bpy.data.objects["Suzanne"])
    assert "nst_group" in group
    assert live_groups() == []
