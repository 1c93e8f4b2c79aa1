"""The plain ball: lit as the scene is, seen as its camera sees, and nothing left of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Euler, Vector
from numpy.typing import NDArray

from nst.blender_nst.compat import set_file_format
from nst.blender_nst.host.lamps import lamps_of
from nst.blender_nst.host.sphere_images import pixels_of
from nst.blender_nst.host.style_sphere import (
    RADIUS,
    BallFiles,
    WindowBall,
    make_studio,
    place_of,
    remove_temporary,
    render_ball,
)
from nst.core.protocol import JobCancelled, JobError

from .builders import give_material
from .lit import light, state
from .test_window_render import stops, waits, writes

ROOT = Path(__file__).resolve().parents[2]
PLANES = Path(__file__).with_name("fakes") / "planes.py"
SIZE = 64


@pytest.fixture
def lit(scene: Any) -> Any:
    """A cube that stands off, below a sun, and a camera that is turned in all ways."""
    light(scene)
    scene.view_settings.view_transform = "Standard"
    bpy.data.objects["Cube"].location = (3, 1, -2)
    bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
    scene.camera.rotation_euler = (1.0, 0.3, 0.5)
    bpy.context.view_layer.update()
    return scene


def everything() -> dict[str, list[tuple[str, int]]]:
    """Names of all that is in the file, but for the place that Blender keeps for renders."""
    kinds = [name for name in dir(bpy.data) if isinstance(getattr(bpy.data, name), type(bpy.data.objects))]
    found = {kind: [(one.name, one.users) for one in getattr(bpy.data, kind)] for kind in kinds}
    found.pop("all_ids", None)
    found["images"] = [pair for pair in found["images"] if pair[0] != "Render Result"]
    return found


def settings(scene: Any) -> dict[str, Any]:
    selected = [(obj.name, obj.select_get()) for obj in scene.objects]
    return state(scene) | {
        "selected": selected,
        "active": bpy.context.view_layer.objects.active.name,
        "size": scene.render.resolution_x,
        "samples": scene.cycles.samples,
        "camera": scene.camera.name,
        "scene": bpy.context.scene.name,
    }


def ball(
    scene: Any, folder: Path, engine: Path, material: Any = None
) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    """(H, W, 4) sRGB pixels as they are shown, and all passes; top row first."""
    files = BallFiles(folder / "guides.exr", folder / "seen.png")
    render_ball(scene, files, SIZE, material)
    image = bpy.data.images.load(str(files.seen))
    pixels = np.array(pixels_of(image)).reshape(SIZE, SIZE, 4)[::-1]
    bpy.data.images.remove(image)
    command = [str(engine), str(PLANES), str(files.guides), str(folder / "planes.npz")]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=dict(os.environ))
    assert said.returncode == 0, said.stderr
    with np.load(folder / "planes.npz") as planes:
        return pixels, dict(planes)


def analytic() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(H, W, 3) normals of the ball as one sees them, and where it covers whole pixels."""
    across = ((np.arange(SIZE) + 0.5) / SIZE - 0.5) / RADIUS
    x, y = np.meshgrid(across, -across)
    z = np.sqrt(np.clip(1 - x * x - y * y, 0, None))
    return np.stack([x, y, z], -1), np.hypot(x, y) < 1 - 2 / (SIZE * RADIUS)


def test_it_is_lit_and_seen_as_the_scene_is(lit: Any, tmp_path: Path, engine_python: Path) -> None:
    blocks, before = everything(), settings(lit)
    pixels, passes = ball(lit, tmp_path, engine_python)
    assert (everything(), settings(lit)) == (blocks, before)
    normals, inside = analytic()
    turn = np.array(lit.camera.matrix_world.to_3x3())  # from the camera to the world
    world = np.stack([passes[f"Normal.{axis}"] for axis in "XYZ"], -1)
    wrong = np.linalg.norm(world @ turn - normals, axis=-1)[inside]
    assert wrong.max() < 0.04  # a pixel's own slope is 0.03 in the middle, more at the rim
    assert wrong.mean() < 0.01
    sun = Euler((0.6, 0.3, 0)).to_matrix() @ Vector((0, 0, 1))
    lambert = np.clip(normals @ (turn.T @ np.array(sun)), 0, None)
    direct = passes["Diffuse Direct.R"]
    assert np.corrcoef(direct[inside], lambert[inside])[0, 1] > 0.995
    where = np.stack([passes[f"Position.{axis}"] for axis in "XYZ"], -1)[inside]
    assert np.allclose(np.linalg.norm(where - (3, 1, -2), axis=-1), 1.0, atol=0.01)
    assert (passes["Object Index.X"][inside] == 3).all()
    wanted = {"Depth.Z", "Diffuse Indirect.R", "Glossy Direct.R", "Ambient Occlusion.R", "Combined.A"}
    assert wanted <= {*passes}
    assert pixels[inside, 3].min() == 1
    assert pixels[0, 0, 3] == 0
    assert np.isclose(passes["Combined.A"].mean(), np.pi * RADIUS**2, rtol=0.01)


def test_of_a_material_it_has_the_colour(lit: Any, tmp_path: Path, engine_python: Path) -> None:
    material = give_material(bpy.data.objects["Cube"], (0.02, 0.6, 0.1), "Leaf")
    users = material.users
    pixels, passes = ball(lit, tmp_path, engine_python, material)
    _, inside = analytic()
    assert pixels[inside, 1].mean() > 2 * pixels[inside, 0].mean()
    seen = [passes[f"Diffuse Color.{channel}"][inside].mean() for channel in "RGB"]
    assert np.allclose(np.array(seen) / seen[1], [0.02 / 0.6, 1, 0.1 / 0.6], atol=0.005)
    assert bpy.data.materials["Leaf"].users == users


def test_what_it_stands_for(lit: Any) -> None:
    layer, cube = lit.view_layers[0], bpy.data.objects["Cube"]
    place = place_of(lit, layer, [])
    assert (tuple(place.centre), place.radius) == ((3, 1, -2), 1)
    bpy.ops.mesh.primitive_cube_add(size=4, location=(-7, 0, 0))
    other = bpy.context.object
    cube.select_set(True)
    layer.objects.active = lit.camera
    assert place_of(lit, layer, []).radius == pytest.approx(6.5)  # from -9 to 4
    other.hide_render = True
    assert place_of(lit, layer, []).radius == 1
    cube.hide_render, lit.cursor.location = True, (1, 2, 3)
    assert tuple(place_of(lit, layer, []).centre) == (1, 2, 3)
    lit.camera = None
    assert place_of(lit, layer, []).view @ Vector((0, 0, 1)) == Vector((0, -1, 0))


def test_no_lamp_is_within_it(lit: Any) -> None:
    layer = lit.view_layers[0]
    bpy.ops.object.light_add(type="POINT", location=(3, 1, -1.2))
    layer.objects.active = bpy.data.objects["Cube"]
    assert place_of(lit, layer, lamps_of(lit, layer)).radius == pytest.approx(0.4)


def test_lamps_that_light_it(lit: Any) -> None:
    layer, cube = lit.view_layers[0], bpy.data.objects["Cube"]
    point = bpy.data.lights.new("Point", "POINT")
    for name in ("Hidden", "Behind", "Linked", "Instanced", "Unseen"):
        lit.collection.objects.link(bpy.data.objects.new(name, point))
    bpy.data.objects["Hidden"].hide_render = True
    bpy.data.objects["Unseen"].hide_viewport = True
    aside, group = bpy.data.collections.new("Aside"), bpy.data.collections.new("Group")
    lit.collection.children.link(aside)
    for name, owner in (("Behind", aside), ("Instanced", group)):
        lit.collection.objects.unlink(bpy.data.objects[name])
        owner.objects.link(bpy.data.objects[name])
    layer.layer_collection.children["Aside"].exclude = True
    receivers = bpy.data.collections.new("Receivers")
    bpy.data.objects["Linked"].light_linking.receiver_collection = receivers
    bpy.ops.object.empty_add(location=(0, 0, 9))
    bpy.context.object.instance_type = "COLLECTION"
    bpy.context.object.instance_collection = group

    def names(subject: Any) -> list[str]:
        return sorted(lamp.object.name for lamp in lamps_of(lit, layer, subject))

    receivers.objects.link(lit.camera)
    assert names(cube) == ["Instanced", "Sun", "Unseen"]
    receivers.objects.link(cube)
    assert names(cube) == ["Instanced", "Linked", "Sun", "Unseen"]
    (one,) = (lamp for lamp in lamps_of(lit, layer, cube) if lamp.object.name == "Instanced")
    assert tuple(one.place) == (0, 0, 9)
    studio = make_studio(lit, SIZE)
    kinds = sorted(obj.type for obj in studio.objects)
    assert kinds == ["CAMERA", *["LIGHT"] * 4, "MESH"]
    assert {"Sun", "Unseen"} < {obj.name for obj in studio.objects}
    assert all(obj.light_linking.receiver_collection is None for obj in studio.objects)
    remove_temporary()
    assert [scene.name for scene in bpy.data.scenes] == [lit.name]


def test_what_changes_a_scene_from_frame_to_frame_stays_behind(lit: Any) -> None:
    other = bpy.data.objects.new("Other", lit.camera.data)
    lit.timeline_markers.new("Cut", frame=lit.frame_current).camera = other
    lit.view_settings.keyframe_insert("exposure")
    lit.view_layers.new("Clay").material_override = bpy.data.materials.new("Override")
    lit.background_set = bpy.data.scenes.new("Set")
    studio = make_studio(lit, SIZE)
    assert studio.background_set is None
    assert studio.animation_data is None or studio.animation_data.action is None
    assert len(studio.timeline_markers) == 0
    assert [layer.material_override for layer in studio.view_layers] == [None]
    remove_temporary()
    assert lit.timeline_markers["Cut"].camera == other
    assert lit.animation_data.action is not None


def test_workbench_has_no_light(lit: Any, tmp_path: Path) -> None:
    blocks = everything()
    lit.render.engine = "BLENDER_WORKBENCH"
    with pytest.raises(JobError, match="Workbench knows neither lamps"):
        render_ball(lit, BallFiles(tmp_path / "a.exr", tmp_path / "b.png"), SIZE)
    assert everything() == blocks


@pytest.mark.parametrize("how", ["to its end", "stopped", "closed", "nothing"])
def test_beside_the_window(lit: Any, tmp_path: Path, how: str) -> None:
    blocks, before = everything(), settings(lit)
    files = BallFiles(tmp_path / "guides.exr", tmp_path / "seen.png")
    start = {"to its end": writes, "stopped": stops}.get(how, waits)
    render = WindowBall(lit, files, SIZE, start=start)
    if how == "to its end":
        assert render.ready()
        assert files.guides.is_file()
        assert files.seen.is_file()
    elif how == "stopped":
        with pytest.raises(JobCancelled):
            render.ready()
    elif how == "closed":
        render.close()
    else:
        with pytest.raises(JobError, match="wrote no file"):
            render.ready()
    assert (everything(), settings(lit)) == (blocks, before)


def test_one_that_cannot_begin(lit: Any, tmp_path: Path) -> None:
    def cannot(_scene: Any) -> None:
        raise RuntimeError("Error: no memory")

    blocks = everything()
    with pytest.raises(JobError, match="no memory"):
        WindowBall(lit, BallFiles(tmp_path / "a.exr", tmp_path / "b.png"), SIZE, start=cannot)
    assert everything() == blocks


def test_lossless_whatever_the_scene_saves(lit: Any) -> None:
    set_file_format(lit.render.image_settings, "OPEN_EXR")
    lit.render.image_settings.exr_codec = "DWAA"
    studio = make_studio(lit, SIZE)
    codec = studio.render.image_settings.exr_codec
    remove_temporary()
    assert codec == "ZIP"
    assert lit.render.image_settings.exr_codec == "DWAA"
