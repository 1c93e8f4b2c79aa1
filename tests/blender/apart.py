"""Renders in a Blender of its own: EEVEE without a graphics driver takes its process down with it.

python apart.py SCENE.blend PICTURE.exr
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray


def render_apart(scene: Any, folder: Path) -> NDArray[np.float32]:
    """(H, W, 4) linear pixels of the scene with its own settings, bottom row first.

    Skips the test where Blender cannot even render the scene without its meshes.
    """
    done = _render(scene, folder)
    if done.returncode != 0:
        for mesh in bpy.data.objects:
            mesh.hide_render = mesh.type == "MESH"
        if _render(scene, folder).returncode != 0:
            pytest.skip(f"{scene.render.engine} cannot render here")
        pytest.fail(f"Blender ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    image = bpy.data.images.load(str(folder / "scene.exr"), check_existing=False)
    width, height = image.size
    pixels = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)


def _render(scene: Any, folder: Path) -> subprocess.CompletedProcess[str]:
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_depth = "32"
    file = folder / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    words = [sys.executable, "-P", __file__, str(file), str(folder / "scene.exr")]
    return subprocess.run(words, capture_output=True, text=True, timeout=300)


def main(file: str, picture: str) -> None:
    bpy.ops.wm.open_mainfile(filepath=file)
    bpy.context.scene.render.filepath = picture
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
