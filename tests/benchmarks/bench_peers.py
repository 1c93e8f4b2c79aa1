"""Our engine beside the other packages for neural style transfer, in one run.

    python3 tests/benchmarks/bench_peers.py --size 256 --evaluations 500 --threads 2

All get the same VGG-19, content, style, size and start, and as nearly the same objective as their options
allow; each runs alone in a process, as its authors wrote it, with its own optimiser. What they paint is
measured with one reference (peers/reference.py). Time is that of painting, from the first evaluation
on; memory is the process's own, or torch's on a GPU. Packages come from the registry into throw-away
environments that share this one's torch (peers/environments.py). Results: peers.md, peers.csv, peers.png.
Peers may be run one after another into one folder: results of the same settings are kept.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from peers import report
from peers.candidates import PEERS, Peer, find, obstacle
from peers.environments import environment, python_with_torch

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ASSETS = ROOT / "tests" / "assets"
TILE = 1024  # as our engine has it where memory suffices
SETTINGS = (
    "size",
    "evaluations",
    "start",
    "content",
    "style",
    "device",
    "threads",
    "our_padding",
    "our_tile",
)


def child(python: Path, words: list[object], settings: dict[str, Any], inputs: Path) -> None:
    """Run a module of ``peers`` in a process of its own. Raises CalledProcessError with what it said."""
    threads = str(settings["threads"])
    variables = {
        **os.environ,
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "TORCH_HOME": str(inputs / "torch"),
        "MPLBACKEND": "Agg",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if settings["device"] == "cpu":
        variables["CUDA_VISIBLE_DEVICES"] = ""  # some peers take a GPU without asking
    command = [str(python), "-m", *(str(word) for word in words)]
    subprocess.run(command, cwd=HERE, env=variables, check=True, capture_output=True, text=True)


def prepare(settings: dict[str, Any], python: Path, folder: Path) -> None:
    """Make what all are given, and throw away results of other settings."""
    told, inputs = folder / "settings.json", folder / "inputs"
    if told.exists() and json.loads(told.read_text(encoding="utf-8")) == settings:
        return
    for peer in PEERS:
        shutil.rmtree(folder / peer.name, ignore_errors=True)
    inputs.mkdir(parents=True, exist_ok=True)
    words = [settings[name] for name in ("size", "content", "style", "start")]
    child(python, ["peers.inputs", inputs, *words], settings, inputs)
    told.write_text(json.dumps(settings, indent=1), encoding="utf-8")


def paint(peer: Peer, settings: dict[str, Any], python: Path, folder: Path, cache: Path) -> str:
    """Let one peer paint; returns why it could not, or nothing."""
    why = obstacle(peer, settings["start"], settings["size"])
    if why:
        return why
    into, inputs = folder / peer.name, folder / "inputs"
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    task = {name: settings[name] for name in ("size", "evaluations", "device")}
    task |= {"folder": str(inputs), "into": str(into), "padding": settings["our_padding"]}
    task["tile"] = settings["our_tile"]
    told = into / "task.json"
    told.write_text(json.dumps(task), encoding="utf-8")
    try:
        own = environment(python, cache, peer.name, peer.package, peer.needs) if peer.package else python
        child(own, ["peers.child", peer.name, told], settings, inputs)
    except subprocess.CalledProcessError as error:
        (into / "error.txt").write_text(f"{error.stdout}\n{error.stderr}", encoding="utf-8")
        last = (error.stderr or "").strip().splitlines()[-1:] or [str(error)]
        return f"{last[0]} ({into / 'error.txt'})"
    return ""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Our engine beside its peers.")
    parser.add_argument("--size", type=int, default=256, help="side of the square pictures, a multiple of 16")
    parser.add_argument("--evaluations", type=int, default=500, help="of the objective, for each peer")
    every = ",".join(peer.name for peer in PEERS)
    parser.add_argument("--peers", default=every, help="names with commas between; all: %(default)s")
    parser.add_argument("--start", choices=("content", "noise"), default="content")
    parser.add_argument("--content", type=Path, default=ASSETS / "suzanne_base.png")
    parser.add_argument("--style", type=Path, default=ASSETS / "van_gogh_auvers.jpg")
    pads = ("zeros", "replicate")
    parser.add_argument("--padding", choices=pads, default="zeros", help="of the reference; peers have zeros")
    parser.add_argument("--our-padding", choices=pads, default="zeros", help="of our encoder")
    parser.add_argument("--our-tile", type=int, default=TILE, help="pixels of our views, at most")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    threads = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))
    parser.add_argument("--threads", type=int, default=threads)
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "peers", help="folder for results")
    cache = Path(tempfile.gettempdir()) / "nst-peers"
    parser.add_argument("--cache", type=Path, default=cache, help="folder of the environments")
    parser.add_argument("--again", action="store_true", help="paint nothing; measure what lies in the folder")
    options = parser.parse_args()
    if options.size % 16:
        parser.error("--size must be a multiple of 16")
    if options.again and not any(options.out.glob("*/result.json")):
        parser.error(f"nothing was painted into {options.out} yet: leave out --again, or name another --out")
    try:
        options.peers = [find(name) for name in options.peers.split(",")]
    except ValueError as error:
        parser.error(str(error))
    return options


def main() -> None:
    options = parse()
    python, folder, cache = python_with_torch(ROOT), options.out.resolve(), options.cache.resolve()
    absent = {}
    if options.again:
        settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    else:
        values = {name: getattr(options, name) for name in SETTINGS}
        settings = {n: str(v.resolve()) if isinstance(v, Path) else v for n, v in values.items()}
        prepare(settings, python, folder)
        for peer in options.peers:
            say(f"{peer.name} paints")
            why = paint(peer, settings, python, folder, cache)
            if why:
                absent[peer.name] = why
    say("measuring")
    inputs = folder / "inputs"
    child(python, ["peers.measure", folder, options.padding, settings["threads"]], settings, inputs)
    measured = json.loads((folder / "measured.json").read_text(encoding="utf-8"))
    title = "{size} px, {evaluations} evaluations, from the {start}, on {device}, {threads} threads"
    title = title.format(**settings) + f"; padding: {options.padding}, ours {settings['our_padding']}"
    title += f", tiles of {settings['our_tile']} px"
    say(report.write(folder, measured, absent, title))
    drawing = environment(python, cache, "plot", "", ("matplotlib",))
    child(drawing, ["peers.plot", folder], settings, inputs)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(error.cmd)} failed:\n{error.stderr}")
