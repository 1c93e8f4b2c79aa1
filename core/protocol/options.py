"""Controls as shell options, the same for every program that has them."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from .controls import (
    COLORS,
    MASK_KINDS,
    NETWORKS,
    POOLINGS,
    STYLE_LOSSES,
    SYNTHESIS_LOSSES,
    WEIGHTS,
    Controls,
    Mask,
    bad_job,
    check_number,
    need_name,
    need_path,
)
from .errors import JobError, Remedy
from .jobs import DIRECTIONS, FLOWS, PARTS, AnimationJob, RenderJob, TextureJob
from .stereo import PARALLEL, STEREO, Stereo

NETWORK_HELP = f"the network that sees the pictures: {', '.join(NETWORKS)}, or a VGG's file; default embedded"
KEPT = {
    "content": "what the content shows (its features); default 1",
    "similarity": "which parts of the content are alike; default 0",
    "edges": "the content's outlines; default 0",
}
CONVENTIONS = ("caffe", "torchvision")  # that a network's file may be marked with
MASK_SETTINGS = tuple(field.name for field in fields(Mask) if field.name not in ("mask", "style", "members"))


def add_control_options(
    parser: argparse.ArgumentParser, masks: str = "a picture", has_content: bool = True
) -> None:
    """Add the options to a job's parser, in a group of their own. Further styles are added by the caller.

    masks: what may be one. has_content: whether the job has a content picture, of which something can be
    kept.
    """
    group = parser.add_argument_group("control")
    if has_content:
        _add_content_options(group)
    else:
        unused = {f"{name}_weight": getattr(Controls, name) for name in KEPT}
        parser.set_defaults(color=Controls.color, **unused)
    group.add_argument(
        "--scale-from",
        dest="coarse",
        default=Controls.coarse,
        metavar="IMAGE",
        help="take large forms from this painting, and strokes and colours from STYLE",
    )
    group.add_argument(
        "--mask",
        dest="masks",
        action="append",
        default=[],
        metavar="MASK=STYLE[,SETTING=...]",
        help=f"another style where MASK is white: {masks}. Settings of its own may follow: strength=, "
        "stroke= and color= as for all, soften= a distance over which its edges fade; may be given again",
    )
    usual = Controls.losses if has_content else SYNTHESIS_LOSSES
    losses = ",".join(f"{name}:{weight:g}" for name, weight in usual)
    losses = losses.replace(":1,", ",").removesuffix(":1")
    group.add_argument(
        "--loss",
        default=losses,
        metavar="NAME[:WEIGHT],...",
        help=f"style losses, mixed: {', '.join(STYLE_LOSSES)}; default {losses}",
    )
    group.add_argument(
        "--smooth-weight",
        type=float,
        default=Controls.smooth,
        metavar="W",
        help="how much smoothness (total variation); default 0",
    )
    add_network_options(group)


def _add_content_options(group: Any) -> None:
    group.add_argument(
        "--color",
        choices=COLORS,
        default=Controls.color,
        help="whose colours: the style's (default), kept as they are, or the style recoloured to match them",
    )
    for name, what in KEPT.items():
        group.add_argument(
            f"--{name}-weight",
            type=float,
            default=getattr(Controls, name),
            metavar="W",
            help=f"how much to keep of {what}",
        )


def add_surface_options(parser: argparse.ArgumentParser) -> None:
    """Add what only a texture job has: the direction of strokes, shape as content, and relief."""
    group = parser.add_argument_group("surface")
    group.add_argument(
        "--direction",
        choices=DIRECTIONS,
        default=TextureJob.direction,
        help="what the painting's upright runs along: the object's up (default), a world axis, its strongest "
        "curvature, v of the UV map, or what is given",
    )
    group.add_argument(
        "--angle",
        type=float,
        default=TextureJob.angle,
        metavar="DEGREES",
        help="turn all strokes in the surface, counterclockwise",
    )
    group.add_argument(
        "--occlusion",
        type=float,
        default=TextureJob.occlusion,
        metavar="S",
        help="shade corners that lie in the object's own shade, so that strokes follow its shape; 0 to 1",
    )
    group.add_argument(
        "--curvature",
        type=float,
        default=TextureJob.curvature,
        metavar="S",
        help="shade edges lighter and creases darker, so that strokes follow them; 0 to 1",
    )
    group.add_argument(
        "--relief",
        action="store_true",
        help="impasto: a height texture of the paint, too, so that brush ridges catch the light",
    )


def add_render_options(parser: argparse.ArgumentParser, angles: bool = False) -> None:
    """Add what jobs of one render and of many have in common. angles: strokes are measured in degrees."""
    parser.add_argument(
        "--part",
        choices=PARTS,
        default=RenderJob.part,
        help="the whole picture (default); the paint of surfaces, under the light that the render has; that "
        "light, on surfaces that keep their colours; or another kind of light",
    )
    parser.add_argument(
        "--view-layer",
        default=RenderJob.view_layer,
        metavar="NAME",
        help="which view layer; default the first",
    )
    parser.add_argument(
        "--stroke",
        type=float,
        default=RenderJob.stroke,
        metavar="DEGREES" if angles else "PIXELS",
        help="distance from stroke to stroke; 0, the default, lets the painting span "
        + ("what one sees at once, 90 degrees" if angles else "the picture"),
    )


def add_stereo_options(parser: argparse.ArgumentParser, panorama: bool = False, of: str = "") -> None:
    """Add what is said of two eyes; ``stereo_of`` reads it.

    panorama: whether the picture may be one. of: what it is said of, before that is explained.
    """
    group = parser.add_argument_group("stereo")
    group.add_argument(
        "--stereo",
        dest="layout",
        choices=STEREO,
        default=Stereo.layout,
        help=f"{of}the pictures of two eyes, tied by the distance of things: the left eye's above "
        "(top-bottom) or on the left (side-by-side), or a pair of files whose names end in _L and _R",
    )
    group.add_argument(
        "--depth",
        default=Stereo.depth,
        metavar="FILE",
        help="an EXR file of distances, laid out as the picture; default its own pass Depth",
    )
    if not panorama:
        return
    group.add_argument(
        "--eyes",
        type=float,
        default=Stereo.eyes,
        metavar="UNITS",
        help="distance between the eyes; default what the pictures show",
    )
    group.add_argument(
        "--pole-merge",
        dest="poles",
        type=_angles,
        default=Stereo.poles,
        metavar="FROM,TO",
        help="degrees above and below the horizon between which the eyes come together, as Blender's; "
        "default none",
    )
    group.add_argument(
        "--converge",
        type=float,
        default=Stereo.converge,
        metavar="UNITS",
        help=f"the distance at which the eyes see the same, {PARALLEL:g} for parallel ones; default what the "
        "pictures show",
    )


def stereo_of(options: argparse.Namespace) -> Stereo:
    """What the options say of two eyes.

    Raises JobError: "bad_job", "usage" for what is said of two eyes where it is not said that there are two.
    """
    names = [field.name for field in fields(Stereo) if hasattr(options, field.name)]
    stereo = Stereo(**{name: getattr(options, name) for name in names})
    if not stereo.layout:
        for name in names:
            if getattr(stereo, name) != getattr(Stereo, name):
                raise JobError(
                    "usage",
                    f"--{_OPTIONS.get(name, name)} is about two eyes. Add --stereo and how their pictures "
                    f"lie ({', '.join(STEREO)}), or leave it out.",
                    Remedy.CHANGE_SETTING,
                )
    return stereo


_OPTIONS = {"poles": "pole-merge"}  # named otherwise than the settings of Stereo


def _angles(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def add_animation_options(parser: argparse.ArgumentParser) -> None:
    """Add what only an animation has, but for what its strokes' rate is counted in."""
    parser.add_argument(
        "--every",
        type=int,
        default=AnimationJob.every,
        metavar="N",
        help="frames from one that is painted to the next; those between have the paint of both; default "
        f"{AnimationJob.every}",
    )
    parser.add_argument(
        "--flow",
        choices=FLOWS,
        default=AnimationJob.flow,
        help="how it is known what moves: by vectors (the renders' pass), or estimated from the pictures by "
        "raft (a network, downloaded the first time) or dis (faster, offline); default vectors, if these are "
        "renders with passes, else raft",
    )
    parser.add_argument(
        "--painted",
        default=AnimationJob.painted,
        metavar="FRAMES",
        help="frames painted by hand, as by_hand_####.png, the first among them, to be carried to the others",
    )
    parser.add_argument(
        "--boil",
        type=float,
        default=AnimationJob.boil,
        metavar="B",
        help="from 0, strokes stick to things (default), to 1, they are drawn anew all the time",
    )
    parser.add_argument(
        "--only",
        default=AnimationJob.only,
        metavar="FRAMES",
        help="make some frames, as in 25-48, or no more than the painted ones (keys): for several machines, "
        "whose frames meet without a seam",
    )
    parser.add_argument(
        "--state",
        default=AnimationJob.state,
        metavar="FOLDER",
        help="where the work is kept, to be shared, and to go on from; default beside the output",
    )


def add_guidance_options(parser: argparse.ArgumentParser, focus: str = "") -> None:
    """Add what only a render job has: outlines, and detail that falls with distance. focus: its default."""
    group = parser.add_argument_group("guidance")
    group.add_argument(
        "--outlines",
        type=float,
        default=RenderJob.outlines,
        metavar="W",
        help="how much to keep of silhouettes and creases at any strength, 1 for the usual (passes: Z, "
        "Normal, Cryptomatte Object); default 0",
    )
    group.add_argument(
        "--falloff",
        type=float,
        default=RenderJob.falloff,
        metavar="W",
        help="how much more detail to keep near than far away, 1 for the usual (pass: Mist); default 0",
    )
    group.add_argument(
        "--focus",
        type=float,
        default=RenderJob.focus,
        metavar="UNITS",
        help=f"with --falloff: keep detail around this distance, less before and behind it (pass: Z){focus}",
    )


def add_network_options(parser: Any) -> None:
    """Add those that choose the network that sees the pictures."""
    parser.add_argument(
        "--network",
        default=Controls.network,
        metavar="NAME|FILE",
        help=NETWORK_HELP,
    )
    parser.add_argument(
        "--pooling", choices=POOLINGS, default=Controls.pooling, help="of the network's blocks; default max"
    )


def controls_of(options: argparse.Namespace, further_styles: Sequence[str]) -> Controls:
    """The controls that options ask for, with further styles ("path" or "path:weight").

    Raises JobError ("bad_job").
    """
    return Controls(
        color=options.color,
        blend=tuple(_further(text) for text in further_styles),
        coarse=options.coarse,
        masks=tuple(_mask(text) for text in options.masks),
        losses=tuple(weighted(text.strip()) for text in options.loss.split(",")),
        content=options.content_weight,
        similarity=options.similarity_weight,
        edges=options.edges_weight,
        smooth=options.smooth_weight,
        network=options.network,
        pooling=options.pooling,
    )


def weighted_main(style: str, controls: Controls) -> tuple[str, Controls]:
    """A job's own style that may be "path:weight", as its path and controls in which it counts 1.

    A file of that very name goes first. Raises JobError ("bad_job").
    """
    path, weight = weighted(style)
    if path == style or Path(style).expanduser().exists():
        return style, controls
    check_number(f"the weight of {path}", weight, *WEIGHTS)
    if weight == 0:
        raise bad_job(f"the weight of {path} is 0; the main style must count.")
    blend = tuple((further, other / weight) for further, other in controls.blend)
    return path, replace(controls, blend=blend)


def absolute_controls(controls: Controls, folder: Path) -> Controls:
    """The controls with relative paths taken from ``folder``, and ``~`` from the home folder."""
    found = controls.with_sources(lambda _, path: str(folder / Path(path).expanduser()))
    return replace(found, network=absolute_network(controls.network, folder))


def absolute_network(network: str, folder: Path) -> str:
    """A network's name as it is, or its file's path taken from ``folder``."""
    if network in NETWORKS:
        return network
    word, colon, path = network.partition(":")
    if colon and word in CONVENTIONS:
        return f"{word}:{folder / Path(path).expanduser()}"
    return str(folder / Path(network).expanduser())


def weighted(text: str) -> tuple[str, float]:
    """ "name:0.5" as a name and its weight, 1 without one. Other colons belong to the name."""
    name, colon, weight = text.rpartition(":")
    if colon:
        try:
            return name, float(weight)
        except ValueError:
            pass
    return text, 1.0


def _further(text: str) -> tuple[str, float]:
    path, weight = weighted(text)
    need_path("--style", path)
    return path, weight


def _mask(text: str) -> Mask:
    """ "MASK=STYLE,strength=0.5,color=keep" as a mask. Other commas and signs belong to the names."""
    settings: dict[str, Any] = {}
    while found := re.fullmatch(r"(.*=.*),\s*([a-z]+)=([^,=]*)", text, re.DOTALL):
        text, name, value = found.groups()
        need_name("a setting of --mask", name, MASK_SETTINGS)
        if name in settings:
            raise bad_job(f"--mask has {name} twice.")
        settings[name] = value if name == "color" else _number(f"{name} of --mask", value)
    mask, sign, style = text.partition("=")
    if not sign or not mask or not style:
        raise bad_job(f"--mask is {text!r}; it must be MASK=STYLE, and settings after commas.")
    _need_kind(mask)
    return Mask(mask, style, **settings)


def _need_kind(mask: str) -> None:
    """Raise JobError ("bad_job") for "grup:Face", which is meant to be no picture."""
    word, colon, _ = mask.partition(":")
    if colon and word not in MASK_KINDS:
        near = difflib.get_close_matches(word, MASK_KINDS, 1, 0.75)
        if near:
            raise bad_job(f"--mask is {mask!r}. Did you mean {near[0]}:{mask[len(word) + 1 :]}?")


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise bad_job(f"{name} is {text!r}; it must be a number.") from None
