"""What textures of growing size cost on one mesh: seconds for each texel, memory, and the share of rays.

    python3 dev.py bench texels -- --sizes 1024,2048,4096 --quality draft

The mesh is a torus of 100,352 triangles whose own UV map fills the whole square: there are as many texels as
a texture can have. Each size is a job of its own in its own process. Linux only: peak memory is the process's
own high-water mark.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from bench_size import GIB, peak

from nst.core.protocol import QUALITIES, Sheet, TextureJob
from nst.core.runner import run_job
from nst.core.solve.progress import SilentWatcher
from nst.core.surface.geometry import Geometry
from nst.core.surface.pyramid import build_pyramid

ROOT = Path(__file__).resolve().parents[2]
AROUND, ACROSS = 448, 112  # quads
HEAD = ("texture", "seconds", "of it the surface", "rays", "us a texel", "planned", "peak memory")


def make_torus(path: Path) -> None:
    """Write the mesh, as the add-on writes its own."""
    u, v = (np.arange(count + 1) / count for count in (AROUND, ACROSS))
    angle, turn = (part.reshape(-1) * 2 * np.pi for part in np.meshgrid(u, v))
    far = 1 + 0.4 * np.cos(turn)
    vertices = np.stack([far * np.cos(angle), far * np.sin(angle), 0.4 * np.sin(turn)], axis=1)
    uvs = np.stack([angle, turn], axis=1) / (2 * np.pi)
    corner = (np.arange(ACROSS)[:, None] * (AROUND + 1) + np.arange(AROUND)).reshape(-1)
    quads = np.stack([corner, corner + 1, corner + AROUND + 2, corner + AROUND + 1], axis=1)
    faces = quads[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)
    np.savez(path, vertices=vertices, faces=faces, uvs=uvs[faces], name="torus")


def measure(mesh: Path, style: Path, size: int, quality: str) -> dict[str, float]:
    """Paint one texture in this process."""
    output = mesh.with_name(f"{size}.png")
    job = TextureJob(str(mesh), str(style), (Sheet(str(output)),), size=size, quality=quality, device="cpu")
    profile = cProfile.Profile()
    info = profile.runcall(run_job, job, SilentWatcher())
    calls = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    spent = {
        what: sum(row[3] for key, row in calls.items() if key[2] == what.__name__ and key[0] == file)
        for what, file in ((f, f.__code__.co_filename) for f in (Geometry.cast, build_pyramid))
    }
    return {
        "size": size,
        "seconds": info["seconds"],
        "surface": spent[build_pyramid],
        "rays": spent[Geometry.cast],
        "planned": info["planned_bytes"],
        "peak": peak(),
    }


def row(found: dict[str, float]) -> str:
    seconds, size = found["seconds"], int(found["size"])
    cells = (
        f"{size} px",
        f"{seconds:.0f}",
        f"{found['surface']:.0f}",
        f"{found['rays']:.1f} ({found['rays'] / seconds:.1%})",
        f"{seconds / size**2 * 1e6:.1f}",
        f"{found['planned'] / GIB:.2f} GiB",
        f"{found['peak'] / GIB:.2f} GiB",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description="What textures of growing size cost.")
    parser.add_argument("--sizes", default="512,1024,2048", help="pixels, with commas between")
    parser.add_argument("--quality", choices=QUALITIES, default="draft")
    parser.add_argument("--style", type=Path, default=ROOT / "tests" / "assets" / "van_gogh_auvers.jpg")
    parser.add_argument("--mesh", type=Path, help="another mesh, and measure in this process")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    if options.mesh:
        found = [measure(options.mesh, options.style.resolve(), size, options.quality) for size in sizes]
        sys.stdout.write(json.dumps(found) + "\n")
        return
    sys.stdout.write(f"| {' | '.join(HEAD)} |\n| {' | '.join(['---'] * len(HEAD))} |\n")
    with tempfile.TemporaryDirectory() as folder:
        mesh = Path(folder) / "torus.npz"
        make_torus(mesh)
        for size in sizes:
            words = ["--sizes", str(size), "--quality", options.quality, "--style", str(options.style)]
            command = [sys.executable, __file__, *words, "--mesh", str(mesh)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            sys.stdout.write(row(json.loads(done.stdout)[0]) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
