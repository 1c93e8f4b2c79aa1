"""Renders and animations that look like painted spheres, made by Blender and the real engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from nst.tests.blender.driving import tick_until
from nst.tests.blender.lit import HEIGHT, WIDTH, light, state
from nst.tests.blender.test_animation_panel import renders, stops_after_one
from nst.tests.blender.test_sphere_texture import COLD, SIZE, WARM, painted

NAME = "Scene Warm NST"
RED, YELLOW = (np.array(color) / 255 for color in WARM)
BLUE, CYAN = (np.array(color) / 255 for color in COLD)


@pytest.fixture
def balls(addon: Any, scene: Any) -> Any:
    """A ball to the left and a cube to the right, on nothing; and a sphere, red to the left, yellow to the
    right."""
    light(scene)
    bpy.data.objects["Cube"].location = (1.6, 0, 0)
    bpy.ops.mesh.primitive_uv_sphere_add(location=(-1.6, 0, 0), segments=32, ring_count=16)
    bpy.context.object.name = "Ball"
    for polygon in bpy.context.object.data.polygons:
        polygon.use_smooth = True
    scene.cycles.samples = 2
    scene.view_settings.view_transform = "Standard"
    add(scene, "Warm", WARM)
    return scene


def add(scene: Any, name: str, colors: Any, scope: str = "everything", thing: Any = None) -> Any:
    sphere = scene.nst_sphere.add(name, painted(colors, name))
    sphere.circle = (SIZE / 2, SIZE / 2, 0.48 * SIZE)
    sphere.scope = scope
    if thing is not None:
        setattr(sphere, scope, thing)
    return sphere


def shown(image: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Colours (H, W, 3) as the screen shows them in Standard, and alpha, top row first."""
    values = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(values)
    pixels = values.reshape(image.size[1], image.size[0], 4)[::-1].astype(float)
    if image.file_format == "OPEN_EXR":
        linear = pixels[..., :3] / np.maximum(pixels[..., 3:], 1e-6)
        curve = np.where(
            linear > 0.0031308, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055, 12.92 * linear
        )
        return curve, pixels[..., 3]
    return pixels[..., :3], pixels[..., 3]


def is_(color: NDArray[np.float64], wanted: NDArray[np.float64]) -> bool:
    return bool(np.abs(color - wanted).max() < 0.06)


# The ball's left and right, and the cube's front, in the picture.
ROW, LEFT, RIGHT, CUBE = HEIGHT // 2, 9, 31, 76


def reason(kind: str) -> str:
    try:
        getattr(bpy.ops.nst, f"sphere_{kind}")()
    except RuntimeError as error:
        return str(error)
    raise AssertionError("it could begin")


# -------------------------------------------------------------------------------------- command


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("-o", "a_#.png", "--frames", "1-2", "--boil", "0.3", "--rate", "0"), "bad_job", "rate is 0"),
        (("-o", "a_#.png", "--frames", "1-2", "--boil", "0.3", "--rate", "nan"), "bad_job", "rate is nan"),
        (("-o", "a.gif"), "format_unknown", "a.gif"),
        (("-o", "a_#.gif", "--animation"), "format_unknown", "a_#.gif"),
        (("-o", "a.png", "--exemplar-circle", "1,2,3"), "usage", "--exemplar SPHERE"),
        (("--object", "Cube", "--save", "a.blend", "--frame", "3"), "usage", "--frame"),
        (("--object", "Cube", "--save", "a.blend", "--animation"), "usage", "--animation"),
        (("-o", "a.png", "--frame", "1000000000000"), "usage", "1000000000000"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_rendered(
    addon: Any,
    balls: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: str,
    said: str,
) -> None:
    def render(*_: object) -> None:
        raise AssertionError("it renders")

    monkeypatch.chdir(tmp_path)
    for name in ("render_still", "render_film"):
        monkeypatch.setattr(addon.module("sphere_render"), name, render)
    assert addon.module("command.run").run_in_blender(["sphere", *words, "--json"]) != 0
    (line,) = (line for line in capfd.readouterr().out.splitlines() if line.startswith("{"))
    error = json.loads(line)["error"]
    assert error["code"] == code
    assert said in error["message"]


# --------------------------------------------------------------------------------------- stills


def test_a_frame_takes_on_the_sphere(balls: Any) -> None:
    before = state(balls)
    assert bpy.ops.nst.sphere_render() == {"FINISHED"}
    image = balls.nst_sphere.result
    assert image.name == NAME
    assert (state(balls) | {"images": before["images"]}) == before
    colors, alpha = shown(image)
    assert colors.shape[:2] == (HEIGHT, WIDTH)
    assert (alpha[0, 0], alpha[ROW, LEFT], alpha[ROW, CUBE]) == (0, 1, 1)
    assert 0 < np.count_nonzero((alpha > 0.05) & (alpha < 0.95)) < 0.2 * alpha.size
    assert is_(colors[ROW, LEFT], RED)
    assert is_(colors[ROW, RIGHT], YELLOW)
    stored = json.loads(image["nst_job"])
    assert (stored["spheres"], stored["method"], stored["guides"]) == (["Warm"], "blit", "")
    assert image.packed_file is not None
    assert balls.nst.render.result is None


def test_each_sphere_paints_what_it_is_for(balls: Any) -> None:
    group = bpy.data.collections.new("Group")
    balls.collection.children.link(group)
    group.objects.link(bpy.data.objects["Cube"])
    for scope, thing in (("object", bpy.data.objects["Cube"]), ("collection", group)):
        cold = add(balls, "Cold", COLD, scope, thing)
        balls.nst_sphere.active = 0
        add(balls, "Unused", (COLD[1], COLD[1]))
        balls.nst_sphere.active = 0
        assert bpy.ops.nst.sphere_render() == {"FINISHED"}
        colors, _ = shown(balls.nst_sphere.result)
        assert is_(colors[ROW, LEFT], RED)
        assert colors[ROW, CUBE, 0] < 0.12  # it faces the seam of blue and cyan
        balls.nst_sphere.spheres.remove(2)
        balls.nst_sphere.spheres.remove(balls.nst_sphere.spheres.find(cold.name))


def test_a_sphere_for_a_material_paints_the_copies_that_wear_it(balls: Any) -> None:
    clay = bpy.data.materials.new("Shared Clay")
    for name in ("Ball", "Cube"):
        bpy.data.objects[name].data.materials.clear()
        bpy.data.objects[name].data.materials.append(clay)
    add(balls, "Cold", COLD, "material", clay)
    cube = bpy.data.objects["Cube"]
    bpy.context.view_layer.objects.active = cube
    for obj in bpy.data.objects:
        obj.select_set(obj == cube)
    assert bpy.ops.nst.sphere_material() == {"FINISHED"}
    assert cube.material_slots[0].material != clay
    assert bpy.ops.nst.sphere_render() == {"FINISHED"}
    colors, _ = shown(balls.nst_sphere.result)
    assert colors[ROW, LEFT, 0] < 0.12
    assert colors[ROW, CUBE, 0] < 0.12


def test_what_is_painted_in_blender_is_what_counts(balls: Any) -> None:
    """Pixels that nobody has saved yet, and what is rubbed out shows the render below in the compositor."""
    image = balls.nst_sphere.active_sphere.picture
    pixels = np.empty(SIZE * SIZE * 4, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(SIZE, SIZE, 4)
    pixels[..., :3], pixels[:, SIZE // 2 :, 3] = BLUE, 0
    image.pixels.foreach_set(pixels.ravel())
    assert image.is_dirty
    assert bpy.ops.nst.sphere_render() == {"FINISHED"}
    colors, alpha = shown(balls.nst_sphere.result)
    assert is_(colors[ROW, LEFT], BLUE)
    assert alpha[ROW, LEFT] == 1


def test_further_channels_come_along(balls: Any) -> None:
    height = painted(((255, 255, 255), (0, 0, 0)), "Height")
    height.colorspace_settings.name = "Non-Color"
    balls.nst_sphere.active_sphere.height = height
    assert bpy.ops.nst.sphere_render() == {"FINISHED"}
    levels, _ = shown(bpy.data.images[f"{NAME} Height"])
    assert levels[ROW, LEFT, 0] > 0.95
    assert levels[ROW, RIGHT, 0] < 0.05


def test_other_guides_need_the_light_of_the_sphere(balls: Any) -> None:
    balls.nst_sphere.weight_direct = 1.0
    assert "The guide direct needs a render of the sphere" in reason("render")
    assert balls.nst_sphere.result is None


def test_the_result_lies_over_the_render(addon: Any, balls: Any) -> None:
    """Also where a stylized render was mixed in before; its picture stays what it is."""
    compositor = addon.module("host.compositor")
    other = bpy.data.images.new("Other", 8, 8)
    node = compositor.show_stylized(balls, "ViewLayer", other)
    node.inputs["Strength"].default_value = 0.5
    balls.nst.render.result = other
    assert bpy.ops.nst.sphere_render() == {"FINISHED"}
    node = compositor.stylized_node(balls)
    assert node.inputs["Strength"].default_value == 0.5
    assert node.inputs["Render"].is_linked
    assert [each.image for each in node.node_tree.nodes if each.type == "IMAGE"] == [balls.nst_sphere.result]
    assert "ALPHAOVER" in [each.type for each in node.node_tree.nodes]
    assert balls.nst.render.result == other
    first = balls.nst_sphere.result.name
    assert bpy.ops.nst.sphere_render() == {"FINISHED"}
    assert balls.nst_sphere.result.name == first
    assert [image.name for image in bpy.data.images if image.name.startswith(NAME)] == [first]


@pytest.mark.parametrize("kind", ["render", "animation"])
def test_what_is_missing_is_said(balls: Any, kind: str) -> None:
    own, camera = balls.nst_sphere, balls.camera
    own.output = "/tmp/" if kind == "animation" else own.output
    balls.camera = None
    assert "has no camera" in reason(kind)
    balls.camera = camera
    balls.render.engine = "BLENDER_WORKBENCH"
    assert "Workbench renders no passes" in reason(kind)
    balls.render.engine = "CYCLES"
    own.view_layer = "Front"
    assert "no view layer Front" in reason(kind)
    own.view_layer = ""
    own.active_sphere.scope = "object"
    assert "for one object, but none is chosen" in reason(kind)
    own.active_sphere.scope, own.active_sphere.picture = "everything", None
    assert "'Warm' has no picture" in reason(kind)
    own.spheres.clear()
    assert "There is no sphere" in reason(kind)


def test_the_engines_sentence_reaches_the_artist(balls: Any) -> None:
    sphere = balls.nst_sphere.active_sphere
    sphere.circle = (0, 0, 0)
    plain = np.random.default_rng(0).random((SIZE, SIZE, 4)).astype(np.float32)
    plain[..., 3] = 1
    sphere.picture.pixels.foreach_set(plain.ravel())
    assert "No ball was found in Warm.png" in reason("render")
    assert balls.nst_sphere.result is None


# ----------------------------------------------------------------------------------- animations


@pytest.fixture
def moving(balls: Any) -> Any:
    """Three frames in which the ball rolls to the right and the cube leaves the view."""
    ball, cube = bpy.data.objects["Ball"], bpy.data.objects["Cube"]
    for frame, x in ((1, -1.6), (3, -1.2)):
        ball.location.x = x
        ball.keyframe_insert("location", frame=frame)
    for frame, x in ((1, 1.6), (3, 9.0)):
        cube.location.x = x
        cube.keyframe_insert("location", frame=frame)
    balls.frame_start, balls.frame_end = 1, 3
    balls.frame_set(2)
    return balls


def test_an_animation_is_painted_and_plays(moving: Any, tmp_path: Path) -> None:
    own = moving.nst_sphere
    own.output = str(tmp_path / "painted") + "/"
    add(moving, "Cold", COLD, "object", bpy.data.objects["Cube"])
    own.active = 0
    before = state(moving)
    moving.render.use_motion_blur = True
    assert bpy.ops.nst.sphere_animation() == {"FINISHED"}
    assert moving.render.use_motion_blur
    assert (state(moving) | {"images": before["images"]}) == before
    files = sorted(path.name for path in (tmp_path / "painted").iterdir())
    assert files == [f"Scene_000{number}.png" for number in (1, 2, 3)]
    assert (own.result.source, own.result.name) == ("SEQUENCE", f"{NAME} animation")
    pictures = [shown(bpy.data.images.load(str(tmp_path / "painted" / name))) for name in files]
    for number, (colors, alpha) in enumerate(pictures):
        assert is_(colors[ROW, LEFT + 3 * number], RED)
        assert alpha[0, 0] == 0
        assert (alpha[ROW, CUBE] > 0) == (number == 0)
    assert pictures[0][0][ROW, CUBE, 0] < 0.12
    assert pictures[2][1][ROW, 2] == 0  # the ball has gone from there


def test_esc_stops_and_the_button_goes_on(addon: Any, moving: Any, tmp_path: Path) -> None:
    """What the button does, less the window."""
    moving.nst_sphere.output = str(tmp_path / "p_####.png")
    addon.use_worker("paint")
    for start, ends in ((stops_after_one, 1), (renders, 0)):
        folder = addon.module("storage").new_job_folder()
        planned, target = addon.module("sphere_result").prepare_shot(moving, folder)
        run = addon.module("runs").Run("Shot", planned.job, folder, Path("unused"), target)
        layer = moving.view_layers[planned.layer]
        film = addon.module("host.window_film").WindowFilm(
            moving, layer, planned.passes, planned.film, planned.numbers, start
        )
        assert moving.render.film_transparent
        addon.session.submit_when(run, film)
        left = sorted(path.name for path in (tmp_path / "p.nst" / "renders").glob("*.exr"))
        assert len(left) == (1 if ends else 3)
        if ends:
            tick_until(addon, lambda run=run: run not in addon.session.runs)
            assert addon.session.notice is None
    addon.session.cancel()
    tick_until(addon, lambda: not addon.session.runs)


def test_a_camera_that_stands_still_is_told(addon: Any, moving: Any, tmp_path: Path) -> None:
    module = addon.module("sphere_result")
    moving.nst_sphere.output = str(tmp_path / "p_####.png")

    def camera(name: str) -> tuple[float, ...]:
        folder = tmp_path / name
        folder.mkdir()
        planned, _ = module.prepare_shot(moving, folder)
        assert {"normal", "position", "z"} <= {*planned.passes}
        return tuple(planned.job.camera)

    rows = np.array(camera("still")).reshape(3, 3)
    assert np.allclose(rows, np.array(moving.camera.matrix_world.to_3x3()).T, atol=1e-6)
    moving.camera.keyframe_insert("location", frame=1)
    assert camera("keyed") == ()
    moving.camera.animation_data_clear()
    moving.camera.constraints.new("TRACK_TO")
    assert camera("tracking") == ()


# -------------------------------------------------------------------------------------- command


def command(blend: Path, *words: object) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-P", "-m", "nst.blender_nst.cli", str(blend), "sphere", "--json"]
    environment = dict(os.environ)  # without what the bpy module of this process has set
    return subprocess.run(
        [*program, *map(str, words)], capture_output=True, text=True, env=environment, timeout=300
    )


@pytest.fixture
def blend(moving: Any, tmp_path: Path) -> Path:
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    return path


def test_the_command_paints_what_the_list_has(blend: Path, tmp_path: Path) -> None:
    stored = blend.read_bytes()
    out = tmp_path / "out.png"
    done = command(blend, "-o", out, "--frame", 1, "--scale", 0.5, "--tolerance", 0.1)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["output"] == str(out)
    colors, alpha = shown(bpy.data.images.load(str(out)))
    assert (alpha[0, 0], is_(colors[ROW, LEFT], RED)) == (0, True)
    assert blend.read_bytes() == stored


def test_the_command_paints_frames_by_files(blend: Path, tmp_path: Path) -> None:
    cold = painted(COLD, "Cold")
    cold.save(filepath=str(tmp_path / "cold.png"))
    circle = f"{SIZE / 2},{SIZE / 2},{0.48 * SIZE}"
    words = ("--exemplar", tmp_path / "cold.png", "--exemplar-circle", circle)
    words += ("--mask", "object:Cube=Warm", "--frames", "1-2", "-o", tmp_path / "p_####.png")
    done = command(blend, *words, "--boil", 0.5, "--rate", 12, "--keep-renders")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.glob("p_*.png")) == ["p_0001.png", "p_0002.png"]
    colors, _ = shown(bpy.data.images.load(str(tmp_path / "p_0001.png")))
    assert is_(colors[ROW, LEFT], BLUE)
    assert colors[ROW, CUBE, 0] > 0.7
    render = tmp_path / "p.nst" / "renders" / "render_0001.exr"
    again = command(blend, *words[:4], "--render", render, "-o", tmp_path / "again.png")
    assert again.returncode == 0, again.stderr
    assert is_(shown(bpy.data.images.load(str(tmp_path / "again.png")))[0][ROW, LEFT], BLUE)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "Say where the render goes"),
        (("--object", "Ball"), 2, "with --save OUT.blend"),
        (("-o", "{0}/p.png", "--animation"), 2, "no # for the frames"),
        (("-o", "{0}/p_##.png"), 2, "add --animation"),
        (("-o", "{0}/p.png", "--frames", "3-1"), 2, "is not A-B"),
        (("-o", "{0}/p.png", "--guide", "form=1"), 2, "the guide 'form' is not known"),
        (("-o", "{0}/p.png", "--exemplar", "none.png"), 1, "none.png"),
        (("-o", "{0}/p.png", "--mask", "object:Nobody=Warm"), 1, "no Cryptomatte of Nobody"),
    ],
)
def test_what_the_command_cannot_do(
    blend: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = command(blend, *(word.format(tmp_path) for word in words))
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert not list(tmp_path.glob("p*"))
