"""How well strokes run along the direction that was asked for: upright dashes on a tube and a ring.

Run with ``python3 dev.py bench directions``, or alone with ``--size 256``. Prints the mean angle in degrees
between the strokes of the result and the field, turned by the angle asked for: 45 would be chance.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch
from directions import stroke_angles

from nst.core.images import load_picture, save_picture
from nst.core.protocol import Sheet, TextureJob
from nst.core.solve.progress import SilentWatcher
from nst.core.surface.field import direction_field
from nst.core.surface.geometry import Geometry
from nst.core.texture import stylize_texture
from nst.tests.core.surface.shapes import cylinder, revolved

UP = (0.0, 0.0, 1.0)
CASES = (("up", 0.0), ("curvature", 0.0), ("uv", 30.0))


def dashes(side: int = 384, count: int = 1500) -> torch.Tensor:
    """A painting (1, 3, side, side) of upright dashes in four colours."""
    rng = np.random.default_rng(0)
    palette = torch.tensor([[0.1, 0.2, 0.5], [0.75, 0.2, 0.15], [0.95, 0.95, 0.9], [0.2, 0.45, 0.35]])
    picture = torch.full((1, 3, side, side), 0.85)
    for x, y, length, width, color in zip(
        rng.integers(0, side, count),
        rng.integers(0, side, count),
        rng.integers(24, 44, count),
        rng.integers(5, 8, count),
        rng.integers(0, 4, count),
        strict=True,
    ):
        picture[..., y : y + length, x : x + width] = palette[color].view(3, 1, 1)
    return picture


def ring() -> Geometry:
    """A torus around z."""
    angle = np.linspace(0, 2 * np.pi, 33)
    return revolved(np.stack([1 + 0.4 * np.cos(angle), 0.4 * np.sin(angle)], 1), 64)


def error(geometry: Geometry, direction: str, angle: float, size: int, folder: Path) -> float:
    """Degrees, of one painting."""
    mesh, style, output = (str(folder / name) for name in ("mesh.npz", "dashes.png", "painted.png"))
    np.savez(mesh, vertices=geometry.mesh.vertices, faces=geometry.mesh.faces, uvs=geometry.mesh.uvs)
    save_picture(style, dashes())
    settings = {"direction": direction, "angle": angle, "size": size, "stroke": 12.8 / size}
    job = TextureJob(mesh, style, (Sheet(output),), quality="draft", strength=1.0, **settings)
    stylize_texture(job, SilentWatcher())
    field = direction_field(geometry, direction, 0.0, UP)
    return stroke_angles(geometry, load_picture(output).rgb, field, 2.56 / size).error(angle)


def main() -> None:
    """Print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=160, help="of the textures, in pixels")
    options = parser.parse_args()
    for name, geometry in (("tube", cylinder()), ("ring", ring())):
        for direction, angle in CASES:
            with tempfile.TemporaryDirectory() as folder:
                found = error(geometry, direction, angle, options.size, Path(folder))
            print(f"{name}, {direction}, turned by {angle:g}: {found:.1f} degrees")


if __name__ == "__main__":
    main()
