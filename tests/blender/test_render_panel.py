"""The panel of stylized renders: from its settings to the job, and from the result back to the scene."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from nst.tests.blender.builders import checker
from nst.tests.blender.driving import tick_until
from nst.tests.blender.lit import HEIGHT, WIDTH, light, state

NAME = "Scene van_gogh_auvers NST"


@pytest.fixture
def lit(scene: Any) -> Any:
    return light(scene)


def choose(style: Any, **settings: Any) -> Any:
    """Set the panel; returns its settings."""
    scene = bpy.context.scene
    scene.nst.style = style
    scene.nst.render.quality = "draft"
    for name, value in settings.items():
        setattr(scene.nst.render, name, value)
    return scene.nst.render


def reason(addon: Any) -> str:
    problem = addon.module("readiness").render_problem(bpy.context)
    assert (problem is None) == bpy.ops.nst.stylize_render.poll()
    return "" if problem is None else f"{problem.code}: {problem.message}"


def press(addon: Any, start: Any) -> Any:
    """What the button does, less the window: returns the run. start: as of ``WindowRender``."""
    still, scene = addon.module("still"), bpy.context.scene
    folder = addon.module("storage").new_job_folder()
    options = still.options_from_scene(scene)
    planned, target = still.prepare(scene, options, folder)
    run = addon.module("runs").Run(
        still.title_of(scene, options), planned.job, folder, Path("unused"), target
    )
    layer = scene.view_layers[planned.layer]
    render = addon.module("host.window_render").WindowRender(
        scene, layer, planned.passes, Path(planned.job.content), start
    )
    addon.session.submit_when(run, render)
    return run


def writes(scene: Any) -> None:
    bpy.ops.render.render(write_still=True, scene=scene.name)


def stops(scene: Any) -> None:
    for handler in list(bpy.app.handlers.render_cancel):
        handler(scene, None)


def nothing(_scene: Any) -> None:
    """A render that writes no file."""


def pixels(image: Any) -> NDArray[np.float32]:
    values = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(image.size[1], image.size[0], 4)


# ------------------------------------------------------------------------------------ to the job


def test_every_setting_reaches_the_job(addon: Any, lit: Any, style: Any, tmp_path: Path) -> None:
    own = choose(style, part="paint", strength=0.5, auto_stroke=False, stroke=9.0, seed=4)
    lit.nst.device = "cpu"
    lit.view_layers.new("Second")
    own.view_layer = "Second"
    own.controls.color, own.controls.loss = "keep", "gram"
    for source, name in (("object", "Cube"), ("material", "Paint"), ("asset", "Cube"), ("index", 3)):
        bpy.ops.nst.list_add(which="masks", owner="render")
        mask = own.controls.masks[-1]
        mask.source, mask.style, mask.soften, mask.strength = source, style, 2.0, 0.25
        setattr(mask, source, name)
    bpy.ops.nst.list_add(which="masks", owner="render")
    own.controls.masks[-1].source = "picture"
    own.outlines, own.falloff = 0.5, 0.25
    own.controls.masks[-1].mask, own.controls.masks[-1].style = checker(), style
    still = addon.module("still")
    planned, target = still.prepare(lit, still.options_from_scene(lit), tmp_path)
    job = planned.job
    assert (job.part, job.strength, job.stroke, job.seed) == ("paint", 0.5, 9.0, 4)
    assert (job.quality, job.device, job.view_layer) == ("draft", "cpu", "Second")
    assert (job.controls.color, job.controls.losses) == ("keep", (("gram", 1.0),))
    assert [mask.mask for mask in job.controls.masks][:4] == [
        "object:Cube",
        "material:Paint",
        "asset:Cube",
        "index:3",
    ]
    assert Path(job.controls.masks[4].mask).is_file()
    assert (job.outlines, job.falloff) == (0.5, 0.25)
    assert {"normal", "mist"} <= {*planned.passes}
    assert (job.controls.masks[0].soften, job.controls.masks[0].strength) == (2.0, 0.25)
    assert planned.layer == target.layer == "Second"
    assert {"diffuse_color", "cryptomatte_object", "cryptomatte_asset", "object_index"} <= {*planned.passes}
    assert Path(job.output).suffix == ".exr"


@pytest.mark.parametrize("shows", ["camera", "flat", "equirect"])
def test_panoramas_have_angles(addon: Any, lit: Any, style: Any, shows: str) -> None:
    own = choose(style, auto_stroke=False, stroke=9.0, stroke_angle=math.radians(1.5), projection=shows)
    mask = own.controls.masks.add()
    mask.source, mask.object, mask.style, mask.own_stroke = "object", "Cube", style, True
    mask.stroke, mask.soften = 8.0, 7.0
    mask.stroke_angle, mask.soften_angle = math.radians(2.0), math.radians(3.0)
    lit.camera.data.type, lit.camera.data.panorama_type = "PANO", "EQUIRECTANGULAR"
    lit.render.resolution_x, lit.render.resolution_y = 64, 32
    picture = addon.module("picture").picture_from_scene(lit)
    (found,) = picture.controls.masks
    seen = (picture.stroke, found.stroke, found.soften)
    assert seen == ((9.0, 8.0, 7.0) if shows == "flat" else (1.5, 2.0, 3.0))


@pytest.mark.parametrize(
    ("source", "settings", "region", "needed"),
    [
        ("collection", {"collection": "Things"}, "collection:Things", "cryptomatte_object"),
        ("material_index", {"material_index": 7}, "material_index:7", "material_index"),
        ("aov", {"aov": "Rust"}, "aov:Rust", None),
        ("depth", {"near": 0.5, "far": 1e6}, "depth:0.5-1000000", "z"),
        ("depth", {"near": 3, "far": 0}, "depth:3-", "z"),
        ("mist", {"begin": 0.75, "end": 0.25}, "mist:0.75-0.25", "mist"),
    ],
)
def test_every_kind_of_mask(
    addon: Any,
    lit: Any,
    style: Any,
    tmp_path: Path,
    source: str,
    settings: dict[str, Any],
    region: str,
    needed: str | None,
) -> None:
    own = choose(style)
    lit.view_layers[0].aovs.add().name = "Rust"
    things = bpy.data.collections.new("Things")
    lit.collection.children.link(things)
    things.objects.link(bpy.data.objects["Cube"])
    bpy.ops.nst.list_add(which="masks", owner="render")
    mask = own.controls.masks[0]
    mask.source, mask.style = source, style
    for name, value in settings.items():
        setattr(mask, name, value)
    still = addon.module("still")
    planned, _ = still.prepare(lit, still.options_from_scene(lit), tmp_path)
    assert planned.job.controls.masks[0].mask == region
    assert needed is None or needed in planned.passes
    if source == "collection":
        assert planned.job.controls.masks[0].members == ("Cube",)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("object", "Ball"),
        ("asset", "Cube"),
        ("material", "Paint"),
        ("collection", "Things"),
        ("index", 5),
        ("material_index", 8),
    ],
)
def test_a_thing_is_picked_by_making_it_active(addon: Any, lit: Any, source: str, found: str | int) -> None:
    cube, things = bpy.data.objects["Cube"], bpy.data.collections.new("Things")
    ball = bpy.data.objects.new("Ball", cube.data)
    lit.collection.children.link(things)
    things.objects.link(ball)
    ball.parent, ball.pass_index, ball.active_material.pass_index = cube, 5, 8
    bpy.context.view_layer.objects.active = ball
    bpy.ops.nst.list_add(which="masks", owner="render")
    mask = lit.nst.render.controls.masks[0]
    mask.source = source
    assert bpy.ops.nst.pick_thing(index=0) == {"FINISHED"}
    assert getattr(mask, source) == found


def test_what_a_thing_lacks_is_not_picked(addon: Any, lit: Any) -> None:
    bpy.context.view_layer.objects.active = lit.camera
    bpy.ops.nst.list_add(which="masks", owner="render")
    lit.nst.render.controls.masks[0].source = "material"
    with pytest.raises(RuntimeError, match="has no material"):
        bpy.ops.nst.pick_thing(index=0)


def test_untouched_it_is_a_plain_job(addon: Any, lit: Any, style: Any, tmp_path: Path) -> None:
    choose(style)
    still = addon.module("still")
    planned, _ = still.prepare(lit, still.options_from_scene(lit), tmp_path)
    assert planned.job.controls == addon.module("still").Controls()
    assert (planned.passes, planned.job.stroke, planned.job.part) == ((), 0.0, "picture")


def test_masks_of_textures_and_renders_are_two_lists(addon: Any, lit: Any) -> None:
    bpy.ops.nst.list_add(which="masks", owner="render")
    bpy.ops.nst.list_add(which="masks")
    bpy.ops.nst.list_add(which="styles", owner="render")
    assert [len(each.controls.masks) for each in (lit.nst, lit.nst.render)] == [1, 1]
    bpy.ops.nst.list_remove(which="masks", index=0, owner="render")
    assert [len(each.controls.masks) for each in (lit.nst, lit.nst.render)] == [1, 0]
    assert len(lit.nst.controls.styles) == 0


# ------------------------------------------------------------------------------- what is missing


def test_the_button_says_what_is_missing(addon: Any, lit: Any, style: Any, tmp_path: Path) -> None:
    assert "style_missing" in reason(addon)
    own = choose(style)
    assert reason(addon) == ""
    camera, lit.camera = lit.camera, None
    assert "no_camera" in reason(addon)
    lit.camera = camera
    lit.render.engine = "BLENDER_WORKBENCH"
    assert reason(addon) == ""
    own.part = "paint"
    assert "passes_unsupported" in reason(addon)
    lit.render.engine = "CYCLES"
    own.view_layer = "Front"
    assert "no view layer Front" in reason(addon)
    own.view_layer = ""
    own.source = "file"
    assert "Choose the file" in reason(addon)
    own.finished = str(tmp_path / "none.exr")
    assert "no finished render" in reason(addon)
    own.source = "scene"
    own.file = str(tmp_path / "painted.jpg")
    assert "ends in .exr" in reason(addon)
    own.file = str(tmp_path / "none" / "painted.png")
    assert "folder_missing" in reason(addon)
    own.file = "//painted.png"
    assert "blend_unsaved" in reason(addon)
    own.file = ""
    lit.nst.images = "save"
    assert "blend_unsaved" in reason(addon)


def test_a_mask_without_a_name(addon: Any, lit: Any, style: Any) -> None:
    own = choose(style)
    bpy.ops.nst.list_add(which="masks", owner="render")
    with pytest.raises(RuntimeError, match="Mask 1 names no object"):
        bpy.ops.nst.stylize_render()
    own.controls.masks[0].object = "Cube"
    with pytest.raises(RuntimeError, match="Mask 1 has no painting"):
        bpy.ops.nst.stylize_render()


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="no folder that takes no file of anyone")
def test_a_folder_that_takes_no_file(addon: Any, lit: Any, style: Any) -> None:
    choose(style, file="/proc/painted.exr")
    with pytest.raises(RuntimeError, match="cannot be written to"):
        bpy.ops.nst.stylize_render()


# ---------------------------------------------------------------------------------- to the scene


def test_a_script_waits_until_the_picture_is_there(addon: Any, lit: Any, style: Any) -> None:
    addon.use_worker("notes")
    before = state(lit)
    choose(style, seed=7)
    assert bpy.ops.nst.stylize_render() == {"FINISHED"}
    image = lit.nst.render.result
    assert image.name == NAME
    assert image.packed_file is not None
    assert (image["nst_seed"], image["nst_style_sha256"]) == (7, "0123abcd")
    settings = json.loads(image["nst_job"])
    assert (settings["kind"], settings["style"], settings["part"]) == ("render", style.name, "picture")
    assert settings["frame"] == lit.frame_current
    assert "jobs" not in image["nst_job"]
    node = addon.module("host.compositor").stylized_node(lit)
    assert [each.image for each in node.node_tree.nodes if each.type == "IMAGE"] == [image]
    assert state(lit) == before | {"images": [NAME, *before["images"]]}


def test_again_it_takes_the_place_of_the_one_before(addon: Any, lit: Any, style: Any) -> None:
    addon.use_worker("paint")
    compositor = addon.module("host.compositor")
    choose(style, seed=1)
    bpy.ops.nst.stylize_render()
    compositor.strength_socket(lit).default_value = 0.5
    groups = len(bpy.data.node_groups)
    choose(style, seed=2)
    bpy.ops.nst.stylize_render()
    made = [image for image in bpy.data.images if "nst_job" in image]
    assert made[0].packed_files[0].filepath == f"//{NAME.replace(' ', '_')}.exr"
    assert [(image.name, image["nst_seed"]) for image in made] == [(NAME, 2)]
    assert lit.nst.render.result == made[0]
    node = compositor.stylized_node(lit)
    assert [each.image for each in node.node_tree.nodes if each.type == "IMAGE"] == made
    assert len(bpy.data.node_groups) == groups
    assert compositor.strength_socket(lit).default_value == 0.5


def test_it_leaves_the_compositor_alone_if_that_is_wished(addon: Any, lit: Any, style: Any) -> None:
    addon.use_worker("paint")
    choose(style, compositor=False)
    bpy.ops.nst.stylize_render()
    assert lit.nst.render.result.name == NAME
    assert addon.module("compat").compositor_tree(lit) is None


def test_remove_takes_it_out_of_the_compositor(addon: Any, lit: Any, style: Any) -> None:
    addon.use_worker("paint")
    assert not bpy.ops.nst.remove_stylized_render.poll()
    choose(style)
    bpy.ops.nst.stylize_render()
    assert bpy.ops.nst.remove_stylized_render() == {"FINISHED"}
    assert addon.module("compat").compositor_tree(lit) is None
    assert lit.nst.render.result.name == NAME


def test_the_button_renders_first_and_the_queue_goes_on(addon: Any, lit: Any, style: Any) -> None:
    addon.use_worker("paint")
    before = state(lit)
    choose(style)
    run = press(addon, writes)
    assert addon.session.runs == (run,)
    assert addon.session.run is None
    assert "Esc" in run.status.stage
    assert state(lit) != before
    tick_until(addon, lambda: not addon.session.runs)
    assert run.status.state.name == "DONE"
    notice = addon.session.notice
    assert (notice.text, notice.job) == ("Scene, frame 1 is painted.", "render")
    assert state(lit) == before | {"images": [NAME, *before["images"]]}
    assert not run.folder.exists()


@pytest.mark.parametrize("how", ["Esc", "Cancel", "failure", "another file"])
def test_one_that_ends_before_it_is_painted_leaves_nothing(
    addon: Any, lit: Any, style: Any, how: str
) -> None:
    addon.use_worker("paint")
    before = state(lit)
    choose(style)
    run = press(addon, {"Esc": stops, "failure": nothing}.get(how, writes))
    if how == "Cancel":
        bpy.ops.nst.cancel_job(job=run.id)
    if how == "another file":
        addon.session.file_opened()
    tick_until(addon, lambda: not addon.session.runs)
    assert run.status.state.name == ("FAILED" if how == "failure" else "CANCELLED")
    assert state(lit) == before
    assert addon.session.queue.engine_pid is None
    notice = addon.session.notice
    if how == "failure":
        assert "wrote no file" in notice.text
        assert notice.job == "render"
    elif how == "another file":
        assert "was stopped" in notice.text
    else:
        assert notice is None
        assert not run.folder.exists()


def test_a_scene_that_has_gone_costs_no_work(addon: Any, lit: Any, style: Any) -> None:
    addon.use_worker("paint")
    choose(style)
    run = press(addon, writes)
    tick_until(addon, lambda: addon.session.run is run)
    bpy.data.scenes.new("Other")
    bpy.data.scenes.remove(lit)
    tick_until(addon, lambda: not addon.session.runs)
    assert "is gone" in addon.session.notice.text
    assert bpy.data.images[NAME].use_fake_user


def test_a_folder_that_has_gone_meanwhile_costs_no_work(
    addon: Any, lit: Any, style: Any, tmp_path: Path
) -> None:
    addon.use_worker("paint")
    folder = tmp_path / "renders"
    folder.mkdir()
    choose(style, file=str(folder / "painted.png"))
    press(addon, writes)
    folder.rmdir()
    tick_until(addon, lambda: not addon.session.runs)
    assert "is in the .blend file" in addon.session.notice.text
    assert not addon.session.notice.is_error
    assert lit.nst.render.result.name == NAME


def test_images_are_saved_where_the_others_are(addon: Any, lit: Any, style: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    choose(style)
    lit.nst.images, lit.nst.image_folder = "save", str(tmp_path)
    assert bpy.ops.nst.stylize_render() == {"FINISHED"}
    assert bpy.ops.nst.stylize_render() == {"FINISHED"}
    stem = NAME.replace(" ", "_")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{stem}.001.exr", f"{stem}.exr"]
    assert lit.nst.render.result.packed_file is None


# ------------------------------------------------------------------------------- the real engine


def test_the_engine_keeps_light_and_alpha(addon: Any, lit: Any, style: Any, tmp_path: Path) -> None:
    """At strength 0 the render itself comes back, in the file, as an EXR and as a picture."""
    own = choose(style, strength=0.0, file=str(tmp_path / "light.exr"))
    assert bpy.ops.nst.stylize_render() == {"FINISHED"}
    result = lit.nst.render.result
    assert result.is_float
    assert tuple(result.size) == (WIDTH, HEIGHT)
    light = pixels(result)
    assert light[..., :3].max() > 1.5
    assert (light[..., 3].min(), light[..., 3].max()) == (0, 1)
    written = bpy.data.images.load(str(tmp_path / "light.exr"))
    assert np.array_equal(pixels(written), light)
    own.file = str(tmp_path / "seen.png")
    assert bpy.ops.nst.stylize_render() == {"FINISHED"}
    seen = pixels(bpy.data.images.load(str(tmp_path / "seen.png")))
    assert seen[..., 3].min() == 0
    assert seen[..., :3].max() <= 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["light.exr", "seen.png"]


def test_a_finished_render_lacks_a_pass(addon: Any, lit: Any, style: Any, tmp_path: Path) -> None:
    """The error names it, and a button turns it on for the next time."""
    lit.render.filepath = str(tmp_path / "shot.exr")
    addon.module("compat").set_file_format(lit.render.image_settings, "OPEN_EXR_MULTILAYER")
    bpy.ops.render.render(write_still=True)
    own = choose(style, source="file", finished=str(tmp_path / "shot.exr"), part="paint")
    run_of_finished(addon)
    tick_until(addon, lambda: not addon.session.runs)
    notice = addon.session.notice
    assert "has no pass Diffuse" in notice.text
    assert notice.remedy.value == "turn_on_passes"
    assert addon.module("panels.text")._REMEDY_OPERATORS[notice.remedy][0] == "nst.turn_on_passes"
    assert bpy.ops.nst.turn_on_passes() == {"FINISHED"}
    assert addon.session.notice is None
    assert lit.view_layers[0].use_pass_diffuse_color
    bpy.ops.render.render(write_still=True)
    own.strength = 0.0
    assert bpy.ops.nst.stylize_render() == {"FINISHED"}
    assert json.loads(lit.nst.render.result["nst_job"])["render"] == "shot.exr"


def run_of_finished(addon: Any) -> Any:
    """What the button does with a finished render."""
    still, scene = addon.module("still"), bpy.context.scene
    folder = addon.module("storage").new_job_folder()
    options = still.options_from_scene(scene)
    planned, target = still.prepare(scene, options, folder)
    assert planned.layer == ""
    python = addon.module("readiness").engine_python(bpy.context)
    run = addon.module("runs").Run("shot", planned.job, folder, python, target)
    addon.session.submit(run)
    return run
