"""Stylized animations beside frames that were stylized one by one: how much they flicker, and what they cost.

    python3 dev.py bench animation -- --frames 33 --quality draft --out out/animation

Shots are rendered by Blender (animations/make.py). "steady" is ``nst animation``, "alone" is ``nst render``
of each frame. Columns are the numbers of ``nst metrics warp``; drift, the style distance of the last frame
over that of the first in relu4_1 and relu5_1, of which the latter was not optimised, and at worst in
EfficientNet-Lite0 (bench_flat.py), if that is there, of which nothing was; and seconds, of all
frames and on average. Frames are kept and gone on from. Writes animation.md and a contact sheet of each shot.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from flat.judges import judges

from nst.core.cli.motion_metrics import measure_warp
from nst.core.images import load_picture, save_picture
from nst.core.metrics.likeness import distances
from nst.core.protocol import QUALITIES, AnimationJob, RenderJob
from nst.core.protocol.numbered import frame_path
from nst.core.runner import run_job
from nst.core.solve.progress import SilentWatcher
from nst.core.style.painting import Painting

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SHOTS = ("walk", "dancer", "parade")
LAYERS = ("relu4_1", "relu5_1")
SHOWN = 5  # frames of a contact sheet
HEAD = ("shot", "way", "lag 1", "lag 8", "lag 32", "drift", "seconds", "a frame more")


def render(shot: str, options: argparse.Namespace) -> str:
    """The shot's renders; Blender makes those that are not there."""
    pattern = str(options.out / shot / "render_####.exr")
    if not all(frame_path(pattern, number).is_file() for number in range(1, options.frames + 1)):
        if not options.blender_python:
            raise SystemExit("Shots are rendered by Blender: name its Python with --blender-python.")
        command = [
            options.blender_python,
            "-m",
            "animations.make",
            str(options.out),
            str(options.frames),
            shot,
        ]
        subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.DEVNULL)
    return pattern


def steady(renders: str, output: str, options: argparse.Namespace) -> dict[str, Any]:
    job = AnimationJob(
        renders,
        str(options.style),
        output,
        first=1,
        last=options.frames,
        every=options.every,
        **settings(options),
    )
    info = run_job(job, SilentWatcher())
    return {"seconds": info["seconds"], "painted": info["painted"]}


def alone(renders: str, output: str, options: argparse.Namespace) -> dict[str, Any]:
    started = time.monotonic()
    for number in range(1, options.frames + 1):
        content, result = (str(frame_path(path, number)) for path in (renders, output))
        if not Path(result).is_file():
            run_job(RenderJob(content, str(options.style), result, **settings(options)), SilentWatcher())
    return {"seconds": time.monotonic() - started}


def settings(options: argparse.Namespace) -> dict[str, Any]:
    return {"quality": options.quality, "strength": options.strength, "device": options.device}


WAYS: dict[str, Callable[[str, str, argparse.Namespace], dict[str, Any]]] = {"steady": steady, "alone": alone}


def result_of(shot: str, way: str, options: argparse.Namespace) -> dict[str, Any]:
    """Stylize and measure, or what was kept of that."""
    renders = render(shot, options)
    folder = options.out / shot / way
    kept = folder / "result.json"
    if kept.exists():
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    folder.mkdir(exist_ok=True)
    output = str(folder / "frame_####.png")
    say(f"{shot}: {way}")
    result = WAYS[way](renders, output, options)
    result |= measure_warp(renders, output)
    ends = [load_picture(frame_path(output, number)).rgb for number in (1, options.frames)]
    result["drift"] = drift(ends, load_picture(options.style).rgb)
    kept.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return result


def drift(ends: list[torch.Tensor], painting: torch.Tensor) -> dict[str, float]:
    """The last frame's style distance over the first's: of two layers of VGG, and at worst of Lite0's."""
    side, found = max(ends[0].shape[-2:]), {}
    for name, judge in judges().items():
        goal = Painting(painting, judge.encoder).statistics(side, judge.layers)
        far = [distances(Painting(end, judge.encoder).statistics(side, judge.layers), goal) for end in ends]
        over = {layer: far[1][layer] / far[0][layer] for layer in judge.layers}
        found |= {layer: over[layer] for layer in LAYERS} if name == "vgg" else {name: max(over.values())}
    return found


def row(shot: str, way: str, result: dict[str, Any], frames: int) -> str:
    lags = {report["lag"]: report for report in result["lags"]}
    warps = [
        f"{lags[lag]['ratio']:.2f} ({lags[lag]['error']:.4f})" if lag in lags else "-" for lag in (1, 8, 32)
    ]
    drift = ", ".join(f"{value:.3f}" for value in result["drift"].values())
    cells = (shot, way, *warps, drift, f"{result['seconds']:.0f}", f"{result['seconds'] / frames:.1f}")
    return f"| {' | '.join(cells)} |"


def sheet(shot: str, options: argparse.Namespace, ways: list[str]) -> torch.Tensor:
    """Some frames of each way, one below the other."""
    numbers = [1 + round(k * (options.frames - 1) / (SHOWN - 1)) for k in range(SHOWN)]
    lines = []
    for way in ways:
        pattern = str(options.out / shot / way / "frame_####.png")
        lines.append(torch.cat([load_picture(frame_path(pattern, number)).rgb for number in numbers], 3))
    return torch.cat(lines, 2)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description="Stylized animations: flicker and cost.")
    parser.add_argument("--shots", default=",".join(SHOTS), help="with commas between; default: %(default)s")
    parser.add_argument("--ways", default=",".join(WAYS), help="with commas between; default: %(default)s")
    parser.add_argument("--frames", type=int, default=33)
    parser.add_argument("--every", type=int, default=AnimationJob.every)
    parser.add_argument("--quality", choices=QUALITIES, default="draft")
    parser.add_argument("--strength", type=float, default=0.7)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--style", type=Path, default=ROOT / "tests" / "assets" / "van_gogh_auvers.jpg")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "animation", help="folder for results")
    blender = os.environ.get("NST_BLENDER_PYTHONS", "").split(os.pathsep)[0]
    parser.add_argument("--blender-python", default=blender, help="a Python with bpy and this project")
    options = parser.parse_args()
    options.out, options.style = options.out.resolve(), options.style.resolve()
    options.out.mkdir(parents=True, exist_ok=True)
    ways = options.ways.split(",")
    lines = []
    for shot in options.shots.split(","):
        lines += [row(shot, way, result_of(shot, way, options), options.frames) for way in ways]
        save_picture(options.out / f"{shot}.png", sheet(shot, options, ways))
    table = "\n".join([f"| {' | '.join(HEAD)} |", f"| {' | '.join(['---'] * len(HEAD))} |", *lines])
    (options.out / "animation.md").write_text(table + "\n", encoding="utf-8")
    say(table)


if __name__ == "__main__":
    main()
