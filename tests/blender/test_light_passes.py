"""Light painted apart from colours, of what Blender renders: noisy, denoised, and by EEVEE."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.blender_nst.render import RenderOptions, prepare
from nst.core.protocol import JobError, save_job

from .lit import light, state

PAINTING = Path(__file__).resolve().parents[1] / "assets" / "van_gogh_auvers.jpg"
EEVEE = "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"

READ = """
import json, sys
import torch
from nst.core.protocol import load_job
from nst.core.render.job import open_render
from nst.core.render.layers import COMBINED, read_layers
from nst.core.render.light import DIFFUSE, addend_of, combined
from nst.core.render.noise import denoised
from nst.core.render.parts import over

def rough(plane):  # how much pixels differ from the mean of their neighbours
    around = torch.nn.functional.avg_pool2d(plane, 3, 1, 1, count_include_pad=False)
    return float((plane - around).square().mean())

job = load_job(sys.argv[1])
render, layers = open_render(job), read_layers(job.content, job.view_layer)
whole = over(*combined(layers))
addend = addend_of(layers, DIFFUSE)
color = addend.color.mean(1)[0]
dark, pale = color < 0.3, color > 0.5
grey = render.part.lit(torch.full_like(render.content, 0.7))
print(json.dumps({
    "same": float((render.part.lit(render.content) - whole).abs().max() / whole.max()),
    "contrast": [float(one[0, :, pale].mean() / one[0, :, dark].mean()) for one in (whole, grey)],
    "changed": float((grey - whole).abs().mean()),
    "rough": [rough(one.seen) for one in (addend, denoised(layers, addend))] + [rough(whole)],
    "more": float((addend.seen - combined(layers)[0]).max()),
    "notes": render.part.notes,
}))
"""


@pytest.fixture
def lit(scene: Any) -> Any:
    """The lit cube on a checker of hard edges."""
    light(scene)
    bpy.ops.mesh.primitive_plane_add(size=12, location=(0, 0, -1))
    material = bpy.data.materials.new("Checker")
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    tree = material.node_tree
    checker, place = tree.nodes.new("ShaderNodeTexChecker"), tree.nodes.new("ShaderNodeTexCoord")
    checker.inputs["Scale"].default_value = 0.5
    checker.inputs["Color1"].default_value = (0.8, 0.8, 0.8, 1)
    checker.inputs["Color2"].default_value = (0.1, 0.1, 0.1, 1)
    tree.links.new(place.outputs["Object"], checker.inputs["Vector"])
    tree.links.new(checker.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    bpy.context.object.data.materials.append(material)
    bpy.data.objects["Sun"].data.angle = math.radians(60)  # soft shadows are noisy
    bpy.data.objects["Sun"].data.energy = 4
    return scene


def options(folder: Path, **settings: Any) -> RenderOptions:
    return RenderOptions(str(PAINTING), str(folder / "painted.exr"), **settings)


def seen(scene: Any, folder: Path, engine: Path, part: str = "light") -> dict[str, Any]:
    before = state(scene)
    job, _ = prepare(scene, options(folder, part=part), folder)
    assert state(scene) == before
    save_job(job, folder / "job.json")
    words = [str(engine), "-c", READ, str(folder / "job.json")]
    said = subprocess.run(words, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def test_surfaces_keep_their_colours_in_other_light(lit: Any, tmp_path: Path, engine_python: Path) -> None:
    """One light everywhere: pale squares are as many times brighter than dark ones as their colours are."""
    found = seen(lit, tmp_path, engine_python)
    assert found["same"] < 1e-5
    assert found["changed"] > 0.02
    assert min(found["contrast"]) > 3
    assert found["more"] < 1e-3


def test_light_of_a_denoised_render_is_denoised(lit: Any, tmp_path: Path, engine_python: Path) -> None:
    lit.cycles.use_denoising, lit.cycles.samples = True, 2
    for part in ("light", "paint"):
        found = seen(lit, tmp_path, engine_python, part)
        noisy, own, whole = found["rough"]
        assert found["more"] > 0.01  # the passes are as noisy as ever
        assert own < 1.2 * whole < 0.8 * noisy
        assert found["same"] < 1e-5
        assert found["notes"] == []


def test_kinds_of_light_have_their_passes(lit: Any, tmp_path: Path) -> None:
    for part, names in (("volume", (b"Volume", b"Ind")), ("emission", (b"Emi",)), ("environment", (b"Env",))):
        before = state(lit)
        job, _ = prepare(lit, options(tmp_path, part=part), tmp_path)
        assert state(lit) == before
        content = Path(job.content).read_bytes()
        assert all(name in content for name in names)
    lit.render.engine = "BLENDER_WORKBENCH"
    with pytest.raises(JobError, match="Workbench renders no passes"):
        prepare(lit, options(tmp_path, part="light"), tmp_path)


def test_eevee_has_paint_and_light_apart(lit: Any, tmp_path: Path, engine_python: Path) -> None:
    """In a Blender of its own, which goes down without a graphics driver."""
    lit.render.engine, lit.eevee.taa_render_samples = EEVEE, 4
    blend, words = tmp_path / "scene.blend", ["--style", str(PAINTING), "--part", "light", "--strength", "0"]
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True)
    command = [sys.executable, "-P", "-m", "nst.blender_nst.cli", str(blend), "render", *words]
    command += ["--engine-python", str(engine_python), "-o", str(tmp_path / "out.exr"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), timeout=300)
    if done.returncode < 0:
        pytest.skip("EEVEE cannot render here")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.exr").stat().st_size > 1000
