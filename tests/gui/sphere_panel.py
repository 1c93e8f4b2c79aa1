"""A sphere made, worn and taken for a render with the buttons of its own panel, in the 3D viewport."""

from __future__ import annotations

import math

import bpy

from .hand import colourfulness
from .stage import PATIENCE, Stage, Story

SIZE = 192
"""Width of the render and side of the texture in pixels."""


def pressed(stage: Stage) -> Story:
    """New Sphere, Live Material, Stylize Render and Paint Texture, each with a click and undone."""
    _light(stage)
    yield from _open_alone(stage)
    yield from _make(stage)
    yield from _wear(stage)
    yield from _stylize(stage)
    yield from _paint_texture(stage)
    yield from _leave(stage)


def _light(stage: Stage) -> None:
    scene = bpy.context.scene
    with stage.context():
        bpy.ops.object.camera_add(location=(0, -5, 1), rotation=(math.radians(80), 0, 0))
        scene.camera = bpy.context.object
        bpy.ops.object.light_add(type="SUN", rotation=(0.8, 0.3, 0))
        lamp = bpy.context.object.data
        lamp.energy, lamp.color = 4, (1.0, 0.55, 0.2)
        scene.render.engine, scene.cycles.samples = "CYCLES", 4
        scene.render.resolution_x = scene.render.resolution_y = SIZE
    bpy.context.preferences.view.render_display_type = "NONE"
    (monkey,) = (obj for obj in bpy.data.objects if obj.type == "MESH")
    stage.window.view_layer.objects.active = monkey
    for obj in bpy.data.objects:
        obj.select_set(obj == monkey)
    scene.nst_sphere.ball_size = "512"
    stage.space.overlay.show_overlays = False
    with stage.context():
        bpy.ops.ed.undo_push(message="Light the Scene")


def _open_alone(stage: Stage) -> Story:
    """Close the first panel, which is open, and open the last one."""
    yield from stage.toggle_panel(0)
    yield from stage.toggle_panel(3)
    stage.hand.look("40_sphere_panel")


def _make(stage: Stage) -> Story:
    """The first button renders a ball in the scene's light, which comes from an orange lamp."""
    scene = bpy.context.scene
    yield from stage.hand.click(*stage.buttons()[0].middle)
    yield from stage.until(lambda: len(scene.nst_sphere.spheres) == 1, "the sphere is made", 120)
    stage.hand.move(*stage.middle())
    yield 2.0
    stage.hand.look("41_new_sphere")
    (sphere,) = scene.nst_sphere.spheres
    assert sphere.picture is not None, "the sphere has no picture"
    assert sphere.guides, "the sphere has no guides"


def _row(stage: Stage, number: int) -> tuple[float, float]:
    """Where a large button is: Stylize Render, Animation, Paint Texture, Live Material and View."""
    material, view = stage.buttons()[-2:]
    pitch = view.middle[1] - material.middle[1]
    x = stage.region("UI").x + 110
    return x, material.middle[1] + (number - 3) * pitch


def _wear(stage: Stage) -> Story:
    """Live Material, seen in the viewport's Material Preview, and undone."""
    yield from stage.hand.click(*_row(stage, 3))
    yield from stage.until(lambda: len(stage.style_nodes()) == 1, "the material is worn", 60)
    stage.space.shading.type = "MATERIAL"
    stage.hand.move(*stage.middle())
    seen = lambda: colourfulness(stage.picture())  # noqa: E731
    yield from stage.until(lambda: seen() > 20, "the live material is seen", PATIENCE)
    yield 2.0
    stage.hand.look("42_live_material")
    stage.hand.key("ctrl+z")
    yield from stage.until(lambda: not stage.style_nodes(), "one undo takes the material off", 20)
    stage.space.shading.type = "SOLID"
    yield 2.0


def _stylize(stage: Stage) -> Story:
    """Stylize Render, and undone."""
    yield from stage.hand.click(*_row(stage, 0))
    yield from stage.until(lambda: bool(stage.session.runs), "the button starts a job", 20)
    run = stage.session.runs[0]
    yield from stage.until(lambda: not stage.session.runs, "the render is stylized", PATIENCE)
    assert run.status.state.name == "DONE", run.status
    stage.hand.move(*stage.middle())
    yield 2.0
    stage.hand.look("43_stylized_render")
    result = bpy.context.scene.nst_sphere.result
    assert result is not None, "the scene has no stylized render"
    assert tuple(result.size) == (SIZE, SIZE), tuple(result.size)
    stage.report["sphere_render"] = {"engine_seconds": run.status.info["seconds"]}
    stage.hand.key("ctrl+z")
    yield from stage.until(lambda: bpy.context.scene.nst_sphere.result is None, "one undo takes it back", 20)


def _paint_texture(stage: Stage) -> Story:
    """Paint Texture, worn by the model, and taken off by undo."""
    bpy.context.scene.nst_sphere.size = "512"
    yield from stage.hand.click(*_row(stage, 2))
    yield from stage.until(lambda: bool(stage.session.runs), "the button starts a job", 20)
    run = stage.session.runs[0]
    yield from stage.until(lambda: not stage.session.runs, "the texture is painted", PATIENCE)
    assert run.status.state.name == "DONE", run.status
    stage.space.shading.type = "MATERIAL"
    stage.hand.move(*stage.middle())
    seen = lambda: colourfulness(stage.picture())  # noqa: E731
    yield from stage.until(lambda: seen() > 20, "the texture is seen", PATIENCE)
    yield 3.0
    stage.hand.look("44_texture")
    assert len(stage.style_nodes()) == 1, "the model does not wear it"
    stage.report["sphere_texture"] = {"engine_seconds": run.status.info["seconds"]}
    stage.hand.key("ctrl+z")
    yield from stage.until(lambda: not stage.style_nodes(), "one undo takes the texture off", 20)
    stage.space.shading.type = "SOLID"
    yield 1.0


def _leave(stage: Stage) -> Story:
    """The panels, the scene and the viewport as the other stories know them."""
    yield from stage.toggle_panel(3)
    yield from stage.toggle_panel(0)
    scene = bpy.context.scene
    for obj in [obj for obj in bpy.data.objects if obj.type != "MESH"]:
        bpy.data.objects.remove(obj)
    (monkey,) = bpy.data.objects
    stage.window.view_layer.objects.active = monkey
    monkey.select_set(True)
    while scene.nst_sphere.spheres:
        scene.nst_sphere.spheres.remove(0)
    stage.session.notice = None
    stage.space.overlay.show_overlays = True
    stage.face_it()
    with stage.context():
        bpy.ops.ed.undo_push(message="Leave the Sphere")
    yield 1.0
