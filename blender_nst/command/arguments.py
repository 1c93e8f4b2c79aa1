"""The shell command's arguments."""

from __future__ import annotations

import argparse
from typing import NoReturn

from ...core.protocol import QUALITIES, JobError, Remedy
from ...core.protocol.options import add_control_options, add_surface_options

MASKS = (
    "a picture on the UV map, or of the object group:NAME (a vertex group), color:NAME (a colour attribute), "
    "faceset:NUMBER or material:NAME"
)
EPILOG = "Exit codes: 0 done, 1 the job failed, 2 wrong usage, 3 the engine is not set up, 130 cancelled."


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are JobErrors, so that they come out like all others."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of exiting."""
        raise JobError("usage", message, Remedy.CHANGE_SETTING)


def make_parser(program: str, with_scene: bool) -> argparse.ArgumentParser:
    """The parser; ``with_scene`` for the program that opens the scene itself."""
    parser = Parser(
        prog=program, description="Neural Style Transfer in Blender, without a window.", epilog=EPILOG
    )
    if with_scene:
        parser.add_argument("scene", metavar="SCENE.blend", help="the file to open")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    texture = commands.add_parser("texture", help="repaint a mesh's texture", epilog=EPILOG)
    texture.add_argument(
        "--object",
        dest="objects",
        action="append",
        default=[],
        metavar="NAME",
        help="the mesh (default: the active object); given again, all are painted as one surface",
    )
    texture.add_argument(
        "--style",
        required=True,
        action="append",
        metavar="PAINTING",
        help="a picture file, or an image in the scene; given again, PAINTING[:WEIGHT] is mixed in",
    )
    texture.add_argument("--save", required=True, metavar="OUT.blend", help="where the finished scene goes")
    texture.add_argument(
        "--size", type=int, default=1024, metavar="N", help="width and height of the new texture"
    )
    texture.add_argument("--quality", choices=QUALITIES, default="standard")
    texture.add_argument("--strength", type=float, default=0.7, help="0 keeps the content, 1 is style alone")
    texture.add_argument(
        "--stroke", type=float, default=0.0, metavar="UNITS", help="stroke size; 0 is automatic"
    )
    texture.add_argument("--seed", type=int, default=0, metavar="N")
    texture.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    texture.add_argument(
        "--uv-map", default="", metavar="NAME", help="UV map (default: the one that renders use)"
    )
    texture.add_argument(
        "--base", default="", metavar="IMAGE", help="start from this picture, not from the material"
    )
    add_control_options(texture, MASKS)
    add_surface_options(texture)
    texture.add_argument(
        "--guide", default="", metavar="NAME", help="with --direction given: a curve or drawing to follow"
    )
    texture.add_argument(
        "--guide-attribute", default="", metavar="NAME", help="or a vector attribute of the mesh"
    )
    texture.add_argument(
        "--keep-on-interrupt",
        action="store_true",
        help="let Ctrl-C end the job early, with what is painted by then as its result; again, it cancels",
    )
    texture.add_argument(
        "--engine-python", default="", metavar="PYTHON", help="the Python that runs the engine"
    )
    texture.add_argument(
        "--json", action="store_true", help="say the result, or the error, as JSON in the last line"
    )
    return parser
