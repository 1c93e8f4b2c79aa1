"""Renders a panorama with a panoramic camera, in Blender's Python.

    python -m panoramas.make FILE HEIGHT [stereo]

FILE is a multilayer EXR file with the pass Depth; with "stereo" there are two of spherical stereo, with names
like FILE with _L and _R.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import bpy
from animations.make import stage, thing

SAMPLES = 64
THINGS = (
    ("cube", (0.8, 0.3, 0.2), {"size": 1.6}),
    ("monkey", (0.3, 0.6, 0.3), {"size": 1.8}),
    ("torus", (0.8, 0.7, 0.2), {}),
    ("uv_sphere", (0.5, 0.3, 0.7), {"radius": 0.8}),
    ("cylinder", (0.7, 0.7, 0.7), {"depth": 3, "radius": 0.4}),
    ("cone", (0.2, 0.5, 0.7), {"depth": 2.2}),
)


def room() -> Any:
    """Things all around a camera, one behind, one above and one below it; the camera."""
    eye = stage((0, 0, 1.6), (0, 5, 1.6))
    for number in range(2 * len(THINGS)):
        kind, color, settings = THINGS[number % len(THINGS)]
        angle, far = number * math.pi / len(THINGS), 2.5 + 1.3 * (number * 5 % 4)
        thing(
            kind, (far * math.sin(angle), -far * math.cos(angle), 1 + 0.6 * (number % 3)), color, **settings
        )
    thing("torus", (0.3, 0.2, 4.5), (0.8, 0.3, 0.5), major_radius=0.9)
    thing("cube", (0.2, -0.3, 0.1), (0.3, 0.5, 0.3), size=0.5)
    return eye


def main() -> None:
    path, height = Path(sys.argv[1]), int(sys.argv[2])
    lens = room().data
    lens.type = "PANO"
    lens.panorama_type = "EQUIRECTANGULAR"
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", SAMPLES
    scene.cycles.use_denoising = True
    scene.render.resolution_x, scene.render.resolution_y = 2 * height, height
    bpy.context.view_layer.use_pass_z = True
    if sys.argv[3:] == ["stereo"]:
        scene.render.use_multiview = True
        lens.stereo.use_spherical_stereo = True
        lens.stereo.use_pole_merge = True
        scene.render.image_settings.views_format = "INDIVIDUAL"
    scene.render.image_settings.media_type = "MULTI_LAYER_IMAGE"
    scene.render.image_settings.file_format = "OPEN_EXR_MULTILAYER"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    main()
