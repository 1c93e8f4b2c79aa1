"""Meshes as artists have them, made by Blender: the engine finds its way over each of them."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bpy
import pytest
from mathutils import Matrix

from nst.blender_nst.host.meshes import read_mesh, save_mesh

SURVEY = Path(__file__).with_name("fakes") / "survey.py"


def made(vertices: Sequence[tuple[float, ...]], faces: Sequence[tuple[int, ...]]) -> Any:
    """An object of given faces, unwrapped."""
    mesh = bpy.data.meshes.new("Odd")
    mesh.from_pydata(vertices, [], faces)
    obj = bpy.data.objects.new("Odd", mesh)
    bpy.context.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    return unwrapped(obj)


def unwrapped(obj: Any) -> Any:
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.smart_project(angle_limit=math.radians(66), island_margin=0.02)
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


def ball(scale: float = 1.0) -> Any:
    bpy.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8, radius=scale)
    return bpy.context.active_object


def cube() -> Any:
    bpy.ops.mesh.primitive_cube_add(size=1.0)
    return bpy.context.active_object


def three_pages() -> Any:
    """Three faces that share one edge."""
    turns = [(math.cos(turn), math.sin(turn)) for turn in (0.0, 2.0, 4.0)]
    rim = [(x, y, z) for x, y in turns for z in (0.0, 1.0)]
    faces = [(0, 2 + 2 * page, 3 + 2 * page, 1) for page in range(3)]
    return made([(0.0, 0.0, 0.0), (0.0, 0.0, 1.0), *rim], faces)


def open_box() -> Any:
    corners = [(x, y, z) for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)]
    return made(corners, [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4)])


def thin_wall() -> Any:
    """A sheet with two sides, 1 % of its width thick, by a modifier."""
    bpy.ops.mesh.primitive_plane_add(size=1.0)
    obj = bpy.context.active_object
    obj.modifiers.new("Thick", "SOLIDIFY").thickness = 0.01
    return obj


def nested() -> Any:
    """A ball within a ball: nothing sees the inner one from outside."""
    outer = ball(1.0)
    ball(0.5)
    outer.select_set(True)
    bpy.ops.object.join()
    return unwrapped(bpy.context.active_object)


def stretched() -> Any:
    """UVs eight times as wide as they are high."""
    obj = unwrapped(cube())
    for loop in obj.data.uv_layers.active.data:
        loop.uv.y *= 0.125
    return obj


def skewed() -> Any:
    obj = unwrapped(cube())
    for loop in obj.data.uv_layers.active.data:
        loop.uv.x = 0.5 * loop.uv.x + 0.5 * loop.uv.y
    return obj


def uneven() -> Any:
    """One face has nearly all of the UV map."""
    obj = cube()
    layer = obj.data.uv_layers.active.data
    for polygon in obj.data.polygons:
        for corner, loop in enumerate(polygon.loop_indices):
            u, v = ((0, 0), (1, 0), (1, 1), (0, 1))[corner]
            size = 0.8 if polygon.index == 0 else 0.06
            place = (0.0, 0.0) if polygon.index == 0 else (0.82, 0.15 * polygon.index)
            layer[loop].uv = (place[0] + size * u, place[1] + size * v)
    return obj


def heaped() -> Any:
    """All faces over one another in UV."""
    obj = cube()
    for polygon in obj.data.polygons:
        for corner, loop in enumerate(polygon.loop_indices):
            obj.data.uv_layers.active.data[loop].uv = ((0, 0), (1, 0), (1, 1), (0, 1))[corner]
    return obj


def at(obj: Any, matrix: Matrix) -> Any:
    obj.matrix_world = matrix
    bpy.context.view_layer.update()
    return obj


ODD: dict[str, Callable[[], Any]] = {
    "three pages": three_pages,
    "open box": open_box,
    "thin wall": thin_wall,
    "nested": nested,
    "stretched": stretched,
    "skewed": skewed,
    "uneven": uneven,
    "heaped": heaped,
    "huge": lambda: at(ball(), Matrix.Translation((3e5, 0, 0)) @ Matrix.Scale(1e4, 4)),
    "tiny": lambda: at(ball(), Matrix.Scale(1e-4, 4)),
    "flattened": lambda: at(ball(), Matrix.Diagonal((1.0, 1.0, 0.02, 1.0))),
    "mirrored": lambda: at(ball(), Matrix.Diagonal((-1.0, 1.0, 1.0, 1.0))),
}


@pytest.fixture
def survey(engine_python: Path) -> Callable[[Path], dict[str, dict[str, Any]]]:
    """What the engine says of all meshes in a folder."""

    def ask(folder: Path) -> dict[str, dict[str, Any]]:
        command = [str(engine_python), str(SURVEY), str(folder)]
        said = subprocess.run(command, capture_output=True, text=True)
        assert said.returncode == 0, said.stderr
        found: dict[str, dict[str, Any]] = json.loads(said.stdout)
        return found

    return ask


def test_every_mesh_can_be_painted_all_over(
    scene: Any, tmp_path: Path, survey: Callable[[Path], dict[str, dict[str, Any]]]
) -> None:
    for name, make in ODD.items():
        obj = make()
        data = read_mesh(obj, bpy.context.evaluated_depsgraph_get())
        save_mesh(data, tmp_path / f"{name}.npz")
        bpy.data.objects.remove(obj)
    found = survey(tmp_path)
    assert set(found) == set(ODD)
    for name, about in found.items():
        assert about["seen"] > 0.95, (name, about)
        assert about["spread"] < 1e-3, (name, about)
    over = {name for name, about in found.items() if about["overlap"] > 0.05}
    assert over == {"heaped", "thin wall", "three pages"}  # Blender lays two of the pages on each other
    assert found["heaped"]["overlap"] == pytest.approx(5 / 6, abs=0.05)
    assert found["thin wall"]["overlap"] == pytest.approx(0.5, abs=0.05)
