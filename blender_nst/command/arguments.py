"""The shell command's arguments."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from ...core.protocol import PROJECTIONS, QUALITIES, STARTS, TILES, JobError, Remedy
from ...core.protocol.options import (
    add_animation_options,
    add_control_options,
    add_guidance_options,
    add_render_options,
    add_stereo_options,
    add_surface_options,
)
from .sphere import add_sphere_options
from .sphere_texture import add_texture_options

MASKS = (
    "a picture on the UV map, or of the object group:NAME (a vertex group), color:NAME (a colour attribute), "
    "faceset:NUMBER or material:NAME"
)
RENDER_MASKS = (
    "a picture, or what the render shows of object:NAME, collection:NAME, material:NAME, asset:NAME, "
    "index:NUMBER (an object's pass index), material_index:NUMBER, aov:NAME (a shader AOV), mist:FROM-TO or "
    "depth:NEAR-FAR (in the scene's units)"
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
    _add_texture(commands)
    _add_tile(commands)
    _add_world(commands)
    _add_render(commands)
    _add_animation(commands)
    _add_sphere(commands)
    return parser


def _add_texture(commands: Any) -> None:
    parser = commands.add_parser("texture", help="repaint a mesh's texture", epilog=EPILOG)
    _add_job_options(parser, "PAINTING", "width and height of the new texture")
    parser.add_argument(
        "--object",
        dest="objects",
        action="append",
        default=[],
        metavar="NAME",
        help="the mesh (default: the active object); given again, all are painted as one surface",
    )
    parser.add_argument("--strength", type=float, default=0.7, help="0 keeps the content, 1 is style alone")
    parser.add_argument(
        "--stroke", type=float, default=0.0, metavar="UNITS", help="stroke size; 0 is automatic"
    )
    parser.add_argument(
        "--uv-map", default="", metavar="NAME", help="UV map (default: the one that renders use)"
    )
    parser.add_argument(
        "--base", default="", metavar="IMAGE", help="start from this picture, not from the material"
    )
    add_control_options(parser, MASKS)
    add_surface_options(parser)
    parser.add_argument(
        "--guide", default="", metavar="NAME", help="with --direction given: a curve or drawing to follow"
    )
    parser.add_argument(
        "--guide-attribute", default="", metavar="NAME", help="or a vector attribute of the mesh"
    )


def _add_tile(commands: Any) -> None:
    parser = commands.add_parser(
        "tile", help="make a material of a texture that repeats without a seam", epilog=EPILOG
    )
    _add_job_options(parser, "EXEMPLAR", "width and height of the texture")
    parser.add_argument(
        "--object", default="", metavar="NAME", help="who gets the material (default: it stays in the file)"
    )
    parser.add_argument(
        "--tile",
        choices=TILES[1:],
        default="xy",
        help="repeat across (x), down (y) or both (xy, the default)",
    )
    parser.add_argument(
        "--start",
        choices=STARTS,
        default="quilt",
        help="begin from a quilt of the exemplar's pieces (default) or from noise",
    )
    parser.add_argument(
        "--scale",
        type=float,
        default=0.0,
        metavar="S",
        help="pixels of the texture for each of the exemplar; 0 is automatic",
    )
    add_control_options(parser, has_content=False)


def _add_world(commands: Any) -> None:
    parser = commands.add_parser(
        "world",
        help="repaint the world's environment texture",
        description="Repaints the picture that lights the scene's world, as one who looks around in it sees "
        "it. Its light stays light.",
        epilog=EPILOG,
    )
    size = "width of the new panorama; default as large as the world's own"
    _add_job_options(parser, "PAINTING", size, 0)
    parser.add_argument("--strength", type=float, default=0.7, help="0 keeps the content, 1 is style alone")
    parser.add_argument(
        "--stroke",
        type=float,
        default=0.0,
        metavar="DEGREES",
        help="distance from stroke to stroke; 0, the default, lets the painting span what one sees at once, "
        "90 degrees",
    )
    add_control_options(parser)


def _add_render(commands: Any) -> None:
    parser = commands.add_parser(
        "render",
        help="render the scene, or take a render, and repaint it",
        description="Renders the scene's present frame with the passes that are needed, and repaints it. The "
        "scene is not changed.",
        epilog=EPILOG,
    )
    _add_style_options(parser, "PAINTING")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT",
        help="the result: .exr has scene-linear light; .png, .jpg and others what the view transform shows",
    )
    parser.add_argument("--frame", type=int, metavar="N", help="which frame; default the scene's present one")
    parser.add_argument(
        "--render", default="", metavar="FILE.exr", help="take this multilayer EXR file instead of rendering"
    )
    _add_picture_options(parser)


def _add_animation(commands: Any) -> None:
    parser = commands.add_parser(
        "animation",
        help="render the scene's frames, or take renders, and repaint them so that strokes stick to things",
        description="Renders the scene's frames with the passes that are needed, paints one in --every, and "
        "carries the paint along true motion. Stopped or killed, it goes on at the first missing frame when "
        "it is started again. The scene is not changed.",
        epilog=EPILOG,
    )
    _add_style_options(parser, "PAINTING", keeps=False)
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT",
        help="the frames, # standing for digits: paint_####.png, or .exr with scene-linear light",
    )
    for name in ("first", "last"):
        parser.add_argument(
            f"--{name}", type=int, metavar="N", help=f"the {name} frame; default the scene's {name}"
        )
    parser.add_argument(
        "--renders",
        dest="render",
        default="",
        metavar="FILES",
        help="instead of rendering take these files, multilayer EXR or any pictures, as shot_####.exr, or a "
        "movie",
    )
    parser.add_argument(
        "--keep-renders", action="store_true", help="leave the renders in the folder of the work"
    )
    parser.add_argument(
        "--rate", type=float, default=8.0, metavar="R", help="with --boil, drawings a second; default 8"
    )
    parser.add_argument(
        "--render-only",
        action="store_true",
        help="render --first to --last into the folder of the work, that machines may share, and stop",
    )
    parser.add_argument(
        "--movie", default="", metavar="FILE.mp4", help="and a movie of all frames (.mp4, .mov, .mkv, .webm)"
    )
    add_animation_options(parser)
    _add_picture_options(parser)


def _add_sphere(commands: Any) -> None:
    parser = commands.add_parser(
        "sphere",
        help="make renders, or textures, look like painted spheres",
        description="Renders the scene's present frame, or with --animation all frames, and paints it with "
        "what a painted sphere has where it faces the same way; or with --object paints textures of meshes.",
        epilog=EPILOG,
    )
    add_sphere_options(parser, RENDER_MASKS)
    add_texture_options(parser)
    _add_common_options(parser)


def _add_picture_options(parser: argparse.ArgumentParser) -> None:
    """Add what renders and animations have in common."""
    add_render_options(parser)
    parser.add_argument(
        "--projection",
        choices=PROJECTIONS,
        default="",
        help="what the picture shows: flat, or a panorama on which --stroke is in degrees; default what the "
        "scene's camera sees, and flat for a render that is there",
    )
    parser.add_argument("--strength", type=float, default=0.7, help="0 keeps the content, 1 is style alone")
    add_guidance_options(parser, "; default the camera's, if it has depth of field")
    add_stereo_options(parser, panorama=True, of="of renders that are there: ")
    add_control_options(parser, RENDER_MASKS)


def _add_job_options(parser: argparse.ArgumentParser, style: str, size: str, usual: int = 1024) -> None:
    """Add what jobs have whose result stays in the scene.

    style: what the style is called; size: what the size is of, usual: what it is if not asked otherwise.
    """
    _add_style_options(parser, style)
    parser.add_argument("--save", required=True, metavar="OUT.blend", help="where the finished scene goes")
    parser.add_argument(
        "--save-to",
        default="",
        metavar="FOLDER",
        help="save new images as files in this folder, // being the scene's; else they are packed in it",
    )
    parser.add_argument("--size", type=int, default=usual, metavar="N", help=size)


def _add_style_options(parser: argparse.ArgumentParser, style: str, keeps: bool = True) -> None:
    """Add what jobs of a style have. style: what that is called. keeps: whether a job may end early."""
    parser.add_argument(
        "--style",
        required=True,
        action="append",
        metavar=style,
        help=f"a picture file, or an image in the scene; given again, {style}[:WEIGHT] is mixed in",
    )
    parser.add_argument("--quality", choices=QUALITIES, default="standard")
    _add_common_options(parser)
    if keeps:
        parser.add_argument(
            "--keep-on-interrupt",
            action="store_true",
            help="let Ctrl-C end the job early, with what is painted by then as its result; again, it "
            "cancels",
        )


def _add_common_options(parser: argparse.ArgumentParser) -> None:
    """Add what all jobs have."""
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    parser.add_argument(
        "--engine-python", default="", metavar="PYTHON", help="the Python that runs the engine"
    )
    parser.add_argument(
        "--json", action="store_true", help="say the result, or the error, as JSON in the last line"
    )
