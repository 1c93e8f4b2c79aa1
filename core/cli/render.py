"""``nst render``: renders, with what the renderer knows of them."""

from __future__ import annotations

import argparse
from typing import Any

from ..protocol import RenderJob
from ..protocol.options import add_guidance_options, add_render_options, add_stereo_options
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
    add_view(parser)
    add_guidance_options(parser)
    add_stereo_options(parser)
    parser.set_defaults(run=run_options, job_type=RenderJob)


def add_view(parser: argparse._ActionsContainer) -> None:
    """Add what Blender measures itself, of one render and of many."""
    parser.add_argument(
        "--view",
        default=RenderJob.view,
        metavar="FILE",
        help="the view transform that the render is looked at with, a table in an .npz; default Standard",
    )
