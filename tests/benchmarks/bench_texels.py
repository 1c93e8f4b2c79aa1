"""What textures of growing size cost on one mesh: seconds, the share of rays in them, and memory.

    python3 dev.py bench texels -- --sizes 1024,2048,4096

The mesh is a torus of 100,352 triangles whose own UV map fills the whole square: there are as many texels as
a texture can have. Each size is made ready as a job is and painted a step of its finest scale, in a process
of its own. Linux only: peak memory is the process's own high-water mark.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bench_size import GIB, peak

from nst.core.memory import keep_freed_memory, return_freed_memory
from nst.core.protocol import QUALITIES, Sheet, TextureJob
from nst.core.solve.progress import SilentWatcher
from nst.core.solve.stage import StageRun
from nst.core.surface.geometry import Geometry
from nst.core.surface.pyramid import build_pyramid
from nst.core.surface.texels import texel_map
from nst.core.texture import prepare_texture

ROOT = Path(__file__).resolve().parents[2]
AROUND, ACROSS = 448, 112  # quads
HEAD = (
    "texture",
    "points and texels",
    "surface made ready",
    "a step",
    "rays in it",
    "planned",
    "peak memory",
)


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
    """One texture in this process."""
    keep_freed_memory()
    sheets = (Sheet(str(mesh.with_name(f"{size}.png"))),)
    job = TextureJob(str(mesh), str(style), sheets, size=size, quality=quality, device="cpu")
    making = cProfile.Profile()
    ready = making.runcall(prepare_texture, job, SilentWatcher())
    work, canvas = ready.work, ready.canvas
    if not work.plan.keep:
        return_freed_memory()
    stage = work.stages[-1]
    levels = [torch.zeros(count, 3) for count in canvas.pyramid.counts[:-1]]
    begun = canvas.begin(stage, levels)
    run = StageRun(canvas, work.regions, work.encoder, stage, begun, work.settings)
    step = cProfile.Profile()
    started = time.perf_counter()
    step.runcall(run.step, lambda: None, lambda _: None)
    seconds = time.perf_counter() - started
    levels = run.result()
    del run, begun  # as the solver does
    canvas.finished(canvas.decode(levels))
    return {
        "size": size,
        "places": sum(canvas.pyramid.counts) + len(canvas.texels.index),
        "surface": spent(making, texel_map) + spent(making, build_pyramid),
        "step": seconds,
        "rays": spent(step, Geometry.cast),
        "planned": work.plan.bytes,
        "peak": peak(),
    }


def spent(profile: cProfile.Profile, what: Callable[..., Any]) -> float:
    """Seconds in all calls of a function."""
    code = what.__code__
    return float(
        sum(
            row[3]
            for key, row in pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]
            if key == (code.co_filename, code.co_firstlineno, code.co_name)
        )
    )


def row(found: dict[str, float]) -> str:
    cells = (
        f"{found['size']:.0f} px",
        f"{found['places'] / 1e6:.1f} million",
        f"{found['surface']:.0f} s",
        f"{found['step']:.1f} s",
        f"{found['rays'] / found['step']:.1%}",
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
