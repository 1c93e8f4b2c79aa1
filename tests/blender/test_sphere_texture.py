"""Textures of painted spheres, made by the real engine, and made again once the sphere is painted on."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.tests.blender.builders import (
    data_blocks,
    fingerprint,
    give_material,
    picture_of,
    principled,
    render,
    style_images,
)

SIZE = 64


def painted(colors: tuple[tuple[int, ...], tuple[int, ...]], name: str = "Sphere") -> Any:
    """A packed image of a ball of two halves, left and right, on nothing; sRGB."""
    image = bpy.data.images.new(name, SIZE, SIZE, alpha=True)
    repaint(image, colors)
    return image


def repaint(image: Any, colors: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    pixels = np.zeros((SIZE, SIZE, 4), dtype=np.float32)
    pixels[:, : SIZE // 2, :3], pixels[:, SIZE // 2 :, :3] = (np.array(each) / 255 for each in colors)
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5 - SIZE / 2
    pixels[..., 3] = np.hypot(rows, columns) < 0.48 * SIZE
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    image.pack()


WARM = ((220, 30, 30), (200, 180, 20))
COLD = ((20, 40, 220), (20, 200, 200))


@pytest.fixture
def ball(addon: Any, scene: Any) -> Any:
    """A UV sphere with a material, and a sphere in the list."""
    bpy.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8)
    obj = bpy.context.active_object
    obj.name = "Ball"
    give_material(obj)
    own = scene.nst_sphere
    sphere = own.add("Warm", painted(WARM))
    sphere.circle = (SIZE / 2, SIZE / 2, 0.48 * SIZE)
    return obj


def paint(size: int = SIZE) -> None:
    assert bpy.ops.nst.sphere_texture(size=size) == {"FINISHED"}


def texture_of(obj: Any) -> Any:
    (image,) = (each for each in style_images(obj) if not each.name.endswith(("Height", "Roughness")))
    return image


def is_of(image: Any, colors: tuple[tuple[int, ...], tuple[int, ...]]) -> bool:
    """Whether each pixel has one of two colours, or one between them, and both are there."""
    pixels = picture_of(image)[..., :3].reshape(-1, 3).astype(float)
    near = [(np.abs(pixels - color).max(1) < 8).mean() for color in colors]
    return min(near) > 0.2 and sum(near) > 0.8


def test_from_the_sphere_to_the_surface_and_off_again(ball: Any) -> None:
    material = ball.active_material
    before, blocks = fingerprint(material), data_blocks()
    paint()
    image = texture_of(ball)
    assert image.name == "Ball Warm NST"
    assert tuple(image.size) == (SIZE, SIZE)
    assert image.packed_file is not None
    assert is_of(image, WARM)
    node = next(node for node in material.node_tree.nodes if node.type == "GROUP")
    assert node.inputs["Strength"].default_value == 1.0
    assert node.inputs["Original Surface"].links[0].from_node == principled(material)
    assert node.outputs["Surface"].links[0].to_node.type == "OUTPUT_MATERIAL"
    settings = json.loads(image["nst_job"])
    assert (settings["kind"], settings["spheres"], settings["size"]) == ("sphere_texture", ["Warm"], SIZE)
    assert len(image["nst_style_sha256"]) == 64
    assert image["nst_picture"] == bpy.data.images["Sphere"]
    assert bpy.ops.nst.remove_style() == {"FINISHED"}
    assert fingerprint(material) == before
    assert data_blocks() == blocks


def test_it_is_shown_as_it_is_painted_unless_lamps_shall_light_it(ball: Any) -> None:
    paint()
    middle = slice(14, 18)
    lit = render(ball)
    for lamp in bpy.data.lights:
        lamp.energy = 0.0
    dark = render(ball)
    assert dark[middle, middle, 0].max() > 0.3
    assert np.allclose(lit[middle, middle], dark[middle, middle], atol=0.02)
    bpy.context.scene.nst_sphere.unlit = False
    paint()
    assert render(ball)[middle, middle, :3].max() < 0.02
    assert "Color" in next(n for n in ball.active_material.node_tree.nodes if n.type == "GROUP").outputs


@pytest.mark.parametrize("unlit", [True, False])
def test_height_and_roughness_come_along(ball: Any, unlit: bool) -> None:
    own = bpy.context.scene.nst_sphere
    own.unlit = unlit
    blocks = data_blocks()
    for channel in ("height", "roughness"):
        assert bpy.ops.nst.sphere_add_channel(channel=channel) == {"FINISHED"}
    paint()
    images = {image.name: image for image in style_images(ball)}
    assert set(images) == {"Ball Warm NST", "Ball Warm NST Height", "Ball Warm NST Roughness"}
    for further in ("Height", "Roughness"):
        image = images[f"Ball Warm NST {further}"]
        assert image.colorspace_settings.is_data
        assert np.abs(picture_of(image)[..., 0].astype(int) - 128).max() <= 1
    group = next(node for node in ball.active_material.node_tree.nodes if node.type == "GROUP")
    assert {"Relief", "Gloss"} <= set(group.inputs.keys())
    assert ("Roughness" in group.outputs) == (not unlit)
    assert np.isfinite(render(ball)).all()
    assert bpy.ops.nst.remove_style() == {"FINISHED"}
    assert data_blocks()["node_groups"] == blocks["node_groups"]
    assert data_blocks()["images"] == blocks["images"] + 3  # two channels, and Blender's place for renders


def test_refresh_paints_again_what_has_changed(ball: Any) -> None:
    bpy.ops.mesh.primitive_uv_sphere_add(segments=12, ring_count=6, location=(3, 0, 0))
    other = bpy.context.active_object
    ball.select_set(True)
    bpy.context.scene.nst_sphere.tolerance = 0.05
    paint()
    assert bpy.ops.nst.sphere_refresh() == {"CANCELLED"}
    bpy.context.scene.nst_sphere.tolerance = 0.4
    (node,) = (each for each in ball.active_material.node_tree.nodes if each.type == "GROUP")
    node.inputs["Strength"].default_value = 0.25
    picture = bpy.data.images["Sphere"]
    repaint(picture, COLD)
    picture.name = "Renamed"
    bpy.context.scene.nst_sphere.spheres[0].name = "Cold"
    blocks = data_blocks()
    assert bpy.ops.nst.sphere_refresh() == {"FINISHED"}
    assert data_blocks() == blocks
    for obj in (ball, other):
        image = texture_of(obj)
        assert is_of(image, COLD)
        assert image.name.startswith(f"{obj.name} Cold NST")
        assert json.loads(image["nst_job"])["tolerance"] == 0.05
    (node,) = (each for each in ball.active_material.node_tree.nodes if each.type == "GROUP")
    assert node.inputs["Strength"].default_value == 0.25
    assert bpy.ops.nst.sphere_refresh() == {"CANCELLED"}


def test_refresh_keeps_what_somebody_painted_on(ball: Any, tmp_path: Path) -> None:
    paint()
    texture = texture_of(ball)
    texture.pixels[0] = 0.0
    texture.update()
    texture.pack()
    repaint(bpy.data.images["Sphere"], COLD)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    ball = bpy.data.objects["Ball"]
    assert bpy.ops.nst.sphere_refresh() == {"FINISHED"}
    assert is_of(texture_of(ball), COLD)
    assert bpy.data.images["Ball Warm NST"].use_fake_user


def test_the_live_material_follows_its_image(ball: Any) -> None:
    assert bpy.ops.nst.sphere_material() == {"FINISHED"}
    red = render(ball)[12:20, 12:20].mean((0, 1))
    repaint(bpy.data.images["Sphere"], COLD)
    blue = render(ball)[12:20, 12:20].mean((0, 1))
    assert red[0] > 2 * red[2]
    assert blue[2] > 2 * blue[0]


def test_the_shell_paints_files_and_spheres_of_the_scene(addon: Any, ball: Any, tmp_path: Path) -> None:
    command = addon.module("command.sphere_texture")
    parser = argparse.ArgumentParser()
    command.add_texture_options(parser)
    options = parser.parse_args(["--object", "Ball", "--size", "64", "--front", "back", "--lit"])
    file = tmp_path / "cold.png"
    picture = painted(COLD, "Cold")
    picture.save(filepath=str(file))
    common = {"exemplar_normals": "", "exemplar_circle": (), "exemplar_height": "", "exemplar_roughness": ""}
    vars(options).update(common | {"tolerance": 0.2, "seed": 3, "device": "auto"})
    for exemplar, name in ((str(file), "cold"), ("Warm", "Warm")):
        options.exemplar = exemplar
        folder = addon.module("storage").new_job_folder()
        title, job, target = command.prepare_texture(options, [ball], "", folder, lambda: None)
        assert (title, job.seed, job.front, target.unlit) == ("Ball", 3, "back", False)
        python = addon.module("readiness").engine_python(bpy.context)
        written = addon.session.wait(addon.module("runs").Run(title, job, folder, python, target))
        assert written.images == (f"Ball {name} NST",)
        assert is_of(texture_of(ball), COLD if name == "cold" else WARM)


def test_what_is_wrong_is_said(ball: Any) -> None:
    own = bpy.context.scene.nst_sphere
    repaint(own.active_sphere.picture, WARM)
    own.active_sphere.circle = (5000.0, 5000.0, 3.0)
    blocks = data_blocks()
    with pytest.raises(RuntimeError, match="painted"):
        bpy.ops.nst.sphere_texture(size=SIZE)
    assert data_blocks() == blocks
    own.active_sphere.picture = None
    assert not bpy.ops.nst.sphere_texture.poll()
