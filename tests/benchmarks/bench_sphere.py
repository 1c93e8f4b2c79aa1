"""Painted spheres on renders: StyleBlit, patches and plain matcap look-up side by side, speed, and motion.

    python3 dev.py bench sphere -- --out out/sphere
    python3 dev.py bench sphere -- --exemplar sphere.png --normals normals.png --out out/other

Renders are made by Blender (spheres/make.py). Columns are the numbers of ``nst metrics sphere``: how far
patches of 5 and 9 pixels are from the exemplar's, as parts of how far its own are from each other; the sliced
Wasserstein distance; and the correlation of shading; then seconds. "own ball" is the exemplar's own normals,
whose mean difference from the exemplar is printed. Speed is that of StyleBlit alone, on a field of waves.
Writes sphere.md and pictures.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from nst.core.cli.motion_metrics import measure_warp
from nst.core.exemplar.ball import find_ball
from nst.core.exemplar.exemplar import Target, copied, voted
from nst.core.exemplar.source import Source, read_source
from nst.core.exemplar.styleblit import styleblit
from nst.core.exemplar.subject import Subject, read_subject
from nst.core.images import Picture, load_picture, save_picture
from nst.core.metrics.exemplar import sphere_report
from nst.core.protocol import METHODS, Sphere, SphereJob
from nst.core.protocol.numbered import frame_path
from nst.core.runner import run_job
from nst.core.solve.progress import SilentWatcher

HERE = Path(__file__).resolve().parent
SIZES = (512, 1024, 2048)
WAVES = ((1.0, 0.3, 5.0), (-0.4, 0.9, 9.0))
HEAD = "| target | way | 5 px | 9 px | sliced | shading | seconds |\n|---|---|---|---|---|---|---|"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--exemplar", type=Path, help="default one that is painted by code")
    parser.add_argument("--normals", default="")
    parser.add_argument("--out", type=Path, default=Path("out/sphere"))
    parser.add_argument("--frames", type=int, default=17)
    parser.add_argument("--size", type=int, default=512)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.exemplar is None:
        options.exemplar = options.out / "painted.png"
        command = [sys.executable, HERE / "spheres" / "paint.py", options.exemplar]
        subprocess.run(command, check=True)
    sphere = Sphere(str(options.exemplar.resolve()), options.normals and str(Path(options.normals).resolve()))
    render(options)
    lines = [HEAD]
    painting = load_picture(sphere.picture)
    source = read_source(sphere, SphereJob.weights)
    lines += own_ball(sphere, source, painting, options.out)
    for target in ("turn_0001", "things_0001"):
        lines += ways(sphere, source, painting, options.out / f"{target}.exr", options.out)
    lines += [
        "",
        "| StyleBlit of a field of waves | seconds | with fades |",
        "|---|---|---|",
        *speeds(source),
    ]
    lines += ["", "| turning Suzanne | lag 1 | lag 8 | seconds a frame |", "|---|---|---|---|"]
    lines += motion(sphere, options)
    text = "\n".join(lines) + "\n"
    (options.out / "sphere.md").write_text(text, encoding="utf-8")
    print(text)


def render(options: argparse.Namespace) -> None:
    """The renders; Blender makes those that are not there."""
    if frame_path(str(options.out / "turn_####.exr"), options.frames).is_file():
        return
    python = os.environ.get("NST_BLENDER_PYTHONS", "")
    if not python:
        raise SystemExit("Things are rendered by Blender: run this by dev.py.")
    command = [python, "-m", "spheres.make", str(options.out.resolve()), str(options.frames)]
    subprocess.run([*command, str(options.size)], cwd=HERE, check=True, stdout=subprocess.DEVNULL)


def own_ball(sphere: Sphere, source: Source, painting: Picture, out: Path) -> list[str]:
    """The exemplar's own ball, which is to give back the exemplar."""
    exemplar = source.exemplar
    places = styleblit(exemplar, Target(exemplar.guides, exemplar.inside), source.lookup, 0.2, 0)
    painted = voted(exemplar, places)
    away = (painted - exemplar.channels)[:3, exemplar.inside].abs()
    return [f"| own ball | blit | mean difference {away.mean():.5f}, greatest {away.max():.3f} | | | | |"]


def ways(sphere: Sphere, source: Source, painting: Picture, guides: Path, out: Path) -> list[str]:
    """All ways to paint one render."""
    subject = read_subject(str(guides), "", ())
    ball, rows = find_ball(painting), []
    for way in ("matcap", *METHODS):
        file = out / f"{guides.stem}_{way}.png"
        start = time.perf_counter()
        if way == "matcap":
            colors = matcap(source, subject)
            save_picture(file, colors[None], subject.cover[None])
        else:
            run_job(SphereJob((sphere,), str(guides), str(file), method=way, device="cpu"), SilentWatcher())
        seconds = time.perf_counter() - start
        found = sphere_report(painting, load_picture(file), ball, subject.normals)
        near = " | ".join(f"{found.nearest[side]:.3f}" for side in sorted(found.nearest))
        rows.append(
            f"| {guides.stem} | {way} | {near} | {found.sliced:.3f} | {found.shading:.3f} | {seconds:.1f} |"
        )
    return rows


def matcap(source: Source, subject: Subject) -> Tensor:
    """Plain look-up (3, h, w): each pixel by itself."""
    height, width = subject.inside.shape
    places = source.lookup.places(subject.normals.flatten(1).T).view(height, width, 2)
    return copied(source.exemplar, places)[:3].clamp(0, 1)


def speeds(source: Source) -> list[str]:
    """StyleBlit at some sizes."""
    rows = []
    for size in SIZES:
        at = torch.linspace(0, 1, size)
        slopes = [sum(a * torch.cos(f * (a * at[None] + b * at[:, None]) * 6) for a, b, f in WAVES) / 2]
        slopes.append(slopes[0].T)
        normals = torch.nn.functional.normalize(torch.stack([*slopes, torch.ones(size, size)]), dim=0)
        target = Target(normals, torch.ones(size, size, dtype=torch.bool))
        styleblit(source.exemplar, target, source.lookup, 0.2, 0)
        start = time.perf_counter()
        places = styleblit(source.exemplar, target, source.lookup, 0.2, 0)
        blit = time.perf_counter() - start
        voted(source.exemplar, places)
        rows.append(f"| {size} x {size} | {blit:.2f} | {time.perf_counter() - start:.2f} |")
    return rows


def motion(sphere: Sphere, options: argparse.Namespace) -> list[str]:
    """How much a turning thing flickers, painted as an animation, boiling, and frame by frame."""
    guides, rows = str(options.out / "turn_####.exr"), []
    for way in ("steady", "boiling", "alone"):
        output = str(options.out / f"{way}_####.png")
        job = SphereJob((sphere,), guides, output, last=options.frames, device="cpu")
        start = time.perf_counter()
        if way == "alone":
            for number in range(1, options.frames + 1):
                one = replace(job, guides=str(frame_path(guides, number)), last=None, seed=number)
                run_job(replace(one, output=str(frame_path(output, number))), SilentWatcher())
        else:
            run_job(replace(job, boil=float(way == "boiling")), SilentWatcher())
        seconds = (time.perf_counter() - start) / options.frames
        lags = [f"{report['ratio']:.2f}" for report in measure_warp(guides, output)["lags"][:2]]
        rows.append(f"| {way} | {' | '.join(lags)} | {seconds:.1f} |")
    return rows


if __name__ == "__main__":
    main()
