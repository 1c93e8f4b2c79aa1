"""Masks that the renderer gives: passes, AOVs, and collections with all that they instance."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from nst.blender_nst.render import RenderOptions, prepare
from nst.core.protocol import Controls, JobError, Mask, RenderJob, save_job

ROOT = Path(__file__).resolve().parents[2]
MATTES = Path(__file__).with_name("fakes") / "mattes.py"
PAINTING = ROOT / "tests" / "assets" / "van_gogh_auvers.jpg"
WIDTH, HEIGHT = 64, 48
GLOW = 0.6
TINT = (0.2, 0.4, 0.9, 1.0)


@pytest.fixture
def grove(scene: Any) -> Any:
    """Cubes in a row: in a collection, in one within it, and instances of two; one of them is not in it."""
    trees = bpy.data.collections.new("Trees: a|b, c=d")
    inner = bpy.data.collections.new("Inner")
    scene.collection.children.link(trees)
    trees.children.link(inner)
    move(cube("Kür, |=:", -3, 1), trees)
    move(cube("Nested", -1.5, 1), inner)
    library = bpy.data.collections.new("Library")
    library.objects.link(cube("Source", 0, 1))
    scene.collection.objects.unlink(bpy.data.objects["Source"])
    empty = bpy.data.objects.new("Instance", None)
    empty.instance_type, empty.instance_collection = "COLLECTION", library
    inner.objects.link(empty)
    move(scattered(cube("Leaf", -90, 1)), trees)
    cube("Other", 3, 2).data.materials.append(glowing())
    bpy.ops.object.camera_add(location=(0, -12, 0), rotation=(math.pi / 2, 0, 0))
    scene.camera = bpy.context.object
    scene.world = bpy.data.worlds.new("World")
    scene.world.mist_settings.start, scene.world.mist_settings.depth = 8, 8
    scene.world.mist_settings.falloff = "LINEAR"
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 8, False
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    for name, kind in (("Glow", "VALUE"), ("Tint", "COLOR")):
        aov = scene.view_layers[0].aovs.add()
        aov.name, aov.type = name, kind
    return scene


def cube(name: str, x: float, index: int) -> Any:
    bpy.ops.mesh.primitive_cube_add(size=1, location=(x, 0, 0), rotation=(0.2, 0.3, 0.4))
    made = bpy.context.object
    made.name, made.pass_index = name, index
    return made


def move(obj: Any, collection: Any) -> None:
    for one in list(obj.users_collection):
        one.objects.unlink(obj)
    collection.objects.link(obj)


def scattered(leaf: Any) -> Any:
    """A point at x = 1.5 on which geometry nodes put an instance."""
    group = bpy.data.node_groups.new("Scatter", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        group.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    info, points = group.nodes.new("GeometryNodeObjectInfo"), group.nodes.new("GeometryNodeInstanceOnPoints")
    start, end = group.nodes.new("NodeGroupInput"), group.nodes.new("NodeGroupOutput")
    info.inputs["Object"].default_value = leaf
    info.inputs["As Instance"].default_value = True
    group.links.new(start.outputs[0], points.inputs["Points"])
    group.links.new(info.outputs["Geometry"], points.inputs["Instance"])
    group.links.new(points.outputs[0], end.inputs[0])
    mesh = bpy.data.meshes.new("Points")
    mesh.from_pydata([(1.5, 0, 0)], [], [])
    made = bpy.data.objects.new("Scatter", mesh)
    bpy.context.scene.collection.objects.link(made)
    made.modifiers.new("Scatter", "NODES").node_group = group
    return made


def glowing() -> Any:
    """A material with two AOVs and the pass index 7."""
    material = bpy.data.materials.new("Glowing")
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    material.pass_index = 7
    for name, socket, value in (("Glow", "Value", GLOW), ("Tint", "Color", TINT)):
        node = material.node_tree.nodes.new("ShaderNodeOutputAOV")
        node.aov_name, node.inputs[socket].default_value = name, value
    return material


def masks(scene: Any, folder: Path, engine: Path, *wanted: str) -> Mapping[str, NDArray[Any]]:
    """What the engine reads from a render for these masks."""
    controls = Controls(masks=tuple(Mask(mask, str(PAINTING)) for mask in wanted))
    job, _ = prepare(scene, RenderOptions(str(PAINTING), str(folder / "a.exr"), controls=controls), folder)
    return read(job, folder, engine)


def read(job: RenderJob, folder: Path, engine: Path) -> Mapping[str, NDArray[Any]]:
    """What the engine reads for a job."""
    save_job(job, folder / "job.json")
    said = subprocess.run(
        [str(engine), str(MATTES), str(folder / "job.json")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=dict(os.environ),
    )
    assert said.returncode == 0, said.stderr
    return {name: np.array(rows) for name, rows in json.loads(said.stdout).items()}


def test_a_collection_covers_what_its_objects_and_instances_cover(
    grove: Any, tmp_path: Path, engine_python: Path
) -> None:
    """All of it, and nothing of the cube that is not in it; soft where edges are."""
    collection = "collection:Trees: a|b, c=d"
    names = ("object:Kür, |=:", "object:Nested", "object:Source", "object:Leaf")
    found = masks(grove, tmp_path, engine_python, collection, *names, "object:Other", "index:1")
    whole, parts = found[collection], [found[name] for name in names]
    np.testing.assert_allclose(whole, np.sum(parts, 0).clip(0, 1), atol=1e-5)
    assert all(part.sum() > 15 for part in parts)
    assert ((whole > 0.05) & (whole < 0.95)).sum() > 20
    assert (whole * found["object:Other"]).max() == 0
    # The Object Index, of one sample for each pixel, knows nothing of names.
    numbered = found["index:1"]
    assert np.abs(whole - numbered)[(whole == 0) | (whole > 0.999)].max() == 0
    assert whole.sum() == pytest.approx(numbered.sum(), rel=0.05)


def test_aovs_are_what_the_shader_says(grove: Any, tmp_path: Path, engine_python: Path) -> None:
    found = masks(grove, tmp_path, engine_python, "aov:Glow", "aov:Tint", "object:Other", "material_index:7")
    covered = found["object:Other"]
    np.testing.assert_allclose(found["aov:Glow"], GLOW * covered, atol=2e-3)
    np.testing.assert_allclose(found["aov:Tint"], sum(TINT[:3]) / 3 * covered, atol=2e-3)
    numbered = found["material_index:7"]
    assert np.abs(covered - numbered)[(covered == 0) | (covered > 0.999)].max() == 0


def test_mist_and_depth(grove: Any, tmp_path: Path, engine_python: Path) -> None:
    """Cubes from 11 to 13 units before a mist that is whole at 16, and nothing behind them."""
    found = masks(grove, tmp_path, engine_python, "mist:", "mist:0.9-1", "depth:9-15", "depth:15-", "index:1")
    cubes = found["index:1"] == 1
    inside = found["depth:9-15"] == 1
    assert (inside & cubes).sum() == cubes.sum()
    np.testing.assert_allclose(found["depth:15-"], 1 - found["depth:9-15"], atol=1e-6)
    assert found["mist:"][:4].min() > 0.999
    assert found["mist:0.9-1"][:4].min() > 0.99
    middle = found["mist:"][HEIGHT // 2, 31:33]
    assert middle.min() > 0.3
    assert middle.max() < 0.5


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        ("aov:Gloe", "no AOV Gloe; it has Glow, Tint.*Did you mean Glow"),
        ("collection:Iner", "no collection Iner; it has .*Did you mean Inner"),
        ("collection:Bare", "has no objects"),
    ],
)
def test_what_the_scene_lacks_is_said_before_it_renders(
    grove: Any, tmp_path: Path, mask: str, said: str
) -> None:
    bpy.data.collections.new("Bare")
    controls = Controls(masks=(Mask(mask, str(PAINTING)),))
    options = RenderOptions(str(PAINTING), str(tmp_path / "a.exr"), controls=controls)
    with pytest.raises(JobError, match=said):
        prepare(grove, options, tmp_path)
    assert not (tmp_path / "render.exr").exists()


def test_workbench_has_no_aovs(grove: Any, tmp_path: Path) -> None:
    grove.render.engine = "BLENDER_WORKBENCH"
    controls = Controls(masks=(Mask("aov:Glow", str(PAINTING)),))
    with pytest.raises(JobError, match="Workbench renders no passes"):
        prepare(grove, RenderOptions(str(PAINTING), str(tmp_path / "a.exr"), controls=controls), tmp_path)


def test_guidance_turns_on_its_passes(grove: Any, tmp_path: Path, engine_python: Path) -> None:
    """Outlines are around the cubes, as the engine finds them in this Blender's passes."""
    options = RenderOptions(str(PAINTING), str(tmp_path / "a.exr"), outlines=1.0, falloff=1.0)
    job, _ = prepare(grove, options, tmp_path)
    assert (job.outlines, job.falloff, job.focus) == (1.0, 1.0, 0.0)
    assert not any(getattr(grove.view_layers[0], f"use_pass_{name}") for name in ("normal", "mist"))
    found = read(job, tmp_path, engine_python)
    edge, near = found["edges"], found["near"]
    assert near[:4].max() < 1e-3
    assert near[HEIGHT // 2, 31:33].min() > 0.5
    assert edge[:4].max() == edge[-4:].max() == 0  # nothing is there
    assert 100 < (edge == 1).sum() < 500


def test_detail_is_kept_where_the_camera_is_sharp(grove: Any, tmp_path: Path) -> None:
    """A camera's depth of field goes before Mist, and what is asked for before both."""
    lens = grove.camera.data.dof
    lens.use_dof, lens.focus_distance = True, 7.0

    def focus(**settings: Any) -> float:
        options = RenderOptions(str(PAINTING), str(tmp_path / "a.exr"), render="x.exr", **settings)
        return prepare(grove, options, tmp_path)[0].focus

    assert focus(falloff=1.0) == pytest.approx(7)
    assert focus(falloff=1.0, focus=3.0) == 3
    assert focus() == 0
    lens.focus_object = bpy.data.objects["Nested"]
    assert focus(falloff=1.0) == pytest.approx(12, abs=1e-4)
    lens.use_dof = False
    assert focus(falloff=1.0) == 0
