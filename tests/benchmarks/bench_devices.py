"""What whole jobs cost on this machine's devices: seconds from start to file, and peak memory of both kinds.

    python3 dev.py bench devices -- --devices cpu,cuda --pictures 1024 --textures 1024,4096 --quality draft

A picture is painted over a photograph, a texture over the torus of ``bench texels``, whose UV map fills the
whole square, each in a process of its own. The start of Python and torch, which a worker pays once, does not
count. Peak memory is the process's own high-water mark (Linux only), and what torch had taken of the card's.
The pictures are left in the folder to be looked at.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from bench_size import GIB, peak
from bench_texels import make_torus

from nst.core import devices
from nst.core.protocol import QUALITIES, ImageJob, Job, Sheet, TextureJob, load_job, save_job
from nst.core.runner import load_engine, run_job
from nst.core.solve.progress import SilentWatcher

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "tests" / "assets"
HEAD = ("job", "quality", "device", "seconds", "planned", "memory", "memory of the card")


def measure(job: Job) -> dict[str, float]:
    """One job in this process."""
    load_engine()
    torch.zeros(1, device=devices.resolve(job.device))
    started = time.perf_counter()
    info = run_job(job, SilentWatcher())
    seconds = time.perf_counter() - started
    card = torch.cuda.max_memory_reserved() if torch.cuda.is_initialized() else 0
    return {"seconds": seconds, "planned": info["planned_bytes"], "peak": peak(), "card": card}


def jobs(options: argparse.Namespace) -> Iterator[tuple[str, Job]]:
    """The jobs asked for, with what they are in words."""
    mesh = options.out / "torus.npz"
    make_torus(mesh)
    for device in options.devices.split(","):
        common = {"style": str(options.style), "quality": options.quality, "device": device}
        for size in map(int, filter(None, options.pictures.split(","))):
            output = str(options.out / f"picture_{size}_{device}.png")
            yield f"picture, {size} px", ImageJob(str(options.content), output=output, size=size, **common)
        for size in map(int, filter(None, options.textures.split(","))):
            sheets = (Sheet(str(options.out / f"texture_{size}_{device}.png")),)
            yield f"texture, {size} px", TextureJob(str(mesh), sheets=sheets, size=size, **common)


def row(name: str, job: Job, found: dict[str, float]) -> str:
    sizes = (f"{found[key] / GIB:.2f} GiB" if found[key] else "-" for key in ("planned", "peak", "card"))
    cells = (name, job.quality, job.device, f"{found['seconds']:.1f}", *sizes)
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description="What whole jobs cost on the devices that are here.")
    parser.add_argument("--devices", default="cpu", help="with commas between")
    parser.add_argument("--pictures", default="1024", help="longer sides in pixels, with commas between")
    parser.add_argument("--textures", default="1024", help="sides in pixels, with commas between")
    parser.add_argument("--quality", choices=QUALITIES, default="draft")
    parser.add_argument("--style", type=Path, default=ASSETS / "van_gogh_auvers.jpg")
    parser.add_argument("--content", type=Path, default=ASSETS / "suzanne_base.png", help="the photograph")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "devices", help="folder for results")
    parser.add_argument("--job", type=Path, help="a job's file: measure it in this process")
    options = parser.parse_args()
    if options.job:
        sys.stdout.write(json.dumps(measure(load_job(options.job))) + "\n")
        return
    options.out, options.style, options.content = (
        path.resolve() for path in (options.out, options.style, options.content)
    )
    options.out.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"| {' | '.join(HEAD)} |\n| {' | '.join(['---'] * len(HEAD))} |\n")
    for name, job in jobs(options):
        file = options.out / "job.json"
        save_job(job, file)
        command = [sys.executable, __file__, "--job", str(file)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode == 0:
            sys.stdout.write(row(name, job, json.loads(done.stdout)) + "\n")
        else:
            sys.stdout.write(f"{name} on {job.device} failed.\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
