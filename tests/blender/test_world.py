"""Stylized worlds in the installed extension: nodes that are spliced in and out, and the engine's work."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from nst.blender_nst.host.groups import group_images
from nst.blender_nst.host.world import add_stylized, need_environment, remove_stylized, stylized_node
from nst.core.protocol import Controls, JobError, Mask
from nst.tests.blender.builders import checker, data_blocks, result_image
from nst.tests.blender.driving import tick_until

SUN = 40.0
RESULT = "World van_gogh_auvers NST"
PAINTING = Path(__file__).resolve().parents[1] / "assets" / "van_gogh_auvers.jpg"


def panorama(name: str = "Sky", size: tuple[int, int] = (64, 32), sun: float = SUN) -> Any:
    """A float image of a sky over ground, with a sun."""
    width, height = size
    rows, columns = np.mgrid[:height, :width]
    pixels = np.ones((height, width, 4), dtype=np.float32)
    pixels[..., 0] = 0.2 + 0.1 * np.sin(2 * np.pi * columns / width)
    pixels[..., 1] = 0.3
    pixels[..., 2] = rows / height
    pixels[2 * height // 3 :, width // 4 : width // 4 + 3, :3] = sun
    image = bpy.data.images.new(name, width, height, alpha=True, float_buffer=True)
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    image.pack()
    return image


def pixels_of(image: Any) -> NDArray[np.float32]:
    """(H, W, 3), bottom row first."""
    width, height = image.size
    values = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(height, width, 4)[..., :3]


def pixels_in(path: Path) -> NDArray[np.float32]:
    image = bpy.data.images.load(str(path), check_existing=False)
    try:
        return pixels_of(image)
    finally:
        bpy.data.images.remove(image)


@pytest.fixture
def texture(scene: Any) -> Any:
    """The environment texture node of a world that is turned, and whose colour goes to two nodes."""
    world = bpy.data.worlds.new("World")
    if bpy.app.version < (5, 0, 0):
        world.use_nodes = True
    scene.world = world
    tree = world.node_tree
    node = tree.nodes.new("ShaderNodeTexEnvironment")
    node.image = panorama()
    coordinates, mapping = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeMapping")
    mapping.inputs["Rotation"].default_value = (0.3, 0.0, 1.0)
    grey = tree.nodes.new("ShaderNodeRGBToBW")
    background = next(each for each in tree.nodes if each.type == "BACKGROUND")
    tree.links.new(coordinates.outputs["Generated"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], node.inputs["Vector"])
    tree.links.new(node.outputs["Color"], background.inputs["Color"])
    tree.links.new(node.outputs["Color"], grey.inputs["Color"]).is_muted = True
    return node


def fingerprint(world: Any) -> tuple[object, ...]:
    """Everything about a world's nodes that this add-on might change."""
    tree = world.node_tree
    ends = [
        (link.from_node.name, link.from_socket.identifier, link.to_node.name, link.to_socket.identifier)
        for link in tree.links
    ]
    values = [
        (node.name, socket.identifier, str(getattr(socket, "default_value", "")))
        for node in tree.nodes
        for socket in node.inputs
        if not hasattr(getattr(socket, "default_value", None), "__len__")
    ]
    muted = [link.is_muted for link in tree.links]
    return sorted(node.name for node in tree.nodes), sorted(zip(ends, muted, strict=True)), sorted(values)


def choose(style: Any, **settings: Any) -> None:
    group = bpy.context.scene.nst
    group.style, group.render.quality = style, "draft"
    for name, value in settings.items():
        setattr(group.render, name, value)


def prepared(addon: Any, python: Path) -> Any:
    """The run of the panel's settings."""
    world, folder = addon.module("world"), addon.module("storage").new_job_folder()
    scene = bpy.context.scene
    job, target = world.prepare(scene, world.options_from_scene(scene), folder)
    return addon.module("runs").Run("World", job, folder, python, target, world.WORLD)


def seen(scene: Any) -> NDArray[np.float32]:
    """What Cycles shows all around, linear, bottom row first."""
    if scene.camera is None:
        camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
        scene.collection.objects.link(camera)
        camera.data.type = "PANO"
        lens = camera.data if hasattr(camera.data, "panorama_type") else camera.data.cycles
        lens.panorama_type = "EQUIRECTANGULAR"
        scene.camera = camera
    scene.render.engine, scene.cycles.device, scene.cycles.samples = "CYCLES", "CPU", 1
    scene.cycles.use_denoising, scene.cycles.seed = False, 1
    scene.world.cycles.sampling_method = "NONE"  # it lights nothing here
    scene.render.resolution_x, scene.render.resolution_y = 32, 16
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format, scene.render.image_settings.color_depth = "OPEN_EXR", "32"
    scene.render.filepath = bpy.app.tempdir + "nst_world.exr"
    bpy.ops.render.render(write_still=True)
    return pixels_in(Path(scene.render.filepath))


@pytest.mark.parametrize("turned", [True, False])
def test_the_group_shows_a_panorama_as_the_texture_would(scene: Any, texture: Any, turned: bool) -> None:
    world, own = scene.world, texture.image
    if not turned:
        world.node_tree.links.remove(texture.inputs["Vector"].links[0])
    other = panorama("Other", sun=7.0)
    before = seen(scene)
    texture.image = other
    wanted = seen(scene)
    texture.image = own
    node = add_stylized(world, texture, other)
    node.inputs["Strength"].default_value = 0.75
    np.testing.assert_allclose(seen(scene), 0.25 * before + 0.75 * wanted, rtol=1e-4, atol=1e-5)
    assert np.abs(wanted - before).max() > 1


def test_taking_it_off_leaves_no_trace(scene: Any, texture: Any) -> None:
    world = scene.world
    before, blocks = fingerprint(world), data_blocks()
    first = result_image("First")
    add_stylized(world, texture, first)
    assert need_environment(world) == texture  # which is painted again, not the paint
    node = add_stylized(world, texture, result_image("Second"))
    assert [each.name for each in group_images(node.node_tree)] == ["Second"]
    assert first.use_fake_user
    assert not texture.outputs["Color"].links[1:]
    assert sorted(link.is_muted for link in node.outputs["Color"].links) == [False, True]
    remove_stylized(world)
    assert stylized_node(world) is None
    assert fingerprint(world) == before
    bpy.data.images.remove(first)
    assert data_blocks() == blocks


def test_of_several_textures_the_one_that_is_painted_is_painted_again(scene: Any, texture: Any) -> None:
    tree = scene.world.node_tree
    background = next(node for node in tree.nodes if node.type == "BACKGROUND")
    other, mix = tree.nodes.new("ShaderNodeTexEnvironment"), tree.nodes.new("ShaderNodeMixRGB")
    other.image = panorama("Clouds")
    tree.links.new(other.outputs["Color"], mix.inputs["Color1"])
    tree.links.new(texture.outputs["Color"], mix.inputs["Color2"])
    tree.links.new(mix.outputs["Color"], background.inputs["Color"])
    for chosen in (texture, other):
        tree.nodes.active = chosen
        assert need_environment(scene.world) == chosen
        node = add_stylized(scene.world, chosen, result_image("Painted"))
        tree.nodes.active = node
        assert need_environment(scene.world) == chosen


def test_a_muted_texture_lights_nothing(scene: Any, texture: Any) -> None:
    texture.mute = True
    with pytest.raises(JobError) as caught:
        need_environment(scene.world)
    assert caught.value.code == "no_environment"
    tree = scene.world.node_tree
    between = tree.nodes.new("ShaderNodeGamma")
    background = next(node for node in tree.nodes if node.type == "BACKGROUND")
    tree.links.new(texture.outputs["Color"], between.inputs["Color"])
    tree.links.new(between.outputs["Color"], background.inputs["Color"])
    texture.mute, between.mute = False, True
    assert need_environment(scene.world) == texture
    background.mute = True
    with pytest.raises(JobError):
        need_environment(scene.world)


def test_the_real_engine_paints_a_world(addon: Any, scene: Any, texture: Any, style: Any) -> None:
    """Light beyond white stays light. It is kept early, which is enough to see that."""
    before, blocks = fingerprint(scene.world), data_blocks()
    choose(style, seed=7)
    own = scene.nst.world
    own.auto_stroke, own.stroke_angle = False, math.radians(20.0)
    run, queue = prepared(addon, addon.module("readiness").engine_python(bpy.context)), addon.session.queue
    written = addon.session.wait(run, lambda _: queue.keep(run) if run.status.begun else None)
    assert written.images == (RESULT,)
    node = stylized_node(scene.world)
    assert node.inputs["Strength"].default_value == 1.0
    image = bpy.data.images[RESULT]
    assert group_images(node.node_tree) == [image]
    assert image.packed_file is not None
    assert (image.is_float, image.size[:]) == (True, (64, 32))
    assert "Linear" in image.colorspace_settings.name
    painted, own = pixels_of(image), pixels_of(texture.image)
    assert painted.max() > SUN / 4
    assert np.unravel_index(painted.max(2).argmax(), (32, 64))[0] > 16  # in the sky
    assert np.abs(painted - own).mean() > 0.02
    settings = json.loads(image["nst_job"])
    assert (settings["kind"], settings["projection"], settings["stroke"]) == ("render", "equirect", 20.0)
    assert (settings["world"], settings["environment"], settings["style"]) == ("World", "Sky", style.name)
    assert (image["nst_seed"], len(image["nst_style_sha256"])) == (7, 64)
    assert bpy.ops.nst.remove_stylized_world() == {"FINISHED"}
    assert fingerprint(scene.world) == before
    assert data_blocks() == blocks


def test_it_is_one_step_to_undo(addon: Any, scene: Any, texture: Any, style: Any) -> None:
    addon.use_worker("paint")
    choose(style)
    bpy.ops.ed.undo_push(message="Before")
    before, blocks = fingerprint(scene.world), data_blocks()
    assert bpy.ops.nst.stylize_world() == {"FINISHED"}
    bpy.ops.ed.undo_push(message="Stylize World")  # as the window would
    bpy.ops.ed.undo()
    assert fingerprint(bpy.context.scene.world) == before
    assert data_blocks() == blocks
    bpy.ops.ed.redo()
    assert group_images(stylized_node(bpy.context.scene.world).node_tree)[0].name == RESULT


@pytest.mark.parametrize("gone", ["is gone", "does not show 'Sky' any more"])
def test_what_has_gone_costs_no_work(addon: Any, scene: Any, texture: Any, style: Any, gone: str) -> None:
    addon.use_worker("paint")
    choose(style)
    run = prepared(addon, Path("unused"))
    addon.session.submit(run)
    if gone == "is gone":
        bpy.data.worlds.remove(scene.world)
    else:
        texture.image = panorama("Another")
    tick_until(addon, lambda: addon.session.run is None)
    assert run.status.state.name == "DONE"
    assert addon.session.notice.job == "world"
    assert f"The world 'World' {gone}" in addon.session.notice.text
    assert bpy.data.images[RESULT].use_fake_user
    assert stylized_node(scene.world) is None


def test_pictures_are_written_with_their_light(addon: Any, scene: Any, texture: Any, tmp_path: Path) -> None:
    world = addon.module("world")

    def content(**settings: Any) -> Path:
        job, _ = world.prepare(scene, world.WorldOptions(str(PAINTING), **settings), tmp_path)
        return Path(job.content)

    texture.image = panorama("Bright", sun=3e5)  # which a half float cannot hold
    np.testing.assert_allclose(pixels_in(content()), pixels_of(texture.image), rtol=1e-6)
    assert pixels_in(content(size=128)).shape == (64, 128, 3)
    texture.image = panorama("Odd", (63, 40))  # stretched all around, as Blender shows it
    assert pixels_in(content()).shape == (31, 62, 3)
    texture.image = bpy.data.images.load(str(PAINTING))
    assert content(size=64).suffix == ".png"
    with pytest.raises(Exception, match="from 64 to") as caught:
        content(size=3)
    assert caught.value.code == "bad_job"
    with pytest.raises(Exception, match="is for renders") as caught:
        content(controls=Controls(masks=(Mask("object:Cube", str(PAINTING)),)))
    assert caught.value.code == "mask_unknown"


def test_masks_of_renders_do_not_keep_a_world_from_being_painted(
    addon: Any, scene: Any, texture: Any, style: Any
) -> None:
    choose(style)
    masks = scene.nst.render.controls.masks
    masks.add().source = "object"  # which one, its artist has yet to say
    masks.add().source, masks[1].mask, masks[1].style = "picture", checker(), style
    found = addon.module("world").options_from_scene(scene).controls.masks
    assert [mask.mask for mask in found] == [masks[1].mask.name]


def test_pixels_of_renders_are_no_degrees_of_a_world(
    addon: Any, scene: Any, texture: Any, style: Any
) -> None:
    choose(style, auto_stroke=False, stroke=12.0)
    mask = scene.nst.render.controls.masks.add()
    mask.source, mask.mask, mask.style = "picture", checker(), style
    mask.own_stroke, mask.stroke, mask.soften = True, 12.0, 30.0
    mask.stroke_angle, mask.soften_angle = math.radians(2.5), math.radians(10.0)
    options = addon.module("world").options_from_scene(scene)
    assert options.stroke == 0.0
    assert [(each.stroke, each.soften) for each in options.controls.masks] == [(2.5, 10.0)]


def problem_of(addon: Any, scene: Any) -> Any:
    found = addon.module("readiness").world_problem(bpy.context)
    assert bpy.ops.nst.stylize_world.poll() == (found is None)
    return found.code if found is not None else None


def test_why_it_cannot_begin(addon: Any, scene: Any, texture: Any, style: Any, tmp_path: Path) -> None:
    tree, image = scene.world.node_tree, texture.image
    assert problem_of(addon, scene) == "style_missing"
    choose(style)
    assert problem_of(addon, scene) is None
    texture.projection = "MIRROR_BALL"
    assert problem_of(addon, scene) == "mirror_ball"
    texture.projection = "EQUIRECTANGULAR"
    texture.image = None
    assert problem_of(addon, scene) == "image_missing"
    texture.image = image
    image.pack()
    file = tmp_path / "moved.exr"
    image.filepath_raw, image.file_format = str(file), "OPEN_EXR"
    image.save()
    moved = bpy.data.images.load(str(file))
    texture.image = moved
    assert problem_of(addon, scene) is None
    file.unlink()
    moved.reload()
    assert problem_of(addon, scene) == "image_missing"
    moved.source = "SEQUENCE"
    assert problem_of(addon, scene) == "image_kind"
    texture.image = checker()
    assert problem_of(addon, scene) is None
    background = texture.outputs["Color"].links[0].to_node
    sky = tree.nodes.new("ShaderNodeTexSky")
    tree.links.new(sky.outputs["Color"], background.inputs["Color"])
    assert problem_of(addon, scene) == "world_is_sky"
    tree.nodes.remove(sky)
    assert problem_of(addon, scene) == "no_environment"
    scene.world = None
    assert problem_of(addon, scene) == "no_world"


def test_a_linked_world_stays_as_it_is(addon: Any, scene: Any, texture: Any, tmp_path: Path) -> None:
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    with bpy.data.libraries.load(str(path), link=True) as (_there, here):
        here.worlds = ["World"]
    with pytest.raises(JobError, match="Make it local first"):
        need_environment(here.worlds[0])


def test_one_looks_around_in_the_world(addon: Any, texture: Any) -> None:
    (space,) = (area.spaces.active for area in bpy.context.screen.areas if area.type == "VIEW_3D")
    space.shading.type, space.region_3d.view_perspective = "SOLID", "ORTHO"
    assert bpy.ops.nst.look_around() == {"FINISHED"}
    assert (space.shading.type, space.shading.use_scene_world) == ("MATERIAL", True)
    assert space.region_3d.view_perspective == "PERSP"
