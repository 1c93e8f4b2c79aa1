"""The panel of painted spheres draws, whatever there is, and says what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.tests.blender.builders import checker, give_material
from nst.tests.blender.driving import tick_until
from nst.tests.blender.layouts import Layout, draw


def panel(**state: Any) -> str:
    """All that it draws, as one text."""
    return " ".join(draw(bpy.types.NST_PT_sphere_view, **state))


def test_without_a_sphere(addon: Any, scene: Any) -> None:
    text = panel()
    assert "There is no sphere" in text
    assert "nst.sphere_new" in text
    assert "nst.sphere_paint" not in text
    assert not bpy.ops.nst.sphere_texture.poll()
    assert not bpy.ops.nst.sphere_material.poll()


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize("scope", ["everything", "object", "material", "collection"])
def test_with_a_sphere(addon: Any, monkey: Any, scope: str, opened: bool) -> None:
    own = bpy.context.scene.nst_sphere
    sphere = own.add("Red", checker())
    sphere.scope, own.auto_stroke, own.boil = scope, False, 0.5
    sphere.height = checker(name="Height")
    text = panel(opened=opened)
    names = ["picture", "scope", "nst.sphere_paint", "nst.sphere_texture", "nst.sphere_material"]
    advanced = ["tolerance", "weight_occlusion", "rate", "stroke", "circle", "unlit", "lamp"]
    assert all(name in text for name in names)
    assert all((name in text) == opened for name in advanced)
    layout = Layout(opened)
    bpy.types.NST_UL_spheres.draw_item(None, None, layout, own, sphere, 0, own, "active")
    assert "name" in layout.drawn


def test_a_sphere_without_a_picture_and_an_object_without_uvs(addon: Any, monkey: Any) -> None:
    sphere = bpy.context.scene.nst_sphere.add("Red", None)
    assert "The sphere 'Red' has no picture" in panel()
    sphere.picture = checker()
    monkey.data.uv_layers.remove(monkey.data.uv_layers[0])
    assert "This mesh has no UV map." in panel().replace(" nst.unwrap", "")
    assert bpy.ops.nst.sphere_material.poll()


def test_while_a_texture_is_painted(addon: Any, monkey: Any) -> None:
    addon.use_worker("slow")
    bpy.context.scene.nst_sphere.add("Red", checker())
    folder = addon.module("storage").new_job_folder()
    source = addon.module("sphere_files").sphere_source(bpy.context.scene.nst_sphere.active_sphere, folder)
    texture = addon.module("sphere_texture")
    options = texture.SphereTextureOptions(size=64)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    job, target = texture.prepare([monkey], source, options, folder, depsgraph)
    run = addon.module("runs").Run("Suzanne", job, folder, Path("unused"), target)
    addon.session.submit(run)
    text = panel()
    assert "nst.cancel_job" in text
    assert "nst.keep_job" not in text
    assert "nst.sphere_texture" not in text
    addon.session.cancel()
    tick_until(addon, lambda: addon.session.run is None)
    assert "nst.sphere_texture" in panel()


def test_a_worn_sphere_has_sliders(addon: Any, monkey: Any) -> None:
    material = give_material(monkey)
    bpy.context.scene.nst_sphere.add("Red", checker())
    assert "nst.sphere_material_remove" not in panel()
    assert bpy.ops.nst.sphere_material() == {"FINISHED"}
    text = panel()
    assert "nst.sphere_material_remove" in text
    assert text.count("default_value") == 4
    assert bpy.ops.nst.sphere_material_remove() == {"FINISHED"}
    assert monkey.active_material == material
    assert not bpy.ops.nst.sphere_material_remove.poll()


def test_a_ball_that_is_only_supposed_is_named(
    addon: Any, monkey: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    sphere = bpy.context.scene.nst_sphere.add("Photo", checker())
    assert bpy.ops.nst.sphere_material() == {"FINISHED"}
    assert "taken to fill it" in capfd.readouterr().out
    sphere.circle = (4, 4, 3)
    assert bpy.ops.nst.sphere_material() == {"FINISHED"}
    assert "taken to fill it" not in capfd.readouterr().out


def test_the_menu_offers_all_ways(addon: Any, scene: Any) -> None:
    assert draw(bpy.types.NST_MT_sphere_add) == [
        "nst.sphere_new",
        "nst.sphere_open",
        "nst.sphere_matcap",
        "nst.sphere_of_material",
    ]
