"""Both eyes of renders that are there already, by the panel and by the command."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.stereo import finished_stereo
from nst.core.protocol import JobError, Stereo

from .eyes import HEIGHT, WIDTH, loaded, panorama, two_eyes
from .lit import move_cube
from .test_animation import PAINTING
from .test_render import options, prepare
from .test_render_panel import choose, reason
from .test_stereo_animation import layout


@pytest.fixture
def pair(scene: Any, tmp_path: Path) -> Path:
    """The left eye's file of two frames' renders with passes; the scene renders one eye."""
    two_eyes(scene)
    scene.cycles.samples = 1
    move_cube(scene, 2)
    for number in (1, 2):
        scene.frame_set(number)
        folder = tmp_path / str(number)
        folder.mkdir()
        prepare(scene, options(folder), folder)
        for eye in ("_L", "_R"):
            (folder / f"render{eye}.exr").rename(tmp_path / f"shot_{number:04d}{eye}.exr")
    scene.render.use_multiview = False
    return tmp_path / "shot_0001_L.exr"


def command(pair: Path, engine: Path, *words: object) -> subprocess.CompletedProcess[str]:
    blend = pair.with_name("scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True)
    program = [sys.executable, "-P", "-m", "nst.blender_nst.cli", str(blend), *map(str, words)]
    program += ["--style", str(PAINTING), "--strength", "0", "--engine-python", str(engine), "--json"]
    return subprocess.run(program, capture_output=True, text=True)


def test_the_command_paints_a_pair(pair: Path, engine_python: Path) -> None:
    out = pair.with_name("out.exr")
    done = command(pair, engine_python, "render", "--render", pair, "--stereo", "pair", "-o", out)
    assert done.returncode == 0, done.stderr
    files = [str(out.with_name(f"out{eye}.exr")) for eye in ("_L", "_R")]
    assert json.loads(done.stdout.splitlines()[-1])["files"] == files
    left, right = (loaded(Path(file)) for file in files)
    assert left.shape == right.shape == (HEIGHT, WIDTH, 4)
    assert not np.allclose(left, right, atol=0.1)


def test_the_command_paints_frames_of_pairs(pair: Path, engine_python: Path) -> None:
    words = ("--renders", pair.with_name("shot_####.exr"), "--stereo", "pair", "--first", 1, "--last", 2)
    done = command(pair, engine_python, "animation", *words, "-o", pair.with_name("p_####.png"))
    assert done.returncode == 0, done.stderr
    assert len(list(pair.parent.glob("p_*_[LR].png"))) == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--stereo", "pair"], "--stereo says how two eyes lie in renders that are there"),
        (["--render", "s_L.exr", "--eyes", "0.1"], "--eyes is about two eyes"),
    ],
)
def test_wrong_usage(scene: Any, tmp_path: Path, words: list[str], said: str) -> None:
    done = command(tmp_path / "s_L.exr", Path(sys.executable), "render", "-o", tmp_path / "o.exr", *words)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr


def test_the_panel_paints_a_pair(addon: Any, pair: Path, style: Any) -> None:
    scene = bpy.context.scene
    layout(scene, "pair")
    out = pair.with_name("light.exr")
    choose(style, strength=0.0, source="file", finished=str(pair), finished_eyes="pair", file=str(out))
    assert reason(addon) == ""
    assert bpy.ops.nst.stylize_render() == {"FINISHED"}
    assert scene.nst.render.result.size[:] == (2 * WIDTH, HEIGHT)
    assert sorted(path.name for path in pair.parent.glob("light*")) == ["light_L.exr", "light_R.exr"]
    scene.nst.render.file = str(pair.with_name("shot_0001.exr"))
    with pytest.raises(RuntimeError, match="written over the render"):
        bpy.ops.nst.stylize_render()
    pair.with_name("shot_0001_R.exr").unlink()
    assert "There is no finished render" in reason(addon)
    assert "shot_0001_R.exr" in reason(addon)


def test_the_panel_paints_frames_of_pairs(addon: Any, pair: Path, style: Any) -> None:
    choose(style, strength=0.0, source="file", finished=str(pair), finished_eyes="pair")
    scene = bpy.context.scene
    scene.nst.animation.output = str(pair.with_name("p_####.png"))
    assert bpy.ops.nst.stylize_animation() == {"FINISHED"}
    assert len(list(pair.parent.glob("p_*_[LR].png"))) == 4


def test_the_scene_says_how_the_eyes_lie_if_it_is_in_stereo(scene: Any) -> None:
    two_eyes(scene)
    told = finished_stereo(scene, "top-bottom", "far.exr", "flat")
    assert (told.layout, told.depth, told.eyes, told.into) == ("top-bottom", "far.exr", 0.5, "")
    assert told.lens == pytest.approx(50 / 36 * WIDTH)
    assert finished_stereo(scene, "pair", "", "equirect") == Stereo("pair")  # another projection than its own
    assert finished_stereo(scene, "", "", "flat") == Stereo()
    panorama(scene).pole_merge_angle_to = math.radians(80)
    assert finished_stereo(scene, "pair", "", "equirect").eyes == 0.5
    scene.camera.data.stereo.convergence_mode = "TOE"
    scene.camera.data.type = "PERSP"
    with pytest.raises(JobError, match="Spherical Stereo is for"):
        finished_stereo(scene, "pair", "", "flat")
    scene.render.use_multiview = False
    assert finished_stereo(scene, "pair", "", "flat") == Stereo("pair")
