"""Movies: taken apart into the frames that they are of, and repainted by the shell command."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.animation import AnimationOptions, prepare
from nst.blender_nst.host.clips import clip_of, forget_clip, is_clip, take_apart
from nst.blender_nst.host.movie import movie_of, write_movie
from nst.blender_nst.render import RenderOptions
from nst.core.protocol import JobError

from .test_animation import PAINTING, command

SIZE, LENGTH, FPS = (64, 48), 5, 25.0


def pixels(path: Path) -> np.ndarray:
    image = bpy.data.images.load(str(path))
    found = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(found)
    width, height = image.size
    bpy.data.images.remove(image)
    return found.reshape(height, width, 4)[..., :3]


def color_of(number: int) -> tuple[float, float, float]:
    return (0.2 + 0.1 * number, 0.5, 0.8 - 0.1 * number)


@pytest.fixture
def movie(scene: Any, tmp_path: Path) -> Path:
    """Frames of one colour each."""
    frames = []
    for number in range(1, LENGTH + 1):
        image = bpy.data.images.new("frame", *SIZE)
        image.generated_color = (*color_of(number), 1)
        image.filepath_raw, image.file_format = str(tmp_path / f"f_{number}.png"), "PNG"
        image.save()
        frames.append(Path(image.filepath_raw))
        bpy.data.images.remove(image)
    write_movie(movie_of(scene, frames, tmp_path / "clip.mp4", FPS))
    for frame in frames:
        frame.unlink()
    return tmp_path / "clip.mp4"


def test_a_movie_is_the_frames_that_it_was_made_of(movie: Path, tmp_path: Path) -> None:
    clip = clip_of(movie, tmp_path / "work" / "clip")
    assert (clip.size, clip.length, clip.fps) == (SIZE, LENGTH, FPS)
    scenes, movies = len(bpy.data.scenes), len(bpy.data.movieclips)
    said: list[str] = []
    take_apart(clip, 2, 4, said.append)
    assert (len(bpy.data.scenes), len(bpy.data.movieclips)) == (scenes, movies)
    assert said == ["Taking frames 2 to 4 out of clip.mp4"]
    folder = tmp_path / "work" / "clip"
    assert [path.name for path in sorted(folder.glob("*.png"))] == [f"clip_{n:04d}.png" for n in (2, 3, 4)]
    for number in (2, 3, 4):
        found = pixels(folder / f"clip_{number:04d}.png")
        assert found.shape == (SIZE[1], SIZE[0], 3)
        assert np.abs(found.mean((0, 1)) - color_of(number)).max() < 0.03
    take_apart(clip, 2, 4, said.append)  # they are there
    assert len(said) == 1
    take_apart(clip, 1, 2, said.append)
    assert len(said) == 2
    assert sorted(path.name for path in folder.parent.iterdir()) == ["clip"]
    forget_clip(clip)
    assert not folder.exists()


def test_stopped_while_frames_are_taken_out_nothing_is_left(movie: Path, tmp_path: Path) -> None:
    def stop(_said: str) -> None:
        raise KeyboardInterrupt

    scenes = len(bpy.data.scenes)
    with pytest.raises(KeyboardInterrupt):
        take_apart(clip_of(movie, tmp_path / "work" / "clip"), 1, 3, stop)
    assert len(bpy.data.scenes) == scenes
    assert list((tmp_path / "work").iterdir()) == []


def test_what_is_no_movie(scene: Any, movie: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"this is no movie" * 100)
    assert is_clip("A.MOV")
    assert not is_clip("shot_####.exr")
    with pytest.raises(JobError, match=r"cannot read the movie.*broken_####\.png"):
        clip_of(broken, tmp_path)
    with pytest.raises(JobError, match="is not there"):
        clip_of(tmp_path / "gone.mp4", tmp_path)
    theirs = tmp_path / "clip" / "clip_0001.png"
    theirs.parent.mkdir()
    theirs.write_text("theirs")
    with pytest.raises(JobError, match="files of something else"):
        take_apart(clip_of(movie, tmp_path / "clip"), 1, 2)
    assert theirs.read_text() == "theirs"
    picture = RenderOptions(str(PAINTING), str(tmp_path / "p_####.png"), str(movie))
    with pytest.raises(JobError, match=r"Frames 3 to 9 are none of clip\.mp4, which has 1 to 5"):
        prepare(scene, AnimationOptions(picture, first=3, last=9), tmp_path)


def test_the_job_of_a_movie(scene: Any, movie: Path, tmp_path: Path) -> None:
    picture = RenderOptions(str(PAINTING), str(tmp_path / "p_####.png"), str(movie))
    options = AnimationOptions(picture, flow="dis", movie=str(tmp_path / "out.mp4"), rate=5.0)
    job, target = prepare(scene, options, tmp_path)
    assert target.movie is not None
    assert (job.first, job.last, job.flow, job.hold, target.movie.fps) == (1, LENGTH, "dis", 5, FPS)
    assert job.content == str(tmp_path / "p.nst" / "clip" / "clip_####.png")
    assert target.clip is not None
    kept = prepare(scene, replace(options, keep=True), tmp_path)[1]
    assert kept.clip is None


def test_the_command_repaints_a_movie(scene: Any, movie: Path, tmp_path: Path, engine_python: Path) -> None:
    blend, output = tmp_path / "scene.blend", tmp_path / "out"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True)
    output.mkdir()
    words = ["-o", output / "p_####.png", "--renders", movie, "--flow", "dis", "--last", "2"]
    whole = command(blend, engine_python, *words, "--movie", output / "film.mp4")
    done = subprocess.run(whole, capture_output=True, text=True, env=dict(os.environ), timeout=600)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["info"]["flow"] == "dis"
    assert any("estimated from the pictures" in note for note in told["notes"])
    assert sorted(path.name for path in output.iterdir()) == ["film.mp4", "p_0001.png", "p_0002.png"]
    film = bpy.data.movieclips.load(str(output / "film.mp4"))
    assert (tuple(film.size), film.frame_duration, film.fps) == (SIZE, 2, FPS)
