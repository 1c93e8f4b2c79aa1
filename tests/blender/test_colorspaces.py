"""Blender with a studio's own OpenColorIO configuration, in which no colour space is called sRGB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.colorspaces import is_srgb, set_srgb
from nst.tests.blender.builders import save_picture

CONFIGURATION = """
ocio_profile_version: 2
strictparsing: true
roles: {{scene_linear: Linear, rendering: Linear, default_byte: {name}, default_float: Linear,
  default_sequencer: {name}, color_picking: {name}, texture_paint: Linear, matte_paint: Linear,
  data: Raw, default: Linear, aces_interchange: Linear, cie_xyz_d65_interchange: Linear,
  color_timing: {name}, compositing_log: {name}, XYZ: Linear, reference: Linear}}
file_rules:
  - !<Rule> {{name: Default, colorspace: default}}
displays:
  Screen:
    - !<View> {{name: Plain, colorspace: {name}}}
active_displays: [Screen]
active_views: [Plain]
colorspaces:
  - !<ColorSpace> {{name: Linear, encoding: scene-linear}}
  - !<ColorSpace> {{name: Raw, isdata: true}}
  - !<ColorSpace>
    name: {name}
    encoding: sdr-video
    from_scene_reference: !<ExponentWithLinearTransform>
      {{gamma: 2.4, offset: 0.055, direction: inverse}}
"""
PROGRAM = """
import json, sys
from pathlib import Path
import bpy
from nst.blender_nst.host.baking import bake_base_color
from nst.blender_nst.host.images import load_result
from nst.tests.blender.builders import give_material, picture_of
folder = Path(sys.argv[1])
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
image = load_result(folder / "texture.png", "Result")
bpy.ops.mesh.primitive_plane_add(size=2.0)
plane = bpy.context.active_object
give_material(plane, (0.2140, 1.0, 0.0))
bake_base_color(plane, bpy.context.evaluated_depsgraph_get(), "UVMap", 64, folder / "base.png")
left = len(bpy.data.images)
base = bpy.data.images.load(str(folder / "base.png"))
print(json.dumps({
    "space": image.colorspace_settings.name,
    "texture": picture_of(image)[0, 0, :3].tolist(),
    "base": picture_of(base)[32, 32, :3].tolist(),
    "images": left,
}))
"""


@pytest.mark.parametrize("name", ["sRGB - Texture", "Film Gamma"])
def test_textures_come_in_and_bakes_go_out(tmp_path: Path, name: str) -> None:
    config = tmp_path / "config.ocio"
    config.write_text(CONFIGURATION.format(name=name))
    save_picture(tmp_path / "texture.png", np.full((4, 4, 3), 77, dtype=np.uint8))
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, str(tmp_path)],
        env={**os.environ, "OCIO": str(config)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["space"] == name  # by its name, or by its role
    assert found["texture"] == [77, 77, 77]
    assert found["base"] == pytest.approx([128, 255, 0], abs=1)
    assert found["images"] == 1


def test_blenders_own_configuration(scene: Any) -> None:
    image = bpy.data.images.new("x", 4, 4)
    image.colorspace_settings.name = "Non-Color"
    assert not is_srgb(image)
    set_srgb(image)
    assert image.colorspace_settings.name == "sRGB"
    assert is_srgb(image)
