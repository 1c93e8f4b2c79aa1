"""Animations: rendered for the engine, repainted by the shell command, and made a movie of."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.blender_nst.animation import AnimationOptions, film, prepare
from nst.blender_nst.host.filming import Film, film_of, forget_film, render_film
from nst.blender_nst.host.movie import check_movie, movie_of, write_movie
from nst.blender_nst.render import RenderOptions
from nst.core.protocol import JobError

from .lit import HEIGHT, WIDTH, light, state

PAINTING = Path(__file__).resolve().parents[1] / "assets" / "van_gogh_auvers.jpg"


@pytest.fixture
def moving(scene: Any) -> Any:
    """Three frames of a cube that moves to the right."""
    light(scene)
    cube = bpy.data.objects["Cube"]
    for frame, x in ((1, -0.4), (3, 0.4)):
        cube.location.x = x
        cube.keyframe_insert("location", frame=frame)
    scene.frame_start, scene.frame_end = 1, 3
    scene.frame_set(2)
    return scene


def render(scene: Any, folder: Path, numbers: range = range(1, 4)) -> tuple[Film, list[str]]:
    said: list[str] = []
    film = film_of(scene, folder)
    render_film(scene, scene.view_layers[0], ("diffuse_color",), film, numbers, said.append)
    return film, said


def test_frames_have_what_moves_and_the_scene_stays(moving: Any, tmp_path: Path) -> None:
    before = state(moving)
    _, said = render(moving, tmp_path / "renders")
    assert state(moving) == before
    assert said == [f"Rendering frame {number}" for number in (1, 2, 3)]
    files = sorted(path.name for path in (tmp_path / "renders").iterdir())
    assert files == ["render_0001.exr", "render_0002.exr", "render_0003.exr", "scene.json"]
    content = (tmp_path / "renders" / "render_0002.exr").read_bytes()
    for name in (b"Vector", b"Depth", b"Normal", b"UV", b"CryptoObject00"):
        assert name in content, name


def test_motion_blur_needs_a_second_render(moving: Any, tmp_path: Path) -> None:
    moving.render.use_motion_blur = True
    before = (state(moving), moving.cycles.samples)
    film, _ = render(moving, tmp_path, range(2, 3))
    assert (state(moving), moving.cycles.samples) == before
    assert moving.render.use_motion_blur
    assert film.motion
    assert b"Vector" not in (tmp_path / "render_0002.exr").read_bytes()
    assert b"Vector" in (tmp_path / "motion_0002.exr").read_bytes()
    forget_film(film)
    assert not tmp_path.exists()


def test_renders_are_kept_while_the_file_is_the_same(moving: Any, tmp_path: Path) -> None:
    folder = tmp_path / "renders"
    render(moving, folder, range(1, 2))
    _, said = render(moving, folder, range(1, 2))
    assert said == ["Rendering frame 1"]  # of a scene that is nowhere saved
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    scene = bpy.context.scene
    render(scene, folder, range(1, 2))
    assert render(scene, folder, range(1, 3))[1] == ["Rendering frame 2"]
    scene.render.resolution_x += 2
    assert render(scene, folder, range(1, 2))[1] == ["Rendering frame 1"]


def test_a_folder_of_somebody_elses_renders_is_left_alone(moving: Any, tmp_path: Path) -> None:
    theirs = tmp_path / "render_0001.exr"
    theirs.write_text("theirs")
    with pytest.raises(JobError, match="files of something else"):
        render(moving, tmp_path)
    assert theirs.read_text() == "theirs"


def test_machines_render_into_one_folder(moving: Any, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    scene, said = bpy.context.scene, []
    output = str(tmp_path / "p_####.png")
    options = AnimationOptions(RenderOptions(str(PAINTING), output), movie="//film.mp4")
    for first, last in ((1, 2), (3, 3)):
        film(scene, replace(options, first=first, last=last), tmp_path, said.append)
    assert len(said) == 3
    job, target = prepare(scene, replace(options, only="2-3"), tmp_path, said.append)
    assert len(said) == 3
    assert (job.first, job.last, job.only, target.film, target.movie) == (1, 3, "2-3", None, None)
    _, last = prepare(scene, options, tmp_path, said.append)
    assert last.movie is not None
    assert last.movie.path == str(tmp_path / "film.mp4")
    assert [path.name for path in last.pictures] == ["p_0001.png", "p_0002.png", "p_0003.png"]
    assert last.film is not None


def test_a_movie_of_pictures(moving: Any, tmp_path: Path) -> None:
    paths = []
    for number in range(3):
        image = bpy.data.images.new("frame", 48, 32)
        image.generated_color = (number / 3, 0.2, 0.4, 1)
        image.filepath_raw, image.file_format = str(tmp_path / f"f_{number}.png"), "PNG"
        image.save()
        paths.append(Path(image.filepath_raw))
    scenes = len(bpy.data.scenes)
    write_movie(movie_of(moving, paths, tmp_path / "film.mp4"))
    assert len(bpy.data.scenes) == scenes
    clip = bpy.data.movieclips.load(str(tmp_path / "film.mp4"))
    assert (tuple(clip.size), clip.frame_duration) == ((48, 32), 3)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".mp4", ".png", ".png", ".png"]


def test_movies_that_cannot_be_written_are_told_before_the_work(scene: Any, tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    for name, said in (
        ("film.gif", "film.gif is no movie"),
        ("none/film.mp4", "no folder .*none for the movie"),
        ("folder.mp4", "is a folder"),
    ):
        with pytest.raises(JobError, match=said):
            check_movie(tmp_path / name)
    check_movie(tmp_path / "film.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.mp4"]


def test_what_cannot_be_animated(moving: Any, tmp_path: Path) -> None:
    options = AnimationOptions(RenderOptions(str(PAINTING), str(tmp_path / "p_####.png")))
    moving.frame_step = 2
    with pytest.raises(JobError, match="frame step is 2"):
        prepare(moving, options, tmp_path)
    moving.frame_step = 1
    with pytest.raises(JobError, match="last frame, 1, comes before the first, 2"):
        prepare(moving, replace(options, first=2, last=1), tmp_path)
    wide = replace(options, picture=replace(options.picture, projection="vr180"))
    with pytest.raises(JobError, match="is as wide as high"):
        prepare(moving, wide, tmp_path)
    assert not list(tmp_path.glob("**/*.exr"))
    still = replace(options, picture=replace(options.picture, output=str(tmp_path / "p.png")))
    with pytest.raises(JobError, match="no place for a frame's number"):
        prepare(moving, still, tmp_path)
    with pytest.raises(JobError, match="no movie"):
        prepare(moving, replace(options, movie=str(tmp_path / "m.gif")), tmp_path)
    moving.render.engine = "BLENDER_WORKBENCH"
    with pytest.raises(JobError, match="Workbench renders no passes"):
        prepare(moving, options, tmp_path)


def command(blend: Path, engine: Path, *words: object) -> list[str]:
    program = [sys.executable, "-P", "-m", "nst.blender_nst.cli", str(blend), "animation"]
    settings = ["--style", str(PAINTING), "--quality", "draft", "--engine-python", str(engine), "--json"]
    return [*program, *settings, *map(str, words)]


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.png")}


def test_the_command_killed_and_started_again_gives_the_same_frames(
    moving: Any, tmp_path: Path, engine_python: Path
) -> None:
    blend = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True)
    stored = blend.read_bytes()
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    film = one / "film.mp4"
    whole = command(blend, engine_python, "-o", one / "p_####.png", "--movie", film)
    done = subprocess.run(whole, capture_output=True, text=True, env=dict(os.environ), timeout=600)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["info"]["painted"] == [1, 3]
    assert sorted(path.name for path in one.iterdir()) == ["film.mp4", *(f"p_000{n}.png" for n in (1, 2, 3))]
    assert blend.read_bytes() == stored
    image = bpy.data.images.load(str(one / "p_0002.png"))
    assert tuple(image.size) == (WIDTH, HEIGHT)

    killed = subprocess.Popen(
        command(blend, engine_python, "-o", other / "p_####.png"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not (other / "p_0001.png").exists() and killed.poll() is None:
        time.sleep(0.1)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    again = subprocess.run(
        command(blend, engine_python, "-o", other / "p_####.png"), capture_output=True, text=True, timeout=600
    )
    assert again.returncode == 0, again.stderr
    assert "Rendering" not in again.stderr
    assert 1 not in json.loads(again.stdout.splitlines()[-1])["info"]["painted"]
    assert digests(other) == digests(one)
    assert sorted(path.name for path in other.iterdir()) == [f"p_000{n}.png" for n in (1, 2, 3)]


def test_a_linked_file_that_has_changed_is_rendered_anew(moving: Any, tmp_path: Path) -> None:
    library, shot = tmp_path / "lib.blend", tmp_path / "scene.blend"
    mesh = bpy.data.meshes.new("Linked")
    bpy.data.libraries.write(str(library), {mesh})
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.meshes = ["Linked"]
    moving.collection.objects.link(bpy.data.objects.new("Linked", wanted.meshes[0]))
    bpy.ops.wm.save_as_mainfile(filepath=str(shot))
    scene = bpy.context.scene
    assert len(render(scene, tmp_path / "renders")[1]) == 3
    assert render(scene, tmp_path / "renders")[1] == []
    library.write_bytes(library.read_bytes() + b"changed")
    assert len(render(scene, tmp_path / "renders")[1]) == 3
