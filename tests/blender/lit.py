"""A small scene that renders fast, and what of its settings a render for the engine may touch."""

from __future__ import annotations

import math
from typing import Any

import bpy

from nst.blender_nst.compat import IMAGE_SETTINGS

from .builders import give_material

WIDTH, HEIGHT = 96, 64


def light(scene: Any) -> Any:
    """A red cube and a lamp brighter than white, in Cycles."""
    bpy.ops.mesh.primitive_cube_add(size=2)
    cube = bpy.context.object
    cube.name, cube.pass_index = "Cube", 3
    give_material(cube)
    bpy.ops.object.light_add(type="SUN", rotation=(0.6, 0.3, 0))
    bpy.context.object.data.energy = 20
    bpy.ops.object.camera_add(location=(0, -7, 3), rotation=(math.radians(67), 0, 0))
    scene.camera = bpy.context.object
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 4, False
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.film_transparent = True
    scene.view_settings.view_transform = "AgX"
    scene.render.filepath = "//elsewhere"
    return scene


def move_cube(scene: Any, last: int) -> None:
    """Let the cube move to the right from frame 1 to the last, at a sample a pixel."""
    scene.cycles.samples = 1
    cube = bpy.data.objects["Cube"]
    for frame, x in ((1, -0.4), (last, 0.4)):
        cube.location.x = x
        cube.keyframe_insert("location", frame=frame)
    scene.frame_start, scene.frame_end = 1, last


def state(scene: Any) -> dict[str, Any]:
    """All settings that a render for the engine may touch."""
    render = scene.render
    names = ("filepath", "use_compositing", "use_sequencer", "use_multiview", "use_file_extension")
    found = {name: getattr(render, name) for name in names}
    found |= {name: getattr(render.image_settings, name) for name in IMAGE_SETTINGS}
    for layer in scene.view_layers:
        for owner in (layer, layer.cycles, layer.eevee):
            passes = [name for name in dir(owner) if name.startswith(("use_pass_", "denoising_"))]
            found |= {f"{layer.name} {type(owner).__name__} {name}": getattr(owner, name) for name in passes}
        found[f"{layer.name} use"] = layer.use
    found |= {f"view {view.name}": (view.use, view.file_suffix) for view in render.views}
    images = [image.name for image in bpy.data.images if image.type in ("IMAGE", "UV_TEST")]
    return found | {"images": images, "frame": scene.frame_current}
