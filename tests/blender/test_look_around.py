"""Looking around in a painted panorama: it is seen as it was rendered, and leaves no trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.compat import set_material_uses_nodes
from nst.blender_nst.host.cameras import turn_of_camera
from nst.blender_nst.host.groups import group_images
from nst.blender_nst.host.images import RESULT_MARK
from nst.blender_nst.host.panorama import (
    check_place,
    hide_panorama,
    is_panorama,
    note_panorama,
    panorama_node,
    show_panorama,
)
from nst.blender_nst.host.world import add_stylized, remove_stylized, stylized_node
from nst.core.protocol import JobError
from nst.tests.blender.builders import data_blocks

from .test_world import fingerprint, panorama, pixels_of, seen

TURN = (0.4, -0.3, 1.1)


@pytest.fixture
def world(scene: Any) -> Any:
    """A grey one of half strength, before a camera that is turned."""
    made = bpy.data.worlds.new("World")
    if bpy.app.version < (5, 0, 0):
        set_material_uses_nodes(made, True)
    scene.world = made
    background = next(node for node in made.node_tree.nodes if node.type == "BACKGROUND")
    background.inputs["Color"].default_value = (0.2, 0.4, 0.8, 1)
    background.inputs["Strength"].default_value = 0.5
    seen(scene)
    scene.camera.rotation_euler = TURN
    bpy.context.view_layer.update()
    return made


def painted(scene: Any, size: tuple[int, int] = (64, 32), **told: Any) -> Any:
    """A result that was seen by the scene's camera."""
    image = panorama("Painted", size, sun=3.0)
    image[RESULT_MARK] = "{}"
    image.use_fake_user = True  # in the place of the scene, which keeps its result
    note_panorama(image, **{"projection": "equirect", "both": False, "turn": turn_of_camera(scene)} | told)
    return image


def output_of(node: Any) -> Any:
    """The World Output that shows it."""
    return node.outputs["Color"].links[0].to_node.outputs[0].links[0].to_node


def test_a_world_behind_a_reroute_is_mixed_in(scene: Any, world: Any) -> None:
    tree = world.node_tree
    background = next(node for node in tree.nodes if node.type == "BACKGROUND")
    reroute, output = tree.nodes.new("NodeReroute"), tree.get_output_node("ALL")
    tree.links.new(background.outputs[0], reroute.inputs[0])
    tree.links.new(reroute.outputs[0], output.inputs["Surface"])
    before = seen(scene)
    node = show_panorama(scene, painted(scene))
    output_of(node).target = "CYCLES"
    node.inputs["Strength"].default_value = 0.0
    np.testing.assert_allclose(seen(scene), before, rtol=1e-5)
    assert before.max() > 0.1


@pytest.mark.parametrize("kind", ["mix", "add", "muted", "nothing", "nested"])
def test_worlds_of_several_shaders_are_mixed_in(scene: Any, world: Any, kind: str) -> None:
    tree = world.node_tree
    background, output = tree.nodes["Background"], tree.get_output_node("ALL")
    joined = tree.nodes.new("ShaderNodeAddShader" if kind == "add" else "ShaderNodeMixShader")
    other = tree.nodes.new("ShaderNodeBackground")
    other.inputs["Color"].default_value, other.inputs["Strength"].default_value = (1, 0.1, 0, 1), 3.0
    first, second = [socket for socket in joined.inputs if socket.type == "SHADER"]
    tree.links.new(background.outputs[0], first)
    if kind != "nothing":
        tree.links.new(other.outputs[0], second)
    if kind != "add":
        joined.inputs[0].default_value = 0.25
    joined.mute = kind == "muted"
    if kind == "nested":
        above = tree.nodes.new("ShaderNodeAddShader")
        for socket in above.inputs:
            tree.links.new(joined.outputs[0], socket)
        joined = above
    tree.links.new(joined.outputs[0], output.inputs["Surface"])
    before, kept = seen(scene), fingerprint(world)
    node = show_panorama(scene, painted(scene))
    output_of(node).target = "CYCLES"
    node.inputs["Strength"].default_value = 0.0
    np.testing.assert_allclose(seen(scene), before, rtol=1e-5)
    assert before.max() > 0.1
    hide_panorama(scene)
    assert fingerprint(world) == kept


def test_it_is_seen_as_the_camera_saw_it(scene: Any, world: Any) -> None:
    before, image = seen(scene), painted(scene)
    node = show_panorama(scene, image)
    np.testing.assert_array_equal(seen(scene), before)  # Cycles renders what it did
    assert world.node_tree.get_output_node("EEVEE") == output_of(node)
    output_of(node).target = "CYCLES"
    halved = pixels_of(image).reshape(16, 2, 32, 2, 3)
    assert np.abs(seen(scene) - halved.mean((1, 3))).mean() < 0.02
    scene.camera.rotation_euler.z += 0.5
    assert np.abs(seen(scene) - halved.mean((1, 3))).mean() > 0.1
    node.inputs["Strength"].default_value = 0.0
    np.testing.assert_allclose(seen(scene), before, rtol=1e-5)


@pytest.mark.parametrize("own_output", [False, True])
def test_taking_it_off_leaves_no_trace(scene: Any, world: Any, own_output: bool) -> None:
    tree = world.node_tree
    if own_output:
        theirs = tree.nodes.new("ShaderNodeOutputWorld")
        theirs.target = "EEVEE"
        tree.links.new(tree.nodes["Background"].outputs[0], theirs.inputs["Surface"])
    image = painted(scene, both=True)
    used = {target: tree.get_output_node(target).name for target in ("ALL", "EEVEE", "CYCLES")}
    before, blocks = fingerprint(world), data_blocks()
    show_panorama(scene, image)
    node = show_panorama(scene, image)
    assert tree.get_output_node("EEVEE") == output_of(node)
    assert tree.get_output_node("CYCLES").name == used["CYCLES"]
    assert panorama_node(world) == node
    assert stylized_node(world) is None
    hide_panorama(scene)
    assert panorama_node(world) is None
    assert fingerprint(world) == before
    assert {target: tree.get_output_node(target).name for target in used} == used
    assert data_blocks() == blocks


def test_a_scene_without_a_world_has_none_again(scene: Any, world: Any) -> None:
    image = painted(scene)
    bpy.data.worlds.remove(world)
    blocks = data_blocks()
    node = show_panorama(scene, image)
    assert scene.world.node_tree.get_output_node("EEVEE") == output_of(node)
    hide_panorama(scene)
    assert scene.world is None
    assert data_blocks() == blocks
    show_panorama(scene, image)
    scene.world.node_tree.nodes.new("ShaderNodeBackground")
    hide_panorama(scene)
    assert [node.type for node in scene.world.node_tree.nodes] == ["BACKGROUND"]


def test_a_stylized_world_goes_on_beside_it(scene: Any, world: Any) -> None:
    tree = world.node_tree
    texture = tree.nodes.new("ShaderNodeTexEnvironment")
    texture.image = panorama()
    tree.links.new(texture.outputs["Color"], tree.nodes["Background"].inputs["Color"])
    before = fingerprint(world)
    stylized = add_stylized(world, texture, panorama("Stylized"))
    show_panorama(scene, painted(scene))
    assert stylized_node(world) == stylized
    remove_stylized(world)
    hide_panorama(scene)
    assert fingerprint(world) == before


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("projection", ["equirect", "vr180"])
def test_the_left_eye_is_seen_and_half_a_panorama_is_ahead(
    scene: Any, world: Any, both: bool, projection: str
) -> None:
    image = painted(scene, (64, 32), projection=projection, both=both)
    (shown,) = group_images(show_panorama(scene, image).node_tree)
    left = pixels_of(image)[:, : 32 if both else 64]
    around = left.shape[1] // 2 if projection == "vr180" else 0
    found = pixels_of(shown)
    assert found.shape == (32, left.shape[1] + 2 * around, 3)
    assert (shown == image) == (projection == "equirect" and not both)
    np.testing.assert_allclose(found[:, around : around + left.shape[1]], left, rtol=1e-6)
    assert not found[:, :around].any()
    assert not found[:, around + left.shape[1] :].any()


def test_where_it_cannot_be_shown(scene: Any, world: Any, tmp_path: Path) -> None:
    assert not is_panorama(None)
    flat = panorama("Flat")
    note_panorama(flat, "flat", False, (1, 0, 0, 0))
    assert not is_panorama(flat)
    if bpy.app.version < (5, 0, 0):
        world.use_nodes = False
        with pytest.raises(JobError, match="Turn on Use Nodes"):
            check_place(world)
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    with bpy.data.libraries.load(str(path), link=True) as (_there, here):
        here.worlds = ["World"]
    with pytest.raises(JobError, match="Make it local first"):
        check_place(here.worlds[0])


def turn_in(world: Any) -> tuple[float, ...]:
    """How the world turns the panorama."""
    (mapping,) = (node for node in world.node_tree.nodes if node.type == "MAPPING")
    return tuple(mapping.inputs["Rotation"].default_value)


def viewport() -> Any:
    (space,) = (area.spaces.active for area in bpy.context.window.screen.areas if area.type == "VIEW_3D")
    return space


def look(space: Any) -> dict[str, Any]:
    kinds = [name for name in dir(space) if name.startswith("show_object_viewport_")]
    found = {name: getattr(space, name) for name in kinds}
    return found | {
        "shading": space.shading.type,
        "world": space.shading.use_scene_world,
        "overlays": space.overlay.show_overlays,
        "perspective": space.region_3d.view_perspective,
        "turn": [round(part, 4) for part in space.region_3d.view_rotation],
    }


def test_the_buttons_show_nothing_else_and_bring_the_scene_back(addon: Any, scene: Any, world: Any) -> None:
    space = viewport()
    space.shading.type, space.show_object_viewport_curve = "SOLID", False
    assert not bpy.ops.nst.look_around_render.poll()
    scene.nst.render.result = painted(scene)
    before, nodes = look(space), fingerprint(world)
    for _ in range(2):
        assert bpy.ops.nst.look_around_render() == {"FINISHED"}
    now = look(space)
    assert (now["shading"], now["world"], now["overlays"]) == ("MATERIAL", True, False)
    assert not any(now[name] for name in now if name.startswith("show_"))
    turn = scene.camera.matrix_world.to_quaternion()
    assert abs(space.region_3d.view_rotation.dot(turn)) == pytest.approx(1, abs=1e-5)
    assert bpy.ops.nst.stop_looking_around() == {"FINISHED"}
    assert (look(space), fingerprint(world)) == (before, nodes)
    assert not bpy.ops.nst.stop_looking_around.poll()


def test_undo_brings_the_scene_back_too(addon: Any, scene: Any, world: Any) -> None:
    scene.nst.render.result = painted(scene)
    before, nodes = look(viewport()), fingerprint(world)
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.nst.look_around_render()
    bpy.ops.ed.undo_push(message="Look Around")  # as the window would
    bpy.ops.ed.undo()
    assert (look(viewport()), fingerprint(bpy.context.scene.world)) == (before, nodes)


def test_the_scene_comes_back_though_some_of_it_was_shown_again(addon: Any, scene: Any, world: Any) -> None:
    scene.nst.render.result = painted(scene)
    space = viewport()
    area = next(area for area in bpy.context.screen.areas if area.type == "VIEW_3D")
    before = look(space)
    bpy.ops.nst.look_around_render()
    space.show_object_viewport_camera = True
    assert bpy.ops.nst.stop_looking_around() == {"FINISHED"}
    assert look(space) == before
    bpy.ops.nst.look_around_render()
    area.type = "IMAGE_EDITOR"
    assert bpy.ops.nst.stop_looking_around() == {"FINISHED"}
    area.type = "VIEW_3D"
    assert look(viewport()) == before


def in_window(*operators: Any) -> None:
    """Call operators from the viewport; in the background Blender forgets the screen that it changes."""
    window = bpy.context.window
    for operator in operators:
        area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
        where = {"screen": window.screen, "area": area, "region": area.regions[-1]}
        with bpy.context.temp_override(window=window, **where):
            assert operator() == {"FINISHED"}


@pytest.mark.parametrize("maximized", ["first", "then"])
def test_a_viewport_may_be_maximized_meanwhile(addon: Any, scene: Any, world: Any, maximized: str) -> None:
    scene.nst.render.result = painted(scene)
    before = look(viewport())
    toggle, begin, end = (
        bpy.ops.screen.screen_full_area,
        bpy.ops.nst.look_around_render,
        bpy.ops.nst.stop_looking_around,
    )
    in_window(*((toggle, begin, toggle, end) if maximized == "first" else (begin, toggle, end, toggle)))
    assert look(viewport()) == before


def test_another_file_is_seen_in_the_same_window(addon: Any, scene: Any, world: Any) -> None:
    """The scene has gone, the window is there. (Opened so, Blender takes all later scenes for changed.)"""
    scene.nst.render.result = painted(scene)
    before = look(viewport())
    bpy.ops.nst.look_around_render()
    scene.world = None
    (opened,) = (one for one in bpy.app.handlers.load_post if one.__name__ == "nst_file_opened")
    opened("plain.blend")
    assert look(viewport()) == before


def test_one_can_stop_where_the_world_has_gone(addon: Any, scene: Any, world: Any) -> None:
    scene.nst.render.result = painted(scene)
    before = look(viewport())
    bpy.ops.nst.look_around_render()
    bpy.data.worlds.remove(world)
    assert bpy.ops.nst.stop_looking_around() == {"FINISHED"}
    assert look(viewport()) == before
    assert not bpy.ops.nst.stop_looking_around.poll()


def test_the_next_picture_is_looked_at_as_its_own_camera_saw_it(
    addon: Any, scene: Any, world: Any, style: Any
) -> None:
    addon.use_worker("paint")
    scene.nst.style, scene.nst.render.quality = style, "draft"
    before, nodes = look(viewport()), fingerprint(world)
    bpy.ops.nst.stylize_render()
    bpy.ops.nst.look_around_render()
    panorama_node(world).inputs["Strength"].default_value = 0.5
    scene.camera.rotation_euler.z += 1
    bpy.ops.nst.stylize_render()
    node, result = panorama_node(world), scene.nst.render.result
    assert group_images(node.node_tree) == [result]
    assert node.inputs["Strength"].default_value == 0.5
    turned = turn_in(world)
    hide_panorama(scene)
    show_panorama(scene, result)
    assert turn_in(world) == turned
    scene.camera.data.type = "PERSP"
    bpy.ops.nst.stylize_render()
    assert (look(viewport()), fingerprint(world)) == (before, nodes)


def test_a_stylized_render_of_a_panoramic_camera_can_be_looked_around_in(
    addon: Any, scene: Any, world: Any, style: Any
) -> None:
    addon.use_worker("paint")
    group = scene.nst
    group.style, group.render.quality = style, "draft"
    assert bpy.ops.nst.stylize_render() == {"FINISHED"}
    told = group.render.result["nst_panorama"]
    assert (told["projection"], told["both"]) == ("equirect", False)
    assert list(told["turn"]) == pytest.approx(list(scene.camera.matrix_world.to_quaternion()))
    assert bpy.ops.nst.look_around_render() == {"FINISHED"}
    scene.camera.data.type = "PERSP"
    assert bpy.ops.nst.stylize_render() == {"FINISHED"}
    assert not is_panorama(group.render.result)
