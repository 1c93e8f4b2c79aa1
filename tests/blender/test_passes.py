"""What each Blender writes into its passes: the sign and unit of vectors, and mattes by name."""

from __future__ import annotations

import json
import math
import os
import subprocess
from pathlib import Path
from typing import Any

import bpy
import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSES = Path(__file__).with_name("fakes") / "passes.py"
WIDTH, HEIGHT = 192, 144
PIXELS = WIDTH / 36 * 50 / 6  # of a metre at the cube's middle: a lens of 50 mm, a sensor of 36, 6 m away


def waves(name: str, phase: float) -> Any:
    """A material without light: soft waves that are fixed to the object."""
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    nodes, link = material.node_tree.nodes, material.node_tree.links.new
    nodes.clear()
    place, output = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeOutputMaterial")
    emission = nodes.new("ShaderNodeEmission")
    scaled, wave, colors = (nodes.new("ShaderNodeVectorMath") for _ in range(3))
    scaled.operation, wave.operation, colors.operation = "MULTIPLY_ADD", "SINE", "MULTIPLY_ADD"
    scaled.inputs[1].default_value, scaled.inputs[2].default_value = (4.0,) * 3, (phase,) * 3
    colors.inputs[1].default_value, colors.inputs[2].default_value = (0.3,) * 3, (0.5,) * 3
    link(place.outputs["Object"], scaled.inputs[0])
    link(scaled.outputs[0], wave.inputs[0])
    link(wave.outputs[0], colors.inputs[0])
    link(colors.outputs[0], emission.inputs["Color"])
    link(emission.outputs[0], output.inputs["Surface"])
    return material


def key(obj: Any, frame: int, location: tuple[float, float, float], turn: float = 0.0) -> None:
    obj.location, obj.rotation_euler.z = location, turn
    for channel in ("location", "rotation_euler"):
        obj.keyframe_insert(channel, frame=frame)


@pytest.fixture
def moving(scene: Any) -> Any:
    """A cube before a wall, and a camera; one sample in the middle of each pixel."""
    bpy.ops.mesh.primitive_cube_add(size=1.5)
    cube = bpy.context.object
    cube.name, cube.pass_index = "Cube", 1
    cube.data.materials.append(waves("A", 0.0))
    bpy.ops.mesh.primitive_plane_add(size=14, location=(0, 2, 0), rotation=(math.pi / 2, 0, 0))
    wall = bpy.context.object
    wall.name, wall.pass_index = "Wall", 2
    wall.data.materials.append(waves("B", 1.0))
    bpy.ops.object.camera_add(location=(0, -6, 0), rotation=(math.pi / 2, 0, 0))
    scene.camera = bpy.context.object
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 0.01
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    layer = scene.view_layers[0]
    for name in ("vector", "z", "normal", "object_index", "cryptomatte_object"):
        setattr(layer, f"use_pass_{name}", True)
    settings = scene.render.image_settings
    if bpy.app.version >= (5, 0, 0):
        settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format, settings.color_depth = "OPEN_EXR_MULTILAYER", "32"
    return scene


def rendered(scene: Any, frame: int, folder: Path) -> Path:
    scene.frame_set(frame)
    path = folder / f"{frame:04d}.exr"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    return path


def read(scene: Any, folder: Path, engine: Path, *projection: str) -> dict[str, Any]:
    frames = [rendered(scene, frame, folder) for frame in (5, 6)]
    environment = os.environ | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    command = [str(engine), str(PASSES), *map(str, frames), *projection]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def test_vectors_of_a_moving_cube(moving: Any, tmp_path: Path, engine_python: Path) -> None:
    """0.1 metres to the right and 0.05 up in each frame, whatever the pass says of it."""
    cube = bpy.data.objects["Cube"]
    key(cube, 1, (-0.5, 0.75, 0.0))  # its front is at the middle's depth
    key(cube, 11, (0.5, 0.75, 0.5))
    straight(cube)
    found = read(moving, tmp_path, engine_python)
    across, down = 0.1 * PIXELS, -0.05 * PIXELS
    assert found["before"] == pytest.approx([-across, -down], rel=1e-3)
    assert found["after"] == pytest.approx([across, down], rel=1e-3)
    assert found["error"] < 0.5 / 255
    assert found["unmoved"] > 3 / 255


def test_carried_frames_and_mattes_where_all_moves(moving: Any, tmp_path: Path, engine_python: Path) -> None:
    """A cube that turns, before a camera that comes nearer."""
    key(bpy.data.objects["Cube"], 1, (-1.0, 0.0, 0.0))
    key(bpy.data.objects["Cube"], 11, (1.0, 0.0, 0.5), turn=1.0)
    moving.camera.keyframe_insert("location", frame=1)
    moving.camera.location = (1.0, -5.5, 0.3)
    moving.camera.keyframe_insert("location", frame=11)
    found = read(moving, tmp_path, engine_python)
    assert found["seen"] > 0.85
    assert found["error"] < 0.5 / 255
    assert found["unmoved"] > 10 / 255
    assert found["wrong"] == 0
    assert min(found["covered"]) > 1000


def test_a_cube_goes_across_the_ends_of_a_panorama_that_turns(
    moving: Any, tmp_path: Path, engine_python: Path
) -> None:
    """Of several samples: Blender takes the mean of vectors that lead to either end."""
    bpy.ops.mesh.primitive_uv_sphere_add(radius=9, location=moving.camera.location)
    bpy.context.object.name, bpy.context.object.pass_index = "Sky", 3
    bpy.context.object.data.materials.append(waves("C", 2.0))
    key(bpy.data.objects["Cube"], 1, (-1.0, -9.0, 0.3))
    key(bpy.data.objects["Cube"], 11, (1.0, -9.0, 0.0))
    for frame, turn in ((1, 0.0), (11, 0.4)):
        moving.camera.rotation_euler.z = turn
        moving.camera.keyframe_insert("rotation_euler", frame=frame)
    moving.camera.data.type, moving.camera.data.panorama_type = "PANO", "EQUIRECTANGULAR"
    moving.render.resolution_x, moving.render.resolution_y = 192, 96
    moving.cycles.samples, moving.cycles.filter_width = 8, 1.5
    flat = read(moving, tmp_path, engine_python)
    found = read(moving, tmp_path, engine_python, "equirect")
    assert flat["seen at the ends"] < 0.9
    assert found["seen at the ends"] > 0.95
    assert abs(flat["before"][0]) > 10  # pixels: some of the cube has gone a whole width
    assert found["before"][0] == pytest.approx(-found["after"][0], rel=0.1)
    assert found["error"] < found["unmoved"] / 10


def straight(obj: Any) -> None:
    """Let it move evenly from key to key."""
    action = obj.animation_data.action
    if bpy.app.version < (5, 0, 0):
        curves = action.fcurves
    else:
        curves = action.layers[0].strips[0].channelbag(action.slots[0]).fcurves
    for curve in curves:
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"
