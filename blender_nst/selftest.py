"""The self-test: a tiny real job, painted by the real engine, that needs nothing from the scene."""

from __future__ import annotations

from array import array
from itertools import product
from pathlib import Path

from ..core.protocol import Sheet, TextureJob
from .host.meshes import MeshData, save_mesh
from .host.png import Color, write_png
from .runs import Run

SIZE = 64
STROKE = 0.25  # of a cube of 1 m: few, wide strokes, painted at one scale

_SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_COLORS: tuple[Color, ...] = ((200, 60, 40), (240, 200, 80), (40, 90, 160), (30, 40, 60))


def self_test_run(folder: Path, python: Path) -> Run:
    """A draft of a cube's texture in the style of a few coloured stripes, in ``folder``."""
    save_mesh(_cube(), folder / "mesh.npz")
    write_png(folder / "style.png", [[_COLORS[(x + y) // 8 % 4] for x in range(128)] for y in range(128)])
    job = TextureJob(
        mesh=str(folder / "mesh.npz"),
        style=str(folder / "style.png"),
        sheets=(Sheet(str(folder / "texture.png")),),
        size=SIZE,
        quality="draft",
        stroke=STROKE,
    )
    return Run("The self-test", job, folder, python)


def _cube() -> MeshData:
    """A cube of 1 m whose six faces lie side by side in UV space, three in a row."""
    vertices, faces, uvs = array("f"), array("i"), array("f")
    for side, (row, column) in enumerate(product((0, 1), (0, 1, 2))):
        sign = 1.0 - 2.0 * row  # the row of the faces that look back
        for u, v in _SQUARE:
            point = [0.0, 0.0, 0.0]
            point[column] = 0.5 * sign
            point[(column + 1) % 3] = (u - 0.5) * sign
            point[(column + 2) % 3] = v - 0.5
            vertices.extend(point)
        for corner in (0, 1, 2, 0, 2, 3):
            u, v = _SQUARE[corner]
            faces.append(4 * side + corner)
            uvs.extend(((column + 0.05 + 0.9 * u) / 3, (row + 0.05 + 0.9 * v) / 2))
    return MeshData(vertices, faces, uvs, "UVMap", array("i", bytes(4 * 12)))
