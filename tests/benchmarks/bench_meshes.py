"""Textures of many meshes and unwraps, stylized in three ways and measured with the same numbers.

    python3 dev.py bench meshes -- --size 512 --quality draft --out out/meshes

Meshes are made by Blender (meshes/make.py), methods are told of in meshes/methods.py, numbers are those of
``nst metrics``. Results are kept for each mesh and method, with the settings that they were made with: a run
that was broken off, or one of other meshes into the same folder, goes on from there. Writes meshes.md, and a
portrait of each mesh with the methods side by side.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from meshes import report
from meshes.dots import dots
from meshes.methods import METHODS, Task, strokes_of

from nst.core.files import file_digest
from nst.core.images import save_picture
from nst.core.protocol import QUALITIES, JobError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MESHES = (
    "suzanne-smart",
    "suzanne-sharp",
    "suzanne-stretched",
    "suzanne-mirrored",
    "torus-lightmap",
    "torus-own",
    "ball-smart",
    "ball-scattered",
    "globe-own",
    "cup-smart",
    "chair-smart",
    "terrain-own",
)
# One surface under two unwraps: the first is compared with the second. Both get strokes of one size.
PAIRS = {
    "suzanne-smart": "suzanne-sharp",
    "torus-lightmap": "torus-own",
    "ball-scattered": "ball-smart",
}


def make_meshes(names: Sequence[str], folder: Path, blender: str) -> None:
    """Let Blender make those meshes that are not there yet."""
    missing = [name for name in names if not (folder / f"{name}.npz").exists()]
    if not missing:
        return
    if not blender:
        raise SystemExit("Meshes are made by Blender: name its Python with --blender-python.")
    command = [blender, "-m", "meshes.make", str(folder), *missing]
    made = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
    if made.returncode != 0:
        raise SystemExit(f"Blender could not make the meshes:\n{made.stdout}{made.stderr}")


def result_of(name: str, method: str, options: argparse.Namespace, stroke: float = 0.0) -> dict[str, Any]:
    """Paint with strokes of a size, 0 for the automatic one, and measure, or what was kept of that."""
    mesh = options.out / f"{name}.npz"
    folder = options.out / name
    folder.mkdir(exist_ok=True)
    texture = folder / f"{method}.png"

    def make() -> dict[str, Any]:
        task = Task(mesh, options.style, texture, options.size, options.quality, stroke, options.device)
        painted = METHODS[method](task)
        return {**asdict(painted), **report.measured(mesh, texture, options.style, stroke)}

    return kept(folder / f"{method}.json", settings_of(mesh, options) | {"stroke": stroke}, make)


def settings_of(mesh: Path, options: argparse.Namespace) -> dict[str, Any]:
    """What a mesh is painted with."""
    settings = {"size": options.size, "quality": options.quality}
    return settings | {"style": file_digest(options.style), "mesh": file_digest(mesh)}


def kept(path: Path, settings: dict[str, Any], make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """What a file holds if it was made with these settings, or what is made and then kept there."""
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if found["settings"] == settings:
            return found
    say(f"{path.parent.name}: {path.stem}")
    result = {"settings": settings, **make()}
    path.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return result


def strokes_of_pairs(options: argparse.Namespace) -> dict[str, float]:
    """The size of strokes that both meshes of a pair can show, by name, where both are painted."""
    sizes: dict[str, float] = {}
    for pair in PAIRS.items():
        if set(pair) <= set(options.meshes):
            tasks = (
                Task(options.out / f"{each}.npz", options.style, options.out, options.size, options.quality)
                for each in pair
            )
            sizes |= dict.fromkeys(pair, max(strokes_of(task).size for task in tasks))
    return sizes


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def names_of(known: Sequence[str]) -> Any:
    """A parser of names with commas between."""

    def parse(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return names

    return parse


def parser_of(description: str, chosen: Sequence[str]) -> argparse.ArgumentParser:
    """A parser of what the benchmarks of meshes are told. chosen: the meshes that are painted by default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--size", type=int, default=512, help="pixels of the textures' sides")
    parser.add_argument("--quality", choices=QUALITIES, default="draft")
    parser.add_argument("--device", default="cpu", help="what paints; measured on the CPU")
    every = ",".join(chosen)
    parser.add_argument("--meshes", type=names_of(MESHES), default=every, help="default: %(default)s")
    auvers = ROOT / "tests" / "assets" / "van_gogh_auvers.jpg"
    parser.add_argument("--style", type=Path, default=auvers, help='a painting, or "dots" of one size')
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "meshes", help="folder for results")
    blender = os.environ.get("NST_BLENDER_PYTHONS", "").split(os.pathsep)[0]
    parser.add_argument("--blender-python", default=blender, help="a Python with bpy and this project")
    return parser


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """What it was told, with whole paths, the folder made and the dots painted."""
    options = parser.parse_args()
    options.out = options.out.resolve()
    options.out.mkdir(parents=True, exist_ok=True)
    if str(options.style) == "dots":
        options.style = options.out / "dots.png"
        save_picture(options.style, dots())
    options.style = options.style.resolve()
    return options


def main() -> None:
    parser = parser_of("Textures of many meshes, stylized in three ways.", MESHES)
    methods = ",".join(METHODS)
    parser.add_argument("--methods", type=names_of(tuple(METHODS)), default=methods, help="all: %(default)s")
    options = parsed(parser)
    make_meshes(options.meshes, options.out, options.blender_python)
    strokes = strokes_of_pairs(options)
    results: dict[tuple[str, str], dict[str, Any]] = {}
    for name in options.meshes:
        for method in options.methods:
            try:
                results[name, method] = result_of(name, method, options, strokes.get(name, 0.0))
            except JobError as error:
                say(f"{name}: {method} failed: {error.message}")
    for (name, method), result in results.items():
        if (PAIRS.get(name), method) in results:
            pair = [
                (options.out / f"{each}.npz", options.out / each / f"{method}.png")
                for each in (name, PAIRS[name])
            ]
            result["unwrap"] = report.unwrapped(pair[0], pair[1])
    for name in options.meshes:
        textures = [options.out / name / f"{m}.png" for m in options.methods if (name, m) in results]
        if textures:
            report.strip(options.out / f"{name}.npz", textures, options.out / f"{name}.png")
    table = report.markdown([report.row(*key, result) for key, result in results.items()])
    title = f"{options.size} px, {options.quality}; methods in the portraits: {', '.join(options.methods)}"
    (options.out / "meshes.md").write_text(f"# {title}\n\n{table}\n", encoding="utf-8")
    say(table)


if __name__ == "__main__":
    main()
