"""A stylized world and a painted panorama, pressed, looked around in, mixed, removed and undone."""

from __future__ import annotations

import math
from typing import Any

import bpy

from .hand import colourfulness, difference
from .stage import PATIENCE, Stage, Story, tallest

TEXTURE, RENDER, WORLD = 0, 2, 4
"""Panels, from the top."""
WIDTH = 256
"""Of the panoramas in pixels."""


def painted(stage: Stage) -> Story:
    """Look Around shows the world, and Stylize World paints it while one looks."""
    _give_sky(stage)
    yield from stage.toggle_panel(TEXTURE)
    yield from stage.toggle_panel(WORLD)
    stage.hand.look("50_world_panel")
    yield from stage.hand.click(*_below_tallest(stage).middle)
    yield from stage.until(lambda: stage.space.shading.type == "MATERIAL", "the world is shown", 20)
    stage.hand.move(*stage.middle())
    yield from stage.until(lambda: colourfulness(stage.picture()) > 20, "the world is seen", PATIENCE)
    yield 2.0
    stage.hand.look("51_looking_around")
    before = stage.picture()
    yield from stage.hand.click(*tallest(stage.buttons()).middle)
    yield from stage.until(lambda: bool(stage.session.runs), "the button starts a job", 20)
    run = stage.session.runs[0]
    stage.hand.move(*stage.middle())
    yield from stage.until(lambda: run.status.previews > 0 or run.status.ended, "a preview", PATIENCE)
    stage.hand.look("51_painting_the_world")
    yield from stage.until_done(run)
    yield from stage.until(lambda: difference(before, stage.picture()) > 2, "the painted world is seen", 60)
    yield 2.0
    stage.hand.look("52_stylized_world")
    assert _world_node(stage) is not None, "the world has no node"
    assert tuple(_world_image(stage).size) == (WIDTH, WIDTH // 2), tuple(_world_image(stage).size)
    stage.report["stylized_world"] = {"engine_seconds": run.status.info["seconds"]}


def mixed_removed_and_undone(stage: Stage) -> Story:
    """The slider lets the sky through, Remove takes the paint off, and undo brings it back and takes it."""
    stylized = stage.picture()
    remove = stage.buttons()[-1]
    x, y = remove.middle
    yield from stage.hand.drag(x - 10, y - remove.height - 3, -110, 1)
    stage.hand.move(*stage.middle())
    yield 3.0
    strength = _world_node(stage).inputs["Strength"].default_value
    assert 0.05 < strength < 0.95, f"the slider is at {strength}"
    assert difference(stylized, stage.picture()) > 0.5, "the slider changes nothing"
    stage.hand.look("53_mixed_world")
    yield from stage.press_last()
    yield from stage.until(lambda: _world_node(stage) is None, "the paint is removed", 20)
    stage.hand.move(*stage.middle())
    yield 3.0
    stage.hand.look("54_world_removed")
    stage.hand.key("ctrl+z")
    yield from stage.until(lambda: _world_node(stage) is not None, "undo brings it back", 20)
    for _more in range(2):  # the slider, and the painting itself
        stage.hand.key("ctrl+z")
        yield 1.5
    assert _world_node(stage) is None, "undo leaves the world painted"
    yield from stage.toggle_panel(WORLD)
    stage.space.shading.type = "SOLID"
    yield 1.0


def panorama_looked_around_in(stage: Stage) -> Story:
    """A render of a panoramic camera is painted; Look Around shows it, and one click takes it off."""
    scene = bpy.context.scene
    panorama, host = stage.addon("host.panorama"), stage.addon("host.world")
    _stand_inside(stage, scene)
    yield from stage.toggle_panel(RENDER)
    yield from stage.hand.click(*tallest(stage.buttons()).middle)
    yield from stage.until(lambda: bool(stage.session.runs), "the button starts a job", 20)
    run = stage.session.runs[0]
    yield from stage.until(lambda: not stage.session.runs, "the panorama is painted", PATIENCE)
    assert run.status.state.name == "DONE", run.status
    stage.hand.move(*stage.middle())
    yield 2.0
    before = stage.picture()
    stage.hand.look("55_panorama_painted")
    yield from stage.press_last()
    yield from stage.until(
        lambda: panorama.panorama_node(bpy.context.scene.world) is not None, "one looks around", 20
    )
    stage.hand.move(*stage.middle())
    yield 10.0
    stage.hand.look("56_looking_around_in_it")
    assert stage.space.shading.type == "MATERIAL", stage.space.shading.type
    assert not stage.space.show_object_viewport_mesh, "things are in the way"
    assert difference(before, stage.picture()) > 5, "it is not seen"
    yield from stage.press_last()
    yield from stage.until(
        lambda: panorama.panorama_node(bpy.context.scene.world) is None, "it is taken off", 20
    )
    assert stage.space.shading.type == "SOLID", stage.space.shading.type
    assert stage.space.show_object_viewport_mesh, "the scene is not back"
    assert host.need_environment(bpy.context.scene.world) is not None
    stage.hand.move(*stage.middle())
    yield 2.0
    stage.hand.look("57_scene_again")
    yield from _leave(stage)


def _give_sky(stage: Stage) -> None:
    """A world that is lit by a picture: a sky with bands over ground. Suzanne stands in nobody's way."""
    scene = bpy.context.scene
    stage.object.hide_viewport = True
    image = bpy.data.images.new("Sky", WIDTH, WIDTH // 2, float_buffer=True)
    values: list[float] = []
    for row in range(WIDTH // 2):
        for column in range(WIDTH):
            wave = 0.5 + 0.5 * math.sin(column * math.tau * 8 / WIDTH + row / 9)
            sky = (0.2 + 0.3 * wave, 0.4 + 0.2 * wave, 0.9, 1.0)
            values += sky if row > WIDTH // 4 else (0.25, 0.15 + 0.2 * wave, 0.05, 1.0)
    image.pixels.foreach_set(values)
    image.pack()
    world = bpy.data.worlds.new("Sky")
    if bpy.app.version < (5, 0, 0):
        world.use_nodes = True
    tree = world.node_tree
    texture = tree.nodes.new("ShaderNodeTexEnvironment")
    texture.image = image
    tree.nodes.active = texture
    background = next(node for node in tree.nodes if node.type == "BACKGROUND")
    tree.links.new(texture.outputs["Color"], background.inputs["Color"])
    scene.world = world
    scene.nst.render.quality = "draft"
    with stage.context():
        bpy.ops.ed.undo_push(message="Give It a Sky")


def _stand_inside(stage: Stage, scene: Any) -> None:
    """A panoramic camera before Suzanne."""
    with stage.context():
        bpy.ops.object.camera_add(location=(0, -2.5, 0), rotation=(math.pi / 2, 0, 0))
        scene.camera = bpy.context.object
        scene.camera.data.type, scene.camera.data.panorama_type = "PANO", "EQUIRECTANGULAR"
        scene.render.engine, scene.cycles.samples = "CYCLES", 4
        scene.render.resolution_x, scene.render.resolution_y = WIDTH, WIDTH // 2
        scene.nst.render.compositor = False
        bpy.ops.ed.undo_push(message="Stand Inside")
    bpy.context.preferences.view.render_display_type = "NONE"


def _leave(stage: Stage) -> Story:
    """The panels and the scene as the other stories know them."""
    yield from stage.toggle_panel(RENDER)
    yield from stage.toggle_panel(TEXTURE)
    scene = bpy.context.scene
    scene.nst.render.compositor, scene.nst.render.result = True, None
    for obj in [obj for obj in bpy.data.objects if obj.type != "MESH"]:
        bpy.data.objects.remove(obj)
    bpy.data.worlds.remove(scene.world)
    (monkey,) = bpy.data.objects
    monkey.hide_viewport = False
    stage.window.view_layer.objects.active = monkey
    monkey.select_set(True)
    stage.session.notice = None
    stage.face_it()
    with stage.context():
        bpy.ops.ed.undo_push(message="Leave the World")
    yield 1.0


def _world_node(stage: Stage) -> Any:
    return stage.addon("host.world").stylized_node(bpy.context.scene.world)


def _world_image(stage: Stage) -> Any:
    (image,) = stage.addon("host.groups").group_images(_world_node(stage).node_tree)
    return image


def _below_tallest(stage: Stage) -> Any:
    """Look Around, below Stylize World."""
    buttons = stage.buttons()
    return next(each for each in buttons if each.middle[1] > tallest(buttons).middle[1])
