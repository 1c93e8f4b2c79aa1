"""Animations of two eyes: what is rendered, where the frames go, and the movie that is made of them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.animation import AnimationOptions, film, prepare
from nst.blender_nst.host.compositor import remove_stylized
from nst.blender_nst.host.movie import Movie, write_movie
from nst.blender_nst.render import RenderOptions
from nst.core.protocol import JobError
from nst.tests.blender.driving import tick_until

from .eyes import HEIGHT, WIDTH, loaded, panorama, two_eyes
from .lit import move_cube
from .test_animation import PAINTING, command
from .test_animation_panel import choose, frames_in, press, reason, renders, whole

EYES = ("_L", "_R")


@pytest.fixture
def moving(scene: Any) -> Any:
    """Two frames of a cube that moves to the right, before two eyes."""
    two_eyes(scene)
    move_cube(scene, 2)
    return scene


def layout(scene: Any, name: str) -> None:
    """How the scene's output settings lay both eyes out."""
    settings = scene.render.image_settings
    settings.views_format = "INDIVIDUAL" if name == "pair" else "STEREO_3D"
    if name != "pair":
        settings.stereo_3d_format.display_mode = {"side-by-side": "SIDEBYSIDE"}.get(name, "TOPBOTTOM")


def options(folder: Path, **settings: Any) -> AnimationOptions:
    return AnimationOptions(RenderOptions(str(PAINTING), str(folder / "p_####.png")), **settings)


@pytest.mark.parametrize("blur", [False, True])
def test_frames_of_both_eyes_are_rendered_with_what_moves(moving: Any, tmp_path: Path, blur: bool) -> None:
    moving.render.use_motion_blur = blur
    before = whole(moving)
    job, target = prepare(moving, options(tmp_path), tmp_path)
    assert whole(moving) == before
    work = tmp_path / "p.nst" / "renders"
    takes = ("motion", "render") if blur else ("render",)
    names = [f"{take}_000{number}{eye}.exr" for take in takes for number in (1, 2) for eye in EYES]
    assert frames_in(work) == [*names, "scene.json"]
    moves = [b"Vector" in (work / name).read_bytes() for name in names]
    assert moves == [name.startswith("motion") or not blur for name in names]
    left, right = ((work / f"render_0001{eye}.exr").read_bytes() for eye in EYES)
    assert left != right
    assert all(b"Depth" in each for each in (left, right))
    assert (job.stereo.layout, job.stereo.into, job.stereo.eyes) == ("pair", "pair", 0.5)
    assert job.output == str(tmp_path / "p_####.png")
    assert [path.name for path in (*target.pictures, *target.right)] == [
        f"p_000{number}{eye}.png" for eye in EYES for number in (1, 2)
    ]
    target.tidy()
    assert not work.exists()


def test_machines_render_both_eyes_into_one_folder(moving: Any, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    scene, said = bpy.context.scene, list[str]()
    shot = options(tmp_path)
    film(scene, replace(shot, last=1), tmp_path, said.append)
    work = tmp_path / "p.nst" / "renders"
    (work / "render_0001_R.exr").unlink()
    prepare(scene, shot, tmp_path, said.append)
    assert said == ["Rendering frame 1", "Rendering frame 1", "Rendering frame 2"]
    assert len(frames_in(work)) == 5


def test_the_output_settings_say_how_frames_are_laid_out(
    addon: Any, moving: Any, style: Any, tmp_path: Path
) -> None:
    choose(style, tmp_path, movie=str(tmp_path / "film.mp4"))
    shot = addon.module("shot")
    for name, movie in (("pair", "side-by-side"), ("side-by-side",) * 2, ("top-bottom",) * 2):
        layout(moving, name)
        assert reason(addon) == ""
        planned, target = shot.prepare(moving, shot.shot_from_scene(moving), tmp_path)
        assert planned.job.stereo.into == target.frames.layout == name
        made = target.frames.movie
        assert (made.layout, made.projection, len(made.right)) == (movie, "flat", 2 * (name == "pair"))
    panorama(moving)
    layout(moving, "pair")
    _, target = shot.prepare(moving, shot.shot_from_scene(moving), tmp_path)
    assert (target.frames.movie.layout, target.frames.movie.projection) == ("top-bottom", "equirect")
    moving.render.use_multiview = False
    planned, target = shot.prepare(moving, shot.shot_from_scene(moving), tmp_path)
    assert (planned.job.stereo.layout, target.frames.layout, target.frames.movie.layout) == ("", "", "")


def test_what_cannot_be_written_is_said_before_rendering(
    addon: Any, moving: Any, style: Any, tmp_path: Path
) -> None:
    choose(style, tmp_path)
    settings = moving.render.image_settings
    moving.render.views["right"].file_suffix = ".r"
    assert "end in _L and _R" in reason(addon)
    layout(moving, "side-by-side")
    assert reason(addon) == ""
    settings.stereo_3d_format.use_sidebyside_crosseyed = True
    assert "squeezed or crossed" in reason(addon)
    settings.stereo_3d_format.display_mode = "ANAGLYPH"
    assert "one of these as the Views Format" in reason(addon)
    moving.camera.data.stereo.convergence_mode = "TOE"
    for begin in (prepare, film):
        with pytest.raises(JobError, match="not level"):
            begin(moving, options(tmp_path), tmp_path)
    assert not list(tmp_path.glob("**/*.exr"))


@pytest.mark.parametrize("name", ["pair", "side-by-side", "top-bottom"])
def test_the_button_gives_the_scene_both_eyes(
    addon: Any, moving: Any, style: Any, tmp_path: Path, engine_python: Path, name: str
) -> None:
    """At strength 0 the frames are the renders themselves, and each is mixed over its own eye's."""
    choose(style, tmp_path)
    moving.nst.render.strength, moving.view_settings.view_transform = 0.0, "Standard"
    moving.render.film_transparent = False
    layout(moving, name)
    before = whole(moving)
    run = press(addon, renders, engine_python)
    tick_until(addon, lambda: not addon.session.runs)
    assert run.status.state.name == "DONE", run.status
    made = tmp_path / "stylized"
    eyes = EYES if name == "pair" else ("",)
    assert frames_in(made) == [f"Scene_000{number}{eye}.png" for number in (1, 2) for eye in eyes]
    result = moving.nst.render.result
    images = {image.name for image in bpy.data.images}
    assert whole(moving) | {"images": 0} == before | {"images": 0}
    frame = [loaded(made / f"Scene_0002{eye}.png") for eye in eyes]
    if name == "pair":
        left, right = frame
    else:
        first, second = np.split(frame[0], 2, 1 if name == "side-by-side" else 0)
        left, right = (first, second) if name == "side-by-side" else (second, first)
    assert left.shape == (HEIGHT, WIDTH, 4)
    assert np.abs(left - right).max() > 0.2
    bpy.data.objects["Cube"].hide_render = True  # what is seen now is mixed in
    moving.frame_set(2)
    layout(moving, "pair")
    moving.render.filepath, moving.render.image_settings.file_format = str(tmp_path / "mixed.png"), "PNG"
    bpy.ops.render.render(write_still=True)
    for eye, wanted in zip(EYES, (left, right), strict=True):
        assert np.allclose(loaded(tmp_path / f"mixed{eye}.png"), wanted, atol=0.02)
    remove_stylized(moving)
    left_over = {image.name for image in bpy.data.images if image.filepath.startswith(str(made))}
    assert left_over & images == {result.name}


def test_a_pair_of_files_makes_one_movie(scene: Any, tmp_path: Path) -> None:
    colors = {"l": (1.0, 0.0), "r": (0.0, 1.0)}
    for eye, (red, green) in colors.items():
        for number in (1, 2):
            image = bpy.data.images.new("frame", 31, 33)
            image.generated_color = (red, green, number / 2, 1)
            image.filepath_raw, image.file_format = str(tmp_path / f"{eye}_{number}.png"), "PNG"
            image.save()
    left, right = ([str(tmp_path / f"{eye}_{number}.png") for number in (1, 2)] for eye in colors)
    view = {"view_transform": "Standard", "look": "None", "exposure": 0.0, "gamma": 1.0}
    for name, size in (("side-by-side", (62, 32)), ("top-bottom", (30, 66))):
        path = tmp_path / f"{name}.mp4"
        write_movie(Movie(tuple(left), str(path), 24, view, tuple(right), name))
        image = bpy.data.images.load(str(path))
        assert tuple(image.size) == size
        seen = np.array(image.pixels[:]).reshape(size[1], size[0], 4)
        one, other = np.split(seen, 2, 1) if name == "side-by-side" else np.split(seen, 2)[::-1]
        assert (one[2:-2, 2:-2, 0] > 0.8).all()
        assert (one[2:-2, 2:-2, 1] < 0.2).all()
        assert (other[2:-2, 2:-2, 1] > 0.8).all()
        assert (other[2:-2, 2:-2, 0] < 0.2).all()


def test_the_command_writes_both_eyes(moving: Any, tmp_path: Path, engine_python: Path) -> None:
    panorama(moving)
    blend = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True)
    out = tmp_path / "out"
    out.mkdir()
    words = command(blend, engine_python, "-o", out / "p_####.png", "--movie", out / "film.mp4")
    words += ["--strength", "0"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["info"]["written"] == 2
    frames = [f"p_000{number}{eye}.png" for number in (1, 2) for eye in EYES]
    assert frames_in(out) == ["film.mp4", *frames]
    movie = bpy.data.movieclips.load(str(out / "film.mp4"))
    assert (tuple(movie.size), movie.frame_duration) == ((64, 64), 2)
    film_says = (out / "film.mp4").read_bytes()
    assert b"st3d\0\0\0\0\1" in film_says
    assert b"sv3d" in film_says
