"""The panel of stylized animations: from its settings to the job, and from the frames back to the scene."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.tests.blender.driving import tick_until
from nst.tests.blender.lit import light, move_cube, state

FILES = ["Scene_0001.png", "Scene_0002.png", "Scene_0003.png"]
NAME = "Scene van_gogh_auvers NST animation"


@pytest.fixture
def moving(scene: Any) -> Any:
    """Three frames of a cube that moves to the right."""
    light(scene)
    move_cube(scene, 3)
    scene.frame_set(2)
    return scene


def choose(style: Any, folder: Path, **settings: Any) -> Any:
    """Set the panel; returns its settings of animations."""
    scene = bpy.context.scene
    scene.nst.style, scene.nst.render.quality = style, "draft"
    own = scene.nst.animation
    own.output = str(folder / "stylized") + "/"
    for name, value in settings.items():
        setattr(own, name, value)
    return own


def reason(addon: Any) -> str:
    problem = addon.module("readiness").animation_problem(bpy.context)
    assert (problem is None) == bpy.ops.nst.stylize_animation.poll()
    return "" if problem is None else f"{problem.code}: {problem.message}"


def renders(scene: Any) -> None:
    """Blender's own render of the frames, which waits here until it is done."""
    bpy.ops.render.render(animation=True, scene=scene.name)


def stops_after_one(scene: Any) -> None:
    """One that the artist stops with Esc when a frame is there, as Blender tells it."""
    first, last = scene.frame_start, scene.frame_end
    scene.frame_end = first
    renders(scene)
    scene.frame_end = last
    for handler in list(bpy.app.handlers.render_cancel):
        handler(scene, None)


def press(addon: Any, start: Any, python: Path = Path("unused")) -> Any:
    """What the button does, less the window: returns the run. start: as of ``WindowFilm``."""
    shot, scene = addon.module("shot"), bpy.context.scene
    folder = addon.module("storage").new_job_folder()
    planned, target = shot.prepare(scene, shot.shot_from_scene(scene), folder)
    run = addon.module("runs").Run(shot.title_of(scene), planned.job, folder, python, target)
    layer = scene.view_layers[planned.layer]
    film = addon.module("host.window_film").WindowFilm(
        scene, layer, planned.passes, planned.film, planned.numbers, start
    )
    addon.session.submit_when(run, film)
    return run


def frames_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def whole(scene: Any) -> dict[str, Any]:
    """All settings that films may touch."""
    names = ("use_overwrite", "use_placeholder", "use_motion_blur")
    found = {name: getattr(scene.render, name) for name in names}
    samples = (scene.cycles.samples, scene.eevee.taa_render_samples)
    return state(scene) | found | {"range": (scene.frame_start, scene.frame_end), "samples": samples}


# ------------------------------------------------------------------------------------ to the job


def test_every_setting_reaches_the_job(addon: Any, moving: Any, style: Any, tmp_path: Path) -> None:
    own = choose(style, tmp_path, every=5, boil=0.5, rate=6.0, movie=str(tmp_path / "film.mp4"))
    moving.render.fps, moving.frame_end = 24, 9
    moving.nst.render.part, moving.nst.render.seed, moving.nst.render.outlines = "paint", 4, 0.5
    hand = tmp_path / "by_hand_0001.png"
    hand.write_bytes(b"")
    own.painted = str(hand)
    shot = addon.module("shot")
    planned, target = shot.prepare(moving, shot.shot_from_scene(moving), tmp_path)
    job = planned.job
    assert (job.first, job.last, job.every, job.boil, job.hold) == (1, 9, 5, 0.5, 4)
    assert (job.part, job.seed, job.outlines, job.quality) == ("paint", 4, 0.5, "draft")
    assert job.output == str(tmp_path / "stylized" / "Scene_####.png")
    assert job.painted == str(tmp_path / "by_hand_####.png")
    assert target.frames.movie.path == str(tmp_path / "film.mp4")
    assert list(planned.numbers) == list(range(1, 10))
    assert {"diffuse_color", "normal"} <= {*planned.passes}
    assert (tmp_path / "stylized").is_dir()


def test_finished_frames_are_those_of_one_of_them(
    addon: Any, moving: Any, style: Any, tmp_path: Path
) -> None:
    choose(style, tmp_path)
    own = moving.nst.render
    own.source, own.finished = "file", str(tmp_path / "shot_0002.exr")
    assert "no finished render" in reason(addon)
    Path(own.finished).write_bytes(b"")
    assert reason(addon) == ""
    shot = addon.module("shot")
    planned, _ = shot.prepare(moving, shot.shot_from_scene(moving), tmp_path)
    assert (planned.job.content, planned.film) == (str(tmp_path / "shot_####.exr"), None)
    assert planned.job.flow == "auto"
    moving.nst.animation.flow = "dis"
    planned, _ = shot.prepare(moving, shot.shot_from_scene(moving), tmp_path)
    assert planned.job.flow == "dis"
    own.finished = str(tmp_path / "shot.exr")
    Path(own.finished).write_bytes(b"")
    assert "not_numbered" in reason(addon)
    own.finished = str(tmp_path / "shot.mp4")
    Path(own.finished).write_bytes(b"")
    assert "is a movie" in reason(addon)


def test_the_button_says_what_is_missing(addon: Any, moving: Any, style: Any, tmp_path: Path) -> None:
    assert "style_missing" in reason(addon)
    own = choose(style, tmp_path)
    assert reason(addon) == ""
    camera, moving.camera = moving.camera, None
    assert "no_camera" in reason(addon)
    moving.camera = camera
    moving.render.engine = "BLENDER_WORKBENCH"
    assert "passes_unsupported" in reason(addon)
    moving.render.engine = "CYCLES"
    moving.frame_step = 2
    assert "frame_step" in reason(addon)
    moving.frame_step = 1
    moving.nst.render.projection = "equirect"
    assert "no_panorama" in reason(addon)
    assert not bpy.ops.nst.stylize_render.poll()
    moving.nst.render.projection = "camera"
    own.movie = str(tmp_path / "film.txt")
    assert "is no movie" in reason(addon)
    own.movie = ""
    own.output = "//stylized/"
    assert "blend_unsaved" in reason(addon)
    own.output = str(tmp_path / "none" / "none" / "p")
    with pytest.raises(RuntimeError, match="There is no folder"):
        bpy.ops.nst.stylize_animation()


# ---------------------------------------------------------------------------------- to the scene


def test_a_script_waits_until_the_frames_are_there(
    addon: Any, moving: Any, style: Any, tmp_path: Path
) -> None:
    addon.use_worker("notes")
    before = whole(moving)
    choose(style, tmp_path)
    assert bpy.ops.nst.stylize_animation() == {"FINISHED"}
    assert frames_in(tmp_path / "stylized") == FILES
    image = moving.nst.render.result
    assert (image.name, image.source, image.packed_file) == (NAME, "SEQUENCE", None)
    settings = json.loads(image["nst_job"])
    assert (settings["kind"], settings["style"], settings["last"]) == ("animation", style.name, 3)
    assert whole(moving) == before | {"images": [NAME, *before["images"]]}


def test_the_compositor_plays_the_frames(addon: Any, moving: Any, style: Any, tmp_path: Path) -> None:
    """Each scene frame shows its own file, wherever the scene begins."""
    addon.use_worker("paint")
    moving.frame_start, moving.frame_end = 2, 3
    choose(style, tmp_path)
    bpy.ops.nst.stylize_animation()
    node = addon.module("host.compositor").stylized_node(moving)
    (picture,) = (each for each in node.node_tree.nodes if each.type == "IMAGE")
    # Blender's file of a scene frame: frame - start + 1 + offset.
    files = [number - picture.frame_start + 1 + picture.frame_offset for number in (2, 3)]
    assert files == [2, 3]
    assert (picture.image.name, picture.frame_duration, picture.use_auto_refresh) == (NAME, 2, True)
    bpy.ops.nst.stylize_animation()
    made = [image for image in bpy.data.images if "nst_job" in image]
    assert [image.name for image in made] == [NAME]


def test_the_button_renders_first_and_the_queue_goes_on(
    addon: Any, moving: Any, style: Any, tmp_path: Path
) -> None:
    addon.use_worker("paint")
    before = whole(moving)
    choose(style, tmp_path, keep=True)
    run = press(addon, renders)
    assert "3 of 3" in run.status.stage or "Esc" in run.status.stage
    tick_until(addon, lambda: not addon.session.runs)
    assert run.status.state.name == "DONE"
    assert whole(moving) == before | {"images": [NAME, *before["images"]]}
    work = tmp_path / "stylized" / "Scene.nst" / "renders"
    names = [name for name in frames_in(work) if name.endswith(".exr")]
    assert names == ["render_0001.exr", "render_0002.exr", "render_0003.exr"]
    assert len(bpy.app.handlers.render_write) == 1
    assert addon.session.notice.job == "animation"


def test_motion_blur_is_rendered_in_two_takes(addon: Any, moving: Any, style: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    moving.render.use_motion_blur = True
    choose(style, tmp_path, keep=True)
    before, blurs = whole(moving), []

    def noted(scene: Any) -> None:
        blurs.append((scene.render.use_motion_blur, scene.cycles.samples))
        renders(scene)

    press(addon, noted)
    tick_until(addon, lambda: not addon.session.runs)
    assert blurs == [(True, 1), (False, 1)]
    names = [name for name in frames_in(tmp_path / "stylized/Scene.nst/renders") if name.endswith(".exr")]
    assert len(names) == 6
    assert whole(moving) == before | {"images": [NAME, *before["images"]]}


def test_one_that_was_stopped_goes_on(addon: Any, moving: Any, style: Any, tmp_path: Path) -> None:
    """If the .blend file is saved and unchanged, so that the renders are known to be of it."""
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    scene = bpy.context.scene
    addon.use_worker("paint")
    choose(bpy.data.images[style.name], tmp_path)
    bpy.ops.wm.save_mainfile()
    before = whole(scene)
    run = press(addon, stops_after_one)
    tick_until(addon, lambda: not addon.session.runs)
    assert run.status.state.name == "CANCELLED"
    assert whole(scene) == before
    work = tmp_path / "stylized" / "scene_Scene.nst" / "renders"
    assert [name for name in frames_in(work) if name.endswith(".exr")] == ["render_0001.exr"]
    spans: list[tuple[int, int]] = []

    def noted(scene: Any) -> None:
        spans.append((scene.frame_start, scene.frame_end))
        renders(scene)

    run = press(addon, noted)
    tick_until(addon, lambda: not addon.session.runs)
    assert (run.status.state.name, spans) == ("DONE", [(2, 3)])
    assert frames_in(tmp_path / "stylized") == [f"scene_{name}" for name in FILES]


def test_cancelled_in_the_first_take_it_begins_no_second(
    addon: Any, moving: Any, style: Any, tmp_path: Path
) -> None:
    addon.use_worker("paint")
    moving.render.use_motion_blur = True
    choose(style, tmp_path)
    before, takes = whole(moving), []

    def cancelled(scene: Any) -> None:
        takes.append(scene.render.use_motion_blur)
        renders(scene)

    run = press(addon, cancelled)
    addon.session.cancel(run.id)
    tick_until(addon, lambda: not addon.session.runs)
    assert (run.status.state.name, takes) == ("CANCELLED", [True])
    assert whole(moving) == before


def test_what_is_undone_brings_back_what_was_before_the_film(
    addon: Any, moving: Any, style: Any, tmp_path: Path
) -> None:
    """An undo step of the second take has the scene as it was set for that."""
    addon.use_worker("paint")
    moving.render.use_motion_blur, moving.cycles.samples = True, 64
    choose(style, tmp_path)
    before, seconds = whole(moving), []

    def noted(scene: Any) -> None:
        renders(scene)
        seconds.append((scene.render.filepath, scene.render.use_motion_blur, scene.cycles.samples))

    press(addon, noted)
    tick_until(addon, lambda: not addon.session.runs)
    (_, (path, blur, samples)) = seconds
    moving.render.filepath, moving.render.use_motion_blur, moving.cycles.samples = path, blur, samples
    addon.session.undone()
    assert whole(moving) == before | {"images": [NAME, *before["images"]]}


def test_a_draft_that_a_killed_blender_has_left_is_in_nobodys_way(
    addon: Any, moving: Any, style: Any, tmp_path: Path
) -> None:
    addon.use_worker("paint")
    choose(style, tmp_path)
    work = tmp_path / "stylized" / "Scene.nst" / "renders"
    work.mkdir(parents=True)
    (work / f".rendering-{socket.gethostname()}-1.exr").write_bytes(b"half")
    assert bpy.ops.nst.stylize_animation() == {"FINISHED"}
    assert not work.exists()


def test_two_jobs_never_write_the_same_files(addon: Any, moving: Any, style: Any, tmp_path: Path) -> None:
    addon.use_worker("slow")
    choose(style, tmp_path)
    press(addon, renders)
    with pytest.raises(RuntimeError, match="into the same files"):
        bpy.ops.nst.stylize_animation()
    addon.session.cancel()
    tick_until(addon, lambda: not addon.session.runs)


@pytest.mark.parametrize(
    ("output", "code"), [("shot.tga", "format_unknown"), ("{blend_name}/", "path_template"), ("", "folder")]
)
def test_outputs_that_cannot_be(
    addon: Any, moving: Any, style: Any, tmp_path: Path, output: str, code: str
) -> None:
    choose(style, tmp_path, output=f"{tmp_path}/{output}" if output else "")
    assert code in reason(addon)


def test_a_render_that_writes_nothing_is_told(addon: Any, moving: Any, style: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    before = whole(moving)
    choose(style, tmp_path)
    press(addon, lambda _: None)
    tick_until(addon, lambda: not addon.session.runs)
    assert "wrote no file" in addon.session.notice.text
    assert (whole(moving), len(bpy.app.handlers.render_write)) == (before, 1)


# ------------------------------------------------------------------------------- the real engine


def test_the_engine_paints_the_frames(addon: Any, moving: Any, style: Any, tmp_path: Path) -> None:
    choose(style, tmp_path)
    assert bpy.ops.nst.stylize_animation() == {"FINISHED"}
    assert frames_in(tmp_path / "stylized") == FILES
    assert moving.nst.render.result.size[:] == (96, 64)
