"""The self-test: a tiny real job, painted by the real engine, that needs nothing from the scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.protocol import TextureJob
from .host.meshes import MeshData, save_mesh
from .host.png import write_png
from .jobs import Run

SIZE = 64
STROKE = 0.25  # of a cube of 1 m: few, wide strokes, painted at one scale


def self_test_run(folder: Path, python: Path) -> Run:
    """A draft of a cube's texture in the style of a few coloured stripes, in ``folder``."""
    save_mesh(_cube(), folder / "mesh.npz")
    write_png(folder / "style.png", _stripes())
    job = TextureJob(
        mesh=str(folder / "mesh.npz"),
        style=str(folder / "style.png"),
        output=str(folder / "texture.png"),
        size=SIZE,
        quality="draft",
        stroke=STROKE,
    )
    return Run("The self-test", job, folder, python)


def _cube() -> MeshData:
    """A cube of 1 m whose six faces lie side by side in UV space."""
    vertices, faces, uvs = [], [], []
    for side in range(6):
        axis, sign = side % 3, 1.0 if side < 3 else -1.0
        for u, v in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)):
            point = np.zeros(3)
            point[axis] = 0.5 * sign
            point[(axis + 1) % 3] = (u - 0.5) * sign
            point[(axis + 2) % 3] = v - 0.5
            vertices.append(point)
        corners = np.array([(0.05, 0.05), (0.95, 0.05), (0.95, 0.95), (0.05, 0.95)])
        corners = (corners + np.array([side % 3, side // 3])) / np.array([3.0, 2.0])
        for triangle in ((0, 1, 2), (0, 2, 3)):
            faces.append([4 * side + corner for corner in triangle])
            uvs.append([corners[corner] for corner in triangle])
    return MeshData(np.array(vertices), np.array(faces, dtype=np.int64), np.array(uvs), "UVMap", (0,))


def _stripes() -> NDArray[np.uint8]:
    colors = np.array([(200, 60, 40), (240, 200, 80), (40, 90, 160), (30, 40, 60)], dtype=np.uint8)
    row, column = np.mgrid[:128, :128]
    picture: NDArray[np.uint8] = colors[((row + column) // 8) % 4]
    return picture
