"""``nst tile``: textures that repeat."""

from __future__ import annotations

import argparse
from typing import Any

from ..protocol import STARTS, TILES, SynthesisJob
from .console import Console
from .stylize import add_job_options, run_options, sorted_axes


def add_commands(commands: Any) -> None:
    """Add the command to the parser of commands."""
    parser = commands.add_parser(
        "tile",
        help="make a texture that repeats",
        description="Makes a texture that looks like a piece of a picture, of any size, and repeats "
        "without a seam.",
    )
    add_job_options(parser, SynthesisJob, "the exemplar (PNG, JPEG, TIFF, EXR)")
    parser.add_argument(
        "--size",
        type=int,
        default=SynthesisJob.width,
        metavar="N",
        help=f"width and height of the result in pixels; default {SynthesisJob.width}",
    )
    for side in ("width", "height"):
        parser.add_argument(f"--{side}", type=int, metavar="N", help=f"its {side}, if it is not square")
    parser.add_argument(
        "--tile",
        type=sorted_axes,
        choices=[*TILES[1:], "none"],
        default=SynthesisJob.tile,
        help="it repeats across (x), down (y), both (xy, the default) or not at all",
    )
    parser.add_argument(
        "--scale",
        type=float,
        default=SynthesisJob.scale,
        metavar="S",
        help="pixels of the result for each of the exemplar; 0, the default, is 1, or less where the "
        "exemplar is larger than the result",
    )
    parser.add_argument(
        "--start",
        choices=STARTS,
        default=SynthesisJob.start,
        help="begin from a quilt of the exemplar's pieces (default), which keeps its order, or from noise, "
        "which shows none of the things in it",
    )
    parser.set_defaults(run=_run, job_type=SynthesisJob)


def _run(options: argparse.Namespace, console: Console) -> None:
    for side in ("width", "height"):
        if getattr(options, side) is None:
            setattr(options, side, options.size)
    options.tile = options.tile.replace("none", "")
    run_options(options, console)
