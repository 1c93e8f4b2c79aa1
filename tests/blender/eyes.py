"""A small scene that is rendered for two eyes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from .lit import light
from .test_render_panel import pixels

WIDTH, HEIGHT = 64, 48


def two_eyes(scene: Any) -> Any:
    """A cube before two eyes, textured so that it can be told where they see it."""
    light(scene)
    _texture(bpy.data.objects["Cube"].active_material)
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.use_multiview = True
    eyes = scene.camera.data.stereo
    eyes.interocular_distance, eyes.convergence_distance = 0.5, 7.0
    return scene


def _texture(material: Any) -> None:
    nodes, links = material.node_tree.nodes, material.node_tree.links
    checks = nodes.new("ShaderNodeTexChecker")
    checks.inputs["Scale"].default_value = 3
    checks.inputs["Color2"].default_value = (0.05, 0.1, 0.6, 1)
    where = nodes.new("ShaderNodeTexCoord")
    links.new(where.outputs["Object"], checks.inputs["Vector"])
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    links.new(checks.outputs["Color"], shader.inputs["Base Color"])


def panorama(scene: Any, width: int = 64) -> Any:
    """Let the camera see all around, with two eyes; returns what it says of them."""
    lens = scene.camera.data
    lens.type, lens.panorama_type = "PANO", "EQUIRECTANGULAR"
    lens.stereo.use_spherical_stereo = True
    scene.camera.location, scene.camera.rotation_euler = (0, -3, 0), (math.pi / 2, 0, 0)
    scene.render.resolution_x, scene.render.resolution_y = width, width // 2
    return lens.stereo


def loaded(path: Path) -> NDArray[np.float32]:
    """(H, W, 4) pixels of a file, bottom row first."""
    return pixels(bpy.data.images.load(str(path), check_existing=False))
