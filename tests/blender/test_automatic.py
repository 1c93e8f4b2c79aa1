"""What Blender renders by itself is stylized, where the scene's option is on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.tests.blender.driving import tick_until
from nst.tests.blender.lit import HEIGHT, WIDTH, light, state

from .eyes import panorama

NAME = "Scene van_gogh_auvers NST"


@pytest.fixture
def moving(scene: Any, style: Any, tmp_path: Path) -> Any:
    """Two frames of a cube, which are written to a folder of their own; the option is on."""
    light(scene)
    scene.cycles.samples = 1
    scene.frame_start, scene.frame_end = 1, 2
    scene.render.filepath = str(tmp_path / "out" / "shot_####_v2")
    scene.nst.style, scene.nst.render.quality = style, "draft"
    scene.nst.render.automatic = True
    return scene


@pytest.fixture
def window(addon: Any) -> Iterator[None]:
    """As in a window: the session's timer goes on after the render."""
    addon.session.background = False
    yield
    addon.session.background = True


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def animate() -> None:
    """What Ctrl F12 and ``blender -a`` do."""
    bpy.ops.render.render(animation=True)


def jobs_left(addon: Any) -> list[str]:
    return [path.name for path in addon.module("storage").user_folder("jobs").glob("job-*")]


# ------------------------------------------------------------------------------- in a background


def test_frames_are_stylized_beside_blenders(
    addon: Any, moving: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    addon.use_worker("notes")
    before, left = state(moving), jobs_left(addon)
    animate()
    stems = ["shot_0001_v2", "shot_0002_v2"]
    assert names_in(tmp_path / "out") == sorted(f"{s}{e}" for s in stems for e in (".png", "_stylized.png"))
    said = capfd.readouterr().err
    assert f"nst: Scene, frames 1 to 2 is stylized: {tmp_path}/out/shot_####_v2_stylized.png" in said
    assert "nst: Note: 3 faces cannot be painted." in said
    assert state(moving) == before
    assert jobs_left(addon) == left


def test_a_frame_of_its_own_is_a_still(addon: Any, moving: Any, tmp_path: Path) -> None:
    """As -f has it. It needs no vectors."""
    addon.use_worker("paint")
    moving.frame_start = 2
    moving.render.use_motion_blur = True
    moving.view_layers[0].use_pass_vector = False
    animate()
    assert names_in(tmp_path / "out") == ["shot_0002_v2.png", "shot_0002_v2_stylized.png"]


@pytest.mark.parametrize("why", ["off", "another scene", "not written"])
def test_nothing_else_is_stylized(addon: Any, moving: Any, tmp_path: Path, why: str) -> None:
    addon.use_worker("paint")
    left = jobs_left(addon)
    if why == "off":
        moving.nst.render.automatic = False
        animate()
    elif why == "another scene":
        other = moving.copy()
        other.nst.render.automatic = False
        bpy.ops.render.render(animation=True, scene=other.name)
    else:
        bpy.ops.render.render()
    assert not [name for name in names_in(tmp_path / "out") if "stylized" in name]
    assert addon.session.queue.engine_pid is None
    assert jobs_left(addon) == left


def test_what_the_buttons_render_is_theirs(addon: Any, moving: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    moving.nst.animation.output = str(tmp_path / "own") + "/"
    moving.nst.animation.movie = str(tmp_path / "own.mp4")
    begun: list[Any] = []
    bpy.app.handlers.render_post.append(lambda *_: begun.append(addon.session.taking))
    try:
        assert bpy.ops.nst.stylize_animation() == {"FINISHED"}
        assert bpy.ops.nst.stylize_render() == {"FINISHED"}
    finally:
        bpy.app.handlers.render_post.pop()
    assert len(begun) >= 3
    assert set(begun) == {None}
    assert names_in(tmp_path) == ["own", "own.mp4"]
    assert moving.nst.render.automatic
    assert not moving.nst.render.for_engine


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"nst.render.view_layer": "Front"}, "no view layer Front"),
        ({"nst.style": None}, "Choose a painting"),
        ({"nst.render.projection": "equirect"}, "twice as wide as high"),
        ({"nst.render.part": "paint"}, "lacks passes that these settings need: Diffuse Direct"),
        ({"render.use_motion_blur": True}, "With motion blur"),
        ({"frame_step": 2, "frame_end": 3}, "frame step is 2"),
        ({"view_layers[0].use_pass_vector": False}, "these settings need: Vector."),
    ],
)
def test_what_is_missing_is_said_and_the_render_goes_on(
    addon: Any, moving: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str], change: Any, said: str
) -> None:
    addon.use_worker("paint")
    left = jobs_left(addon)
    for name, value in change.items():
        path, _, last = name.rpartition(".")
        setattr(moving.path_resolve(path) if path else moving, last, value)
    animate()
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("nst: ")]
    assert len(lines) == 1
    assert lines[0].startswith("nst: Error: This render is not stylized: ")
    assert said in lines[0]
    assert len(names_in(tmp_path / "out")) == 2
    assert jobs_left(addon) == left


def test_an_engine_that_fails_is_said(
    addon: Any, moving: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    addon.use_worker("fails")
    left = jobs_left(addon)
    animate()
    assert "nst: Error: This render is not stylized: Not numbers." in capfd.readouterr().err
    assert names_in(tmp_path / "out") == ["shot_0001_v2.png", "shot_0002_v2.png"]
    assert jobs_left(addon) == left


def test_frames_that_were_there_leave_a_gap(
    addon: Any, moving: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    moving.render.use_overwrite = False
    addon.use_worker("paint")
    moving.frame_end = 3
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "shot_0002_v2.png").write_bytes(b"")
    animate()
    assert "Turn on Overwrite" in capfd.readouterr().err
    animate()  # nothing is left to render
    assert "nst:" not in capfd.readouterr().err


def test_passes_are_turned_on_with_it_and_by_the_remedy(addon: Any, moving: Any) -> None:
    layer = moving.view_layers[0]
    assert layer.use_pass_vector
    assert layer.use_pass_cryptomatte_object
    layer.use_pass_vector = False
    moving.nst.render.part = "paint"
    needs = addon.module("readiness").automatic_problem
    assert needs(bpy.context, moving).remedy.value == "turn_on_passes"
    assert bpy.ops.nst.turn_on_passes() == {"FINISHED"}
    assert needs(bpy.context, moving, moving=True) is None


def test_names_of_what_is_written(addon: Any, moving: Any, tmp_path: Path) -> None:
    beside, render = addon.module("taking").outputs_beside, moving.render
    folder, compat = str(tmp_path), addon.module("compat")
    found = []
    for name in ("a", "take2_####_b", "plain.jpg"):
        render.filepath = f"{folder}/{name}"
        render.use_file_extension = name != "plain.jpg"
        found.append(beside(render))
    render.use_file_extension = True
    compat.set_file_format(render.image_settings, "OPEN_EXR_MULTILAYER")
    found.append(beside(render))
    compat.set_file_format(render.image_settings, "FFMPEG")
    render.filepath, render.ffmpeg.format = f"{folder}/film_", "MPEG4"
    found.append(beside(render))
    assert [(Path(frames).name, Path(movie).name) for frames, movie in found] == [
        ("a####_stylized.png", ""),
        ("take2_####_b_stylized.png", ""),
        ("plain.jpg####_stylized.png", ""),
        ("plain.jpg####_stylized.exr", ""),
        ("film_0001-0002_####_stylized.png", "film_0001-0002_stylized.mp4"),
    ]


def test_a_movie_gets_a_stylized_one(addon: Any, moving: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    addon.module("compat").set_file_format(moving.render.image_settings, "FFMPEG")
    moving.render.filepath, moving.render.ffmpeg.format = str(tmp_path / "film_"), "MPEG4"
    animate()
    assert names_in(tmp_path) == [
        "film_0001-0002.mp4",
        "film_0001-0002_0001_stylized.png",
        "film_0001-0002_0002_stylized.png",
        "film_0001-0002_stylized.mp4",
    ]


# ----------------------------------------------------------------------------------- in a window


@pytest.mark.usefixtures("window")
def test_f12_is_followed_by_the_buttons_job(addon: Any, moving: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    before = state(moving)
    bpy.ops.render.render()
    assert addon.session.runs == ()
    tick_until(addon, lambda: addon.session.notice is not None)
    assert (addon.session.notice.text, addon.session.notice.job) == ("Scene, frame 1 is painted.", "render")
    image = moving.nst.render.result
    assert image.name == NAME
    told = json.loads(image["nst_job"])
    assert (told["render"], told["view_layer"], told["frame"]) == ("", "ViewLayer", 1)
    assert addon.module("host.compositor").stylized_node(moving) is not None
    assert state(moving) == before | {"images": [NAME, *before["images"]]}
    assert names_in(tmp_path / "out") == []


@pytest.mark.usefixtures("window")
def test_f12_of_a_panoramic_camera_is_painted_as_a_panorama(addon: Any, moving: Any) -> None:
    addon.use_worker("paint")
    panorama(moving)
    bpy.ops.render.render()
    tick_until(addon, lambda: addon.session.notice is not None)
    image = moving.nst.render.result
    assert json.loads(image["nst_job"])["projection"] == "equirect"
    assert list(image["nst_panorama"]["turn"]) == pytest.approx([0.5**0.5, 0.5**0.5, 0, 0], abs=1e-6)


@pytest.mark.usefixtures("window")
def test_ctrl_f12_shows_the_frames_but_leaves_the_compositor(addon: Any, moving: Any, tmp_path: Path) -> None:
    """Else Blender would write them into its own next time."""
    addon.use_worker("paint")
    animate()
    tick_until(addon, lambda: addon.session.notice is not None)
    assert addon.session.notice.text == "Scene, frames 1 to 2 is painted."
    assert moving.nst.render.result.source == "SEQUENCE"
    assert addon.module("host.compositor").stylized_node(moving) is None
    assert "shot_0002_v2_stylized.png" in names_in(tmp_path / "out")


@pytest.mark.usefixtures("window")
def test_a_strip_of_another_scenes_edit_is_left_alone(
    addon: Any, moving: Any, tmp_path: Path, window: None
) -> None:
    """Blender tells of its render, too, in each frame."""
    addon.use_worker("paint")
    edit = bpy.data.scenes.new("Edit")
    edit.frame_start, edit.frame_end = 1, 2
    edit.render.filepath = str(tmp_path / "edit" / "e_")
    edit.render.resolution_x, edit.render.resolution_y = WIDTH, HEIGHT
    strips = addon.module("compat").movie_strips(edit)
    strips.new_scene("moving", moving, 1, 1)
    bpy.ops.render.render(animation=True, scene="Edit")
    tick_until(addon, lambda: not addon.session.runs)
    assert moving.nst.render.result is None
    assert names_in(tmp_path / "edit") == ["e_0001.png", "e_0002.png"]
    assert (addon.session.taking, addon.session.rendering) == (None, 0)


def test_one_that_was_stopped_is_not_stylized(addon: Any, moving: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    left = jobs_left(addon)

    def stops(scene: Any, _graph: Any) -> None:
        """As Blender tells of Esc, in the middle of an animation."""
        for handler in list(bpy.app.handlers.render_cancel):
            handler(scene, None)

    bpy.app.handlers.render_write.append(stops)
    try:
        animate()
    finally:
        bpy.app.handlers.render_write.remove(stops)
    assert not addon.session.main_thread.busy
    assert addon.session.taking is None
    assert jobs_left(addon) == left


@pytest.mark.usefixtures("window")
def test_the_panel_says_why_not(addon: Any, moving: Any) -> None:
    moving.nst.render.part = "paint"
    bpy.ops.render.render()
    tick_until(addon, lambda: addon.session.notice is not None)
    notice = addon.session.notice
    assert "not stylized: The view layer ViewLayer lacks passes" in notice.text
    assert (notice.is_error, notice.remedy.value) == (True, "turn_on_passes")


@pytest.mark.usefixtures("window")
def test_another_file_opened_meanwhile(addon: Any, moving: Any) -> None:
    left = jobs_left(addon)
    animate()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert addon.session._tick() is None
    assert jobs_left(addon) == left


# ------------------------------------------------------------------------------- the real engine

_FARM = """
import sys, bpy
file, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
bpy.ops.preferences.addon_enable(module=sys.argv[4])
bpy.ops.wm.open_mainfile(filepath=file)
bpy.context.scene.frame_start, bpy.context.scene.frame_end = first, last
bpy.ops.render.render(animation=True)
"""


def test_a_farm_that_only_renders_gets_stylized_frames(addon: Any, moving: Any, tmp_path: Path) -> None:
    """At strength 0 the render itself comes back, not what an earlier picture makes of it."""
    moving.nst.render.strength = 0.0
    earlier = bpy.data.images.new("Green", WIDTH, HEIGHT)
    earlier.generated_color = (0, 1, 0, 1)
    addon.module("host.compositor").show_stylized(moving, "ViewLayer", earlier)
    moving.render.filepath = "//shot_"
    file = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    words = [sys.executable, "-P", "-c", _FARM, str(file), "1", "2", addon.module("identity").EXTENSION]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, env=dict(os.environ))
    assert "nst: Scene, frames 1 to 2 is stylized" in done.stderr, done.stdout + done.stderr
    first = bpy.data.images.load(str(tmp_path / "shot_0001_stylized.png"))
    own = bpy.data.images.load(str(tmp_path / "shot_0001.png"))
    at = 4 * (HEIGHT // 2 * WIDTH + WIDTH // 2)  # on the red cube
    mixed, painted = (image.pixels[at : at + 4] for image in (own, first))
    assert mixed[1] > mixed[0]
    assert painted[0] > painted[1]
    assert len(list(tmp_path.glob("*_stylized.png"))) == 2
