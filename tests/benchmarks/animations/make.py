"""Renders the shots, in Blender's Python: ``python -m animations.make FOLDER FRAMES SHOT...``.

Each frame goes to FOLDER/SHOT/render_####.exr, a multilayer EXR file with what the animation job needs.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from mathutils import Vector

SIZE = (320, 180)
SAMPLES = 16
PASSES = ("vector", "z", "normal", "object_index", "uv")


# -------------------------------------------------------------------------------------------- things


def material(name: str, color: tuple[float, float, float], scale: float) -> Any:
    """A matt material of two colours in blotches."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    noise, ramp = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeValToRGB")
    coordinates = nodes.new("ShaderNodeTexCoord")
    links.new(coordinates.outputs["Object"], noise.inputs["Vector"])
    noise.inputs["Scale"].default_value = scale
    ramp.color_ramp.elements[0].color = (*(0.35 * c for c in color), 1)
    ramp.color_ramp.elements[1].color = (*color, 1)
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.4, 0.6
    shader = nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value = 0.8
    links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
    links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    return made


def thing(
    kind: str, place: tuple[float, float, float], color: tuple[float, float, float], **settings: Any
) -> Any:
    """A mesh of Blender's own with a number and a material."""
    getattr(bpy.ops.mesh, f"primitive_{kind}_add")(location=place, **settings)
    made = bpy.context.active_object
    made.pass_index = len(bpy.data.objects)
    made.data.materials.append(material(made.name, color, 2.0))
    return made


def keyed(owner: Any, name: str, values: dict[int, Any]) -> None:
    """A property of values at frames."""
    for frame, value in values.items():
        setattr(owner, name, value)
        owner.keyframe_insert(name, frame=frame)


def stage(camera: tuple[float, float, float], target: tuple[float, float, float]) -> Any:
    """An empty scene with ground, wall and light; its camera."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    thing("plane", (0, 0, 0), (0.5, 0.45, 0.35), size=30)
    wall = thing("plane", (0, 7, 4), (0.35, 0.45, 0.6), size=30)
    wall.rotation_euler = (math.pi / 2, 0, 0)
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.data.angle = 3.0, 0.2
    sun.rotation_euler = (0.7, 0.3, 0.4)
    world = bpy.data.worlds.new("World")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.5, 0.6, 0.8, 1)
    bpy.context.scene.world = world
    eye = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    eye.location = camera
    eye.rotation_euler = (Vector(target) - Vector(camera)).to_track_quat("-Z", "Y").to_euler()
    for each in (sun, eye):
        bpy.context.scene.collection.objects.link(each)
    bpy.context.scene.camera = eye
    return eye


# -------------------------------------------------------------------------------------------- shots


def walk(frames: int) -> None:
    """The camera passes things that stand still."""
    eye = stage((-3.0, -8, 2.2), (-1, 0, 1))
    thing("cube", (-2.5, 0, 1), (0.8, 0.3, 0.2), size=2)
    thing("monkey", (0.3, 1.5, 1), (0.3, 0.6, 0.3), size=2)
    thing("torus", (2.5, -1, 0.5), (0.8, 0.7, 0.2))
    thing("uv_sphere", (4.5, 2, 1), (0.5, 0.3, 0.7))
    thing("cylinder", (-5, 3, 1.5), (0.7, 0.7, 0.7), depth=3)
    turned = eye.rotation_euler.copy()
    turned.z -= 0.25
    keyed(eye, "location", {1: eye.location.copy(), frames: (2.0, -6.5, 2.0)})
    keyed(eye, "rotation_euler", {1: eye.rotation_euler.copy(), frames: turned})


def dancer(frames: int) -> None:
    """A body that bends and twists before a camera that stands still."""
    stage((0, -6.5, 1.8), (0, 0, 1.4))
    body = thing("monkey", (0, 0, 1.5), (0.8, 0.5, 0.3), size=2.5)
    body.modifiers.new("smooth", "SUBSURF").levels = 2
    body.modifiers["smooth"].render_levels = 2
    for method, axis, most in (("TWIST", "Z", 0.9), ("BEND", "X", 0.5)):
        bend = body.modifiers.new(method, "SIMPLE_DEFORM")
        bend.deform_method, bend.deform_axis = method, axis
        swing = {1 + k * frames // 4: most * math.sin(k * math.pi / 2) for k in range(5)}
        keyed(bend, "angle", swing)
    keyed(body, "location", {1: (0, 0, 1.5), frames // 2: (0.6, 0.3, 1.8), frames: (0, 0, 1.5)})


def parade(frames: int) -> None:
    """Things that go behind columns and come out again, one that turns and one that grows from nothing."""
    stage((0, -9, 2.5), (0, 0, 1.2))
    for x in (-2.2, 1.8):
        thing("cylinder", (x, -1.5, 2), (0.7, 0.65, 0.6), radius=0.5, depth=4)
    cube = thing("cube", (-4, 1, 1), (0.8, 0.25, 0.2), size=1.6)
    keyed(cube, "location", {1: (-4, 1, 1), frames: (4, 1, 1)})
    head = thing("monkey", (4, 3, 1.2), (0.3, 0.6, 0.4), size=2)
    keyed(head, "location", {1: (4, 3, 1.2), frames: (-3, 3, 1.2)})
    keyed(head, "rotation_euler", {1: (0, 0, 0), frames: (0, 0, math.pi / 2)})
    ball = thing("uv_sphere", (0, 0, 0.8), (0.8, 0.7, 0.2), radius=0.8)
    keyed(ball, "scale", {1: (0.01,) * 3, frames // 3: (0.01,) * 3, 2 * frames // 3: (1, 1, 1)})


SHOTS: dict[str, Callable[[int], None]] = {"walk": walk, "dancer": dancer, "parade": parade}


def main() -> None:
    folder, frames, *names = sys.argv[1:]
    for name in names:
        SHOTS[name](int(frames))
        scene = bpy.context.scene
        scene.frame_start, scene.frame_end = 1, int(frames)
        scene.render.engine, scene.cycles.samples = "CYCLES", SAMPLES
        scene.cycles.use_denoising = True
        scene.render.resolution_x, scene.render.resolution_y = SIZE
        for each in PASSES:
            setattr(bpy.context.view_layer, f"use_pass_{each}", True)
        settings = scene.render.image_settings
        if hasattr(settings, "media_type"):
            settings.media_type = "MULTI_LAYER_IMAGE"
        settings.file_format = "OPEN_EXR_MULTILAYER"
        settings.color_depth = "32"
        scene.render.filepath = str(Path(folder) / name / "render_####")
        bpy.ops.render.render(animation=True)


if __name__ == "__main__":
    main()
