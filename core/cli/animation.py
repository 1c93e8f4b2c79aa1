"""``nst animation``: frames, with strokes that stick to what they are painted on."""

from __future__ import annotations

from typing import Any

from ..protocol import CUBE, PROJECTIONS, AnimationJob
from ..protocol.options import (
    add_animation_options,
    add_guidance_options,
    add_render_options,
    add_stereo_options,
)
from .render import add_view
from .stylize import add_job_options, run_options


def add_commands(commands: Any) -> None:
    """Add the command to the parser of commands."""
    parser = commands.add_parser(
        "animation",
        help="repaint the frames of an animation",
        description="Repaints the frames of an animation in the style of a painting. Paint is carried along "
        "the renders' own motion vectors, or along motion estimated from pictures, and only what appears is "
        "painted anew, so that strokes stick to what they are painted on. Frames are written as they finish.",
    )
    parser.add_argument(
        "content",
        metavar="FRAMES",
        help="multilayer EXR files with a Vector pass, or any pictures, # standing for digits: shot_####.exr",
    )
    add_job_options(parser, AnimationJob)
    add_render_options(parser)
    add_view(parser)
    add_animation_options(parser)
    add_guidance_options(parser)
    parser.add_argument(
        "--projection",
        choices=[name for name in PROJECTIONS if name != CUBE],
        default=AnimationJob.projection,
        help="what the frames show: flat (default), or panoramas of 360 degrees (equirect) or of the half "
        "before the viewer (vr180), on which --stroke is in degrees",
    )
    add_stereo_options(parser, panorama=True)
    parser.add_argument(
        "--motion",
        default=AnimationJob.motion,
        metavar="RENDERS",
        help="the same frames rendered without motion blur, for what moves, where FRAMES have it",
    )
    for name in ("first", "last"):
        parser.add_argument(
            f"--{name}",
            type=int,
            default=getattr(AnimationJob, name),
            metavar="N",
            help=f"number of the {name} frame; default all that are there",
        )
    parser.add_argument(
        "--hold",
        type=int,
        default=AnimationJob.hold,
        metavar="N",
        help="with --boil, frames for which a drawing is shown: 3, the default, is 8 a second of 24",
    )
    parser.set_defaults(run=run_options, job_type=AnimationJob)
