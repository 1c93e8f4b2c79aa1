"""Renders and animations that look like painted spheres, made by Blender and the real engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from nst.tests.blender.driving import tick_until
from nst.tests.blender.lit import HEIGHT, WIDTH, light, state
from nst.tests.blender.test_sphere_texture import COLD, SIZE, WARM, painted
from nst.tests.blender.test_window_render import stops, writes

NAME = "Scene Warm NST"
RED, YELLOW = (np.array(color) / 255 for color in WARM)
BLUE, CYAN = (np.array(color) / 255 for color in COLD)


@pytest.fixture
def balls(addon: Any, scene: Any) -> Any:
    """A ball to the left and a cube to the right, on nothing; and a sphere, red to the left, yellow to the
    right."""
    light(scene)
    bpy.data.objects["Cube"].location = (1.6, 0, 0)
    bpy.ops.mesh.primitive_uv_sphere_add(location=(-1.6, 0, 0), segments=32, ring_count=16)
    bpy.context.object.name = "Ball"
    for polygon in bpy.context.object.data.polygons:
        polygon.use_smooth = True
    scene.cycles.samples = 2
    scene.view_settings.view_transform = "Standard"
    add(scene, "Warm", WARM)
    return scene


def add(scene: Any, name: str, colors: Any, scope: str = "everything", thing: Any = None) -> Any:
    sphere = scene.nst_sphere.add(name, painted(colors, name))
    sphere.circle = (SIZE / 2, SIZE / 2, 0.48 * SIZE)
    sphere.scope = scope
    if thing is not None:
        setattr(sphere, scope, thing)
    return sphere


def shown(image: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Colours (H, W, 3) as the screen shows them in Standard, and alpha, top row first."""
    values = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(values)
    pixels = values.reshape(image.size[1], image.size[0], 4)[::-1].astype(float)
    if image.file_format == "OPEN_EXR":
        linear = pixels[..., :3] / np.maximum(pixels[..., 3:], 1e-6)
        curve = np.where(linear > 0.0031308, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055, 12.92 * linear)
        return curve, pixels[..., 3]
    return pixels[..., :3], pixels[..., 3]


def is_(color: NDArray[np.float64], wanted: NDArray[np.float64]) -> bool:
    return bool(np.abs(color - wanted).max() < 0.06)


# The ball's left and right, and the cube's front, in the picture.
ROW, LEFT, RIGHT, CUBE = HEIGHT // 2, 9, 31, 76


def reason(kind: str) -> str:
    try:
        getattr(bpy.ops.nst, f"sphere_{kind}")()
    except RuntimeError as error:
        return str(error)
    raise AssertionError("it could begin")


# --------------------------------------------------------------------------------------- stills


def test_a_frame_takes_on_the_sphere(balls: Any) -> None:
    before = state(balls)
    assert bpy.ops.nst.sphere_render() == {"FINISHED"}
    image = balls.nst_sphere.result
    assert image.name == NAME
    assert (state(balls) | {"images": before["images"]}) == before
    colors, alpha = shown(image)
    assert colors.shape[:2] == (HEIGHT, WIDTH)
    assert (alpha[0, 0], alpha[ROW, LEFT], alpha[ROW, CUBE]) == (0, 1, 1)
    assert 0 < np.count_nonzero((alpha > 0.05) & (alpha < 0.95)) < 0.2 * alpha.size
    assert is_(colors[ROW, LEFT], RED)
    assert is_(colors[ROW, RIGHT], YELLOW)
    stored = json.loads(image["nst_job"])
    assert (stored["spheres"], stored["method"], stored["guides"]) == (["Warm"], "blit", "")
    assert image.packed_file is not None
    assert balls.nst.render.result is None


def test_each_sphere_paints_what_it_is_for(balls: Any) -> None:
    group = bpy.data.collections.new("Group")
    balls.collection.children.link(group)
    group.objects.link(bpy.data.objects["Cube"])
    for scope, thing in (("object", bpy.data.objects["Cube"]), ("collection", group)):
        cold = add(balls, "Cold", COLD, scope, thing)
        balls.nst_sphere.active = 0
        add(balls, "Unused", (COLD[1], COLD[1]))
        balls.nst_sphere.active = 0
        assert bpy.ops.nst.sphere_render() == {"FINISHED"}
        colors, _ = shown(balls.nst_sphere.result)
        assert is_(colors[ROW, LEFT], RED)
        assert colors[ROW, CUBE, 0] < 0.12  # it faces the seam of blue and cyan
        balls.nst_sphere.spheres.remove(2)
        balls.nst_sphere.spheres.remove(balls.nst_sphere.spheres.find(cold.name))


def test_what_is_painted_in_blender_is_what_counts(balls: Any) -> None:
    """Pixels that nobody has saved yet, and what is rubbed out shows the render below in the compositor."""
    image = balls.nst_sphere.active_sphere.picture
    pixels = np.empty(SIZE * SIZE * 4, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(SIZE, SIZE, 4)
    pixels[..., :3], pixels[:, SIZE // 2 :, 3] = BLUE, 0
    image.pixels.foreach_set(pixels.ravel())
    assert image.is_dirty
    assert bpy.ops.nst.sphere_render() == {"FINISHED"}
    colors, alpha = shown(balls.nst_sphere.result)
    assert is_(colors[ROW, LEFT], BLUE)
    assert alpha[ROW, LEFT] == 1


def test_further_channels_come_along(balls: Any) -> None:
    height = painted(((255, 255, 255), (0, 0, 0)), "Height")
    height.colorspace_settings.name = "Non-Color"
    balls.nst_sphere.active_sphere.height = height
    assert bpy.ops.nst.sphere_render() == {"FINISHED"}
    levels, _ = shown(bpy.data.images[f"{NAME} Height"])
    assert levels[ROW, LEFT, 0] > 0.95
    assert levels[ROW, RIGHT, 0] < 0.05


def test_other_guides_need_the_light_of_the_sphere(balls: Any) -> None:
    balls.nst_sphere.weight_direct = 1.0
    assert "The guide direct needs a render of the sphere" in reason("render")
    assert balls.nst_sphere.result is None


def test_the_result_lies_over_the_render(addon: Any, balls: Any) -> None:
    """Also where a stylized render was mixed in before; its picture stays what it is."""
    compositor = addon.module("host.compositor")
    other = bpy.data.images.new("Other", 8, 8)
    node = compositor.show_stylized(balls, "ViewLayer", other)
    node.inputs["Strength"].default_value = 0.5
    balls.nst.render.result = other
    assert bpy.ops.nst.sphere_render() == {"FINISHED"}
    node = compositor.stylized_node(balls)
    assert node.inputs["Strength"].default_value == 0.5
    assert node.inputs["Render"].is_linked
    assert [each.image for each in node.node_tree.nodes if each.type == "IMAGE"] == [balls.nst_sphere.result]
    assert "ALPHAOVER" in [each.type for each in node.node_tree.nodes]
    assert balls.nst.render.result == other
    first = balls.nst_sphere.result.name
    assert bpy.ops.nst.sphere_render() == {"FINISHED"}
    assert balls.nst_sphere.result.name == first
    assert [image.name for image in bpy.data.images if image.name.startswith(NAME)] == [first]


@pytest.mark.parametrize("kind", ["render", "animation"])
def test_what_is_missing_is_said(balls: Any, kind: str) -> None:
    own, camera = balls.nst_sphere, balls.camera
    own.output = "/tmp/" if kind == "animation" else own.output
    balls.camera = None
    assert "has no camera" in reason(kind)
    balls.camera = camera
    balls.render.engine = "BLENDER_WORKBENCH"
    assert "Workbench renders no passes" in reason(kind)
    balls.render.engine = "CYCLES"
    own.view_layer = "Front"
    assert "no view layer Front" in reason(kind)
    own.view_layer = ""
    own.active_sphere.scope = "object"
    assert "for one object, but none is chosen" in reason(kind)
    own.active_sphere.scope, own.active_sphere.picture = "everything", None
    assert "'Warm' has no picture" in reason(kind)
    own.spheres.clear()
    assert "There is no sphere" in reason(kind)


def test_the_engines_sentence_reaches_the_artist(balls: Any) -> None:
    sphere = balls.nst_sphere.active_sphere
    sphere.circle = (0, 0, 0)
    plain = np.random.default_rng(0).random((SIZE, SIZE, 4)).astype(np.float32)
    plain[..., 3] = 1
    sphere.picture.pixels.foreach_set(plain.ravel())
    assert "No ball was found in Warm.png" in reason("render")
    assert balls.nst_sphere.result is None
