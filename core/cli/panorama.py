"""``nst panorama``: pictures that surround the viewer."""

from __future__ import annotations

from typing import Any

from ..protocol import EQUIRECT, FLAT, PROJECTIONS, RenderJob
from ..protocol.options import add_guidance_options, add_render_options, add_stereo_options
from .render import add_view
from .stylize import add_job_options, run_options


def add_commands(commands: Any) -> None:
    """Add the command to the parser of commands."""
    parser = commands.add_parser(
        "panorama",
        help="repaint a panorama",
        description="Repaints a panorama in the style of a painting as one who looks around sees it: without "
        "a seam where the picture ends, pinched poles or edges of a cube. HDR stays HDR where OUT ends in "
        ".exr or .hdr. A multilayer EXR of Blender's panoramic camera has masks by name, and outlines, as "
        "other renders have.",
    )
    parser.add_argument("content", metavar="PANORAMA", help="the panorama (EXR, HDR, PNG, JPEG)")
    add_job_options(parser, RenderJob)
    parser.add_argument(
        "--projection",
        choices=[name for name in PROJECTIONS if name != FLAT],
        default=EQUIRECT,
        help="equirect, 360 degrees, twice as wide as high (default); vr180, the half before the viewer, as "
        "wide as high; or a cube map: six faces right, left, up, down, ahead and back in a row, a column or "
        "two rows of three, or a cross",
    )
    add_render_options(parser, angles=True)
    add_view(parser)
    add_guidance_options(parser)
    add_stereo_options(parser, panorama=True)
    parser.set_defaults(run=run_options, job_type=RenderJob)
