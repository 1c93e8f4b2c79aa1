"""``nst ball``: the ball alone of a picture of a painted sphere."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..protocol import BallJob
from ..protocol.sphere_options import circle
from .console import Console
from .stylize import add_output_options, add_size, do_job


def add_commands(commands: Any) -> None:
    """Add the command to the parser of commands."""
    parser = commands.add_parser(
        "ball",
        help="cut the ball out of a picture of a painted sphere",
        description="Finds the ball in a picture of a sphere that was painted, scanned or photographed, and "
        "writes a square picture of it alone, with transparency around it; an ellipse becomes a circle. "
        "Prints where the ball was, as --circle takes it.",
    )
    parser.add_argument("picture", metavar="PHOTO", help="the picture (PNG, JPEG, TIFF, EXR)")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="the result (PNG, EXR)")
    sides = "width and height of the result in pixels; default as many as the ball has in the picture"
    add_size(parser, BallJob.size, sides)
    parser.add_argument(
        "--circle",
        type=circle,
        default=BallJob.circle,
        metavar="X,Y,R",
        help="where the ball is: its middle, from the upper left corner, and its radius in pixels; default "
        "looks for it",
    )
    add_output_options(parser, planned=False)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace, console: Console) -> None:
    job = BallJob(options.picture, options.output, options.size, options.circle)
    do_job(job, Path.cwd(), options, console)
