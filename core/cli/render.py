"""``nst render``: renders, with what the renderer knows of them."""

from __future__ import annotations

import argparse
from typing import Any

from ..protocol import PARTS, RenderJob
from ..protocol.options import add_guidance_options
from .stylize import add_job_options, run_options


def add_commands(commands: Any) -> None:
    """Add the command to the parser of commands."""
    parser = commands.add_parser(
        "render",
        help="repaint a render",
        description="Repaints a render in the style of a painting. Of a multilayer EXR file it can paint the "
        "colour of surfaces alone, under the render's own light, and take masks by name. A result that ends "
        "in .exr is scene-linear, with highlights beyond white; others are as the view transform shows them.",
    )
    parser.add_argument("content", metavar="RENDER", help="the render (EXR of one or many layers, PNG, JPEG)")
    add_job_options(parser, RenderJob)
    add_render_options(parser)
    add_guidance_options(parser)
    parser.set_defaults(run=run_options, job_type=RenderJob)


def add_render_options(parser: argparse.ArgumentParser) -> None:
    """Add what jobs of one render and of many have in common."""
    parser.add_argument(
        "--part",
        choices=PARTS,
        default=RenderJob.part,
        help="the whole picture (default), or the paint of surfaces, not the light",
    )
    parser.add_argument(
        "--view-layer",
        default=RenderJob.view_layer,
        metavar="NAME",
        help="which view layer of the file; its first by default",
    )
    parser.add_argument(
        "--view",
        default=RenderJob.view,
        metavar="FILE",
        help="the view transform that the render is looked at with, a table in an .npz; default Standard",
    )
    parser.add_argument(
        "--stroke",
        type=float,
        default=RenderJob.stroke,
        metavar="PIXELS",
        help="distance from stroke to stroke; 0, the default, lets the painting span the picture",
    )
