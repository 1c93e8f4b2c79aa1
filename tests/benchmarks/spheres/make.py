"""Renders things that take on a sphere's look, in Blender: ``python make.py FOLDER FRAMES SIZE``.

Suzanne, turning by two degrees a frame; and a still of smooth and flat things, as a multilayer EXR file each.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import bpy

DEGREES = 2.0  # a frame


def begin(size: int) -> bpy.types.Scene:
    """An empty scene with a sun and a camera that looks a little down."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location, camera.rotation_euler = (0, -4.2, 0.8), (math.radians(80), 0, 0)
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.rotation_euler, sun.data.energy = (math.radians(50), math.radians(20), 0), 3
    for thing in (camera, sun):
        scene.collection.objects.link(thing)
    scene.camera, scene.world = camera, bpy.data.worlds.new("World")
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 16, False
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.film_transparent = True
    layer = scene.view_layers[0]
    for name in ("normal", "position", "z", "vector", "diffuse_direct", "cryptomatte_object"):
        setattr(layer, f"use_pass_{name}", True)
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format = "OPEN_EXR_MULTILAYER"
    return scene


def turning(folder: Path, frames: int, size: int) -> None:
    """A turning Suzanne: turn_0001.exr and so on."""
    scene = begin(size)
    bpy.ops.mesh.primitive_monkey_add()
    suzanne = bpy.context.object
    suzanne.modifiers.new("Subdivision", "SUBSURF").render_levels = 2
    bpy.ops.object.shade_smooth()
    scene.frame_start, scene.frame_end = 1, frames
    driver = suzanne.driver_add("rotation_euler", 2).driver
    driver.expression = f"radians({DEGREES} * (frame - 1))"
    scene.render.filepath = str(folder / "turn_")
    bpy.ops.render.render(animation=True)


def still(folder: Path, size: int) -> None:
    """A cube, a cone, a torus and a ball: things_0001.exr."""
    scene = begin(size)
    bpy.ops.mesh.primitive_cube_add(size=0.9, location=(-0.75, 0, 0.6), rotation=(0.3, 0.2, 0.6))
    bpy.ops.mesh.primitive_cone_add(radius1=0.5, depth=1.1, location=(0.75, 0, 0.65), rotation=(0.5, 0.2, 0))
    bpy.ops.object.shade_smooth_by_angle()
    bpy.ops.mesh.primitive_torus_add(major_radius=0.5, minor_radius=0.2, location=(-0.7, 0, -0.55))
    bpy.ops.object.shade_smooth()
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.6, segments=64, ring_count=32, location=(0.75, 0, -0.55))
    bpy.ops.object.shade_smooth()
    scene.frame_end = 1
    scene.render.filepath = str(folder / "things_")
    bpy.ops.render.render(animation=True)


if __name__ == "__main__":
    out, count, side = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    turning(out, count, side)
    still(out, side)
