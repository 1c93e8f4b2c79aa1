"""What light from the side shows of paint with a thickness, in Cycles and in EEVEE.

Four planes side by side have one grey and differ in the slider Relief; one picture shows them all. EEVEE
compiles its shaders once for each version of Blender, which takes a while; the graphics driver keeps them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from nst.blender_nst.host.impasto import Relief
from nst.blender_nst.host.materials import apply_style, relief_sockets
from nst.tests.blender.apart import render_apart
from nst.tests.blender.builders import give_material, height_image, principled, result_image

SIDE = 48  # pixels of a plane in the picture
INNER = slice(2, SIDE - 2)  # of these; those at the border show something of the next plane
AZIMUTH, SLANT = np.radians(30.0), np.radians(50.0)  # of the sun: from x on, and from above
DISTANCE = 0.02  # world distance from 0 to 1 in the height texture; a plane is 1 wide
WAVES = ((2.0, 1.0, 0.0), (-1.0, 2.0, 0.7))  # (cycles across, cycles upwards, phase) of the height
EEVEE = "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"

Plane = NDArray[np.float64]


def waves(size: int) -> tuple[Plane, Plane, Plane]:
    """Heights in [0, 1] at the centres of (size, size) pixels, bottom row first; their slopes by x and y."""
    v, u = (np.mgrid[:size, :size] + 0.5) / size
    angles = [2 * np.pi * (across * u + up * v) + phase for across, up, phase in WAVES]
    height = 0.5 + sum(0.25 * np.sin(angle) for angle in angles)
    along = [
        sum(0.5 * np.pi * wave[axis] * np.cos(angle) for wave, angle in zip(WAVES, angles, strict=True))
        for axis in (0, 1)
    ]
    return height, along[0], along[1]


def build(scene: Any, levels: tuple[float | None, ...]) -> None:
    """Four planes with these settings of Relief, from the lower left on; None is a style without a relief."""
    for number, level in enumerate(levels):
        bpy.ops.mesh.primitive_plane_add(size=1.0, location=(number % 2 - 0.5, number // 2 - 0.5, 0.0))
        plane = bpy.context.active_object
        material = give_material(plane, name=f"Paint {number}")
        principled(material).inputs["Specular IOR Level"].default_value = 0.0
        image = result_image(f"Grey {number}", (0.5, 0.5, 0.5, 1.0))
        relief = {image.name: Relief(height_image(waves(64)[0]), DISTANCE)}
        apply_style(plane, image, "UVMap", reliefs={} if level is None else relief)
        for _, slider, gloss in relief_sockets(plane):
            slider.default_value, gloss.default_value = level, 0.0
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 2.0
    camera.location.z = 3.0
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.rotation_euler = 0.0, SLANT, AZIMUTH
    for each in (camera, sun):
        scene.collection.objects.link(each)
    scene.camera = camera


def shoot(scene: Any, engine: str, folder: Path) -> list[Plane]:
    """How light the inner pixels of each plane are."""
    scene.render.engine = engine
    if engine == "CYCLES":
        scene.cycles.device, scene.cycles.samples, scene.cycles.use_denoising = "CPU", 4, False
    else:
        scene.eevee.taa_render_samples, scene.eevee.use_shadows = 1, False
        scene.eevee.shadow_pool_size = scene.eevee.gi_irradiance_pool_size = "16"  # megabytes, for speed
    scene.render.resolution_x = scene.render.resolution_y = 2 * SIDE
    scene.view_settings.view_transform = "Raw"
    red = render_apart(scene, folder)[..., 0].astype(np.float64)
    return [red[row:, column:][INNER, INNER] for row in (0, SIDE) for column in (0, SIDE)]


@pytest.mark.parametrize("engine", ["CYCLES", EEVEE])
def test_slopes_towards_the_light_are_lit(scene: Any, tmp_path: Path, engine: str) -> None:
    """By Lambert's cosine, as much as they are steep; and with the slider at 0 nothing is."""
    build(scene, (None, 0.0, 1.0, 2.0))
    flat, none, some, much = shoot(scene, engine, tmp_path)
    assert flat.mean() > 0.1
    np.testing.assert_allclose(none, flat, atol=0.01)  # EEVEE's own noise is 0.003
    _, by_x, by_y = (values[INNER, INNER].ravel() for values in waves(SIDE))
    falls = -np.cos(AZIMUTH) * by_x - np.sin(AZIMUTH) * by_y  # of the height, towards the sun
    beside = np.sin(AZIMUTH) * by_x - np.cos(AZIMUTH) * by_y
    for relief, picture in ((1.0, some), (2.0, much)):
        lit = (picture - flat).ravel()
        steep = flat.mean() * np.tan(SLANT) * relief * DISTANCE
        assert np.corrcoef(lit, falls)[0, 1] > 0.95
        assert abs(np.corrcoef(lit, beside)[0, 1]) < 0.05
        assert np.polyfit(steep * falls, lit, 1)[0] == pytest.approx(1.0, abs=0.1)
