"""Rendering for the engine, and the shell command that repaints renders."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.cameras import projection_of
from nst.blender_nst.host.rendering import OF_MASK, passes_of
from nst.blender_nst.render import RenderOptions, prepare
from nst.core.protocol import Controls, JobError, Mask

from .lit import HEIGHT, WIDTH, light, state

PAINTING = Path(__file__).resolve().parents[1] / "assets" / "van_gogh_auvers.jpg"


@pytest.fixture
def lit(scene: Any) -> Any:
    """A red cube and a lamp brighter than white, in Cycles."""
    return light(scene)


def options(folder: Path, **settings: Any) -> RenderOptions:
    return RenderOptions(str(PAINTING), str(folder / "painted.exr"), **settings)


def refused(scene: Any, folder: Path, **settings: Any) -> str:
    before = state(scene)
    with pytest.raises(JobError) as caught:
        prepare(scene, options(folder, **settings), folder)
    assert state(scene) == before
    return f"{caught.value.code}: {caught.value.message}"


def test_a_render_has_the_passes_that_are_needed_and_the_scene_stays(lit: Any, tmp_path: Path) -> None:
    before = state(lit)
    kinds = (Mask("object:Cube", str(PAINTING)), Mask("index:3", str(PAINTING)))
    job, target = prepare(lit, options(tmp_path, part="paint", controls=Controls(masks=kinds)), tmp_path)
    assert state(lit) == before
    names = Path(job.content).read_bytes()
    wanted = [("Diffuse Color", "DiffCol"), ("CryptoObject00",), ("Object Index", "IndexOB")]
    assert all(any(name.encode() in names for name in each) for each in wanted)
    assert b"CryptoMaterial" not in names
    assert Path(job.view).is_file()
    assert job.view_layer == lit.view_layers[0].name
    assert target.action


def test_a_panoramic_camera_is_painted_as_one(lit: Any, tmp_path: Path) -> None:
    lens = lit.camera.data
    assert projection_of(lit) == "flat"
    lens.type, lens.panorama_type = "PANO", "EQUIRECTANGULAR"
    assert projection_of(lit) == "flat"  # not of that shape
    lit.render.resolution_x, lit.render.resolution_y = 64, 32
    assert projection_of(lit) == "equirect"
    assert "no_panorama: The render has 64 by 32" in refused(lit, tmp_path, projection="vr180")
    assert "six square faces" in refused(lit, tmp_path, projection="cube")
    assert not (tmp_path / "render.exr").exists()
    job, _ = prepare(lit, options(tmp_path), tmp_path)
    assert job.projection == "equirect"
    assert prepare(lit, options(tmp_path, projection="flat"), tmp_path)[0].projection == "flat"
    assert prepare(lit, options(tmp_path, render=job.content), tmp_path)[0].projection == "flat"
    lens.longitude_min, lens.longitude_max = -math.pi / 2, math.pi / 2
    assert projection_of(lit) == "flat"
    lit.render.resolution_x = 32
    assert projection_of(lit) == "vr180"
    lens.panorama_type = "FISHEYE_EQUIDISTANT"
    assert projection_of(lit) == "flat"
    lit.camera = None
    assert projection_of(lit) == "flat"


def test_each_mask_has_its_pass() -> None:
    assert passes_of("picture", ()) == []
    assert passes_of("paint", ("object", "", "object"))[-1] == OF_MASK["object"]
    assert all(f"use_pass_{name}" in bpy.types.ViewLayer.bl_rna.properties for name in OF_MASK.values())


def test_what_cannot_be_rendered(lit: Any, tmp_path: Path) -> None:
    camera, lit.camera = lit.camera, None
    assert "no_camera" in refused(lit, tmp_path)
    lit.camera = camera
    lit.render.engine = "BLENDER_WORKBENCH"
    assert "Workbench renders no passes" in refused(lit, tmp_path, part="paint")
    lit.render.engine = "CYCLES"
    assert "no view layer Front" in refused(lit, tmp_path, view_layer="Front")
    with pytest.raises(JobError, match="no folder"):
        prepare(lit, RenderOptions(str(PAINTING), str(tmp_path / "none" / "a.exr")), tmp_path)


def test_only_the_chosen_view_layer_is_rendered(lit: Any, tmp_path: Path) -> None:
    lit.view_layers.new("Second")
    before = state(lit)
    job, _ = prepare(lit, options(tmp_path, view_layer="Second"), tmp_path)
    assert state(lit) == before
    assert b"Second.Combined" in Path(job.content).read_bytes()
    assert b"ViewLayer.Combined" not in Path(job.content).read_bytes()


READ = """
import json, sys
from nst.core.render.layers import COMBINED, read_layers
one, other = (read_layers(path) for path in sys.argv[1:])
a, b = one.find(COMBINED, "RGBA"), other.without_names.find(COMBINED, "RGBA")
print(json.dumps({"largest": float(a.max()), "error": float(abs(a - b).max() / a.max())}))
"""


def test_the_command_renders_repaints_and_changes_nothing(
    lit: Any, tmp_path: Path, engine_python: Path
) -> None:
    """At strength 0 the light of Blender's own render comes back; then a painted picture as PNG."""
    blend = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True)
    stored = blend.read_bytes()
    whole, _ = prepare(lit, options(tmp_path), tmp_path)
    light = said(blend, engine_python, "--output", tmp_path / "light.exr", "--strength", "0")
    assert light["output"] == str(tmp_path / "light.exr")
    read = subprocess.run(
        [str(engine_python), "-c", READ, whole.content, light["output"]], capture_output=True, text=True
    )
    found = json.loads(read.stdout)
    assert found["largest"] > 1.5
    assert found["error"] < 1e-3
    masks = ("--mask", f"object:Cube={PAINTING},strength=1", "--part", "paint")
    painted = said(blend, engine_python, "-o", tmp_path / "p.png", "--quality", "draft", *masks)
    image = bpy.data.images.load(painted["output"])
    assert tuple(image.size) == (WIDTH, HEIGHT)
    pixels = np.empty(WIDTH * HEIGHT * 4, np.float32)
    image.pixels.foreach_get(pixels)
    assert pixels.reshape(-1, 4)[:, 3].min() == 0
    assert blend.read_bytes() == stored


def said(blend: Path, engine: Path, *words: object) -> dict[str, Any]:
    """What the command says as JSON."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "nst.blender_nst.cli",
        str(blend),
        "render",
        "--style",
        str(PAINTING),
    ]
    done = subprocess.run(
        [*command, "--json", "--engine-python", str(engine), *map(str, words)],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
