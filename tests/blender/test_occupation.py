"""Runs that end while Blender is in the middle of something, and how that is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import pytest

from nst.blender_nst.occupation import in_hand, occupation
from nst.tests.blender.builders import data_blocks, fingerprint, give_material
from nst.tests.blender.driving import choose, press_stylize, tick_until
from nst.tests.blender.wearing import begin, live_groups, worn_by


@pytest.fixture
def busy(addon: Any) -> Iterator[list[str]]:
    """What Blender is said to be in the middle of: the last one, or nothing."""
    doing: list[str] = []
    session = addon.session
    session.occupied, before = (lambda: doing[-1] if doing else ""), session.occupied
    yield doing
    session.occupied = before


def test_a_result_waits_for_the_end_of_a_render(addon: Any, monkey: Any, style: Any, busy: list[str]) -> None:
    addon.use_worker("paint")
    material = give_material(monkey)
    choose(style)
    before, blocks = fingerprint(material), data_blocks()
    run = press_stylize(addon)
    busy.append("the render")
    tick_until(addon, lambda: run.status.ended)
    assert addon.session._tick() is not None
    assert (fingerprint(material), data_blocks()) == (before, blocks)
    assert addon.session.runs == (run,)
    assert addon.session.run is None
    assert run.status.stage == "Waits for the render to end"
    busy.clear()
    addon.session._tick()
    assert addon.session.runs == ()
    assert addon.session.notice.text == "Suzanne is painted."
    assert fingerprint(material) != before


@pytest.mark.parametrize("how", ["cancelled", "not wanted"])
def test_what_a_model_wears_stays_on_while_blender_renders(
    addon: Any, monkey: Any, style: Any, busy: list[str], how: str
) -> None:
    material = give_material(monkey)
    before = fingerprint(material)
    run = begin(addon, style)
    worn = live_groups()
    busy.append("the render")
    if how == "cancelled":
        bpy.ops.nst.cancel_job()
        tick_until(addon, lambda: run.status.ended)
    else:
        bpy.context.scene.nst.show_on_model = False
    addon.session._tick()
    assert worn_by(monkey) == worn == live_groups()
    busy.clear()
    addon.session._tick()
    assert live_groups() == []
    assert fingerprint(material) == before


def test_the_next_run_begins_meanwhile(addon: Any, monkey: Any, style: Any, busy: list[str]) -> None:
    addon.use_worker("paint")
    choose(style)
    runs = press_stylize(addon), press_stylize(addon)
    busy.append("'Move'")
    tick_until(addon, lambda: runs[1].status.ended)
    assert addon.session.runs == runs
    assert len(monkey.material_slots) == 0
    busy.clear()
    addon.session._tick()
    assert addon.session.runs == ()
    assert len(monkey.material_slots) == 1


def test_a_result_that_waits_when_its_file_closes_is_said_and_kept(
    addon: Any, monkey: Any, style: Any, busy: list[str]
) -> None:
    addon.use_worker("paint")
    choose(style)
    run = press_stylize(addon)
    busy.append("the render")
    tick_until(addon, lambda: run.status.ended)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert addon.session.runs == ()
    assert addon.session.notice.folder == str(run.folder)
    assert (run.folder / "texture.png").is_file()


def test_nothing_is_in_hand_without_a_window() -> None:
    assert occupation() == ""


@pytest.mark.parametrize(
    "name",
    [
        "sculpt.brush_stroke",
        "paint.image_paint",
        "paint.vertex_paint",
        "sculpt_curves.brush_stroke",
        "transform.translate",
        "mesh.loopcut_slide",
        "mesh.knife_tool",
    ],
)
def test_strokes_and_transforms_are_in_hand(name: str) -> None:
    assert in_hand(options_of(name))


@pytest.mark.parametrize("name", ["screen.animation_play", "render.render", "wm.search_menu"])
def test_what_runs_in_the_background_is_not(name: str) -> None:
    assert not in_hand(options_of(name))
    assert not in_hand({"REGISTER"})


def options_of(name: str) -> set[str]:
    module, operator = name.split(".")
    found: set[str] = getattr(getattr(bpy.ops, module), operator).bl_options
    return found
