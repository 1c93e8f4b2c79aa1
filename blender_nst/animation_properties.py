"""What the artist chooses for an animation beside the settings of renders: ``scene.nst.animation``."""

from __future__ import annotations

from typing import Any

import bpy

from ..core.protocol import AnimationJob
from .compat import BLEND_RELATIVE

_FLOWS = [
    ("auto", "Automatic", "The Vector pass where there is one; RAFT for pictures without passes"),
    ("vectors", "Vector Pass", "What the renderer knows"),
    ("raft", "RAFT", "An estimate by a network, which is downloaded once"),
    ("dis", "DIS", "A fast estimate without a network"),
]


def boil_property() -> Any:
    """How much strokes boil."""
    return bpy.props.FloatProperty(
        name="Boil",
        description="0 lets strokes stick to things, 1 draws them anew all the time",
        min=0.0,
        max=1.0,
        default=0.0,
        subtype="FACTOR",
    )


def rate_property() -> Any:
    """How often strokes that boil are drawn anew."""
    return bpy.props.FloatProperty(
        name="Drawings a Second",
        description="How often boiling strokes are drawn anew",
        min=0.1,
        soft_max=24.0,
        max=240.0,
        default=8.0,
    )


class NST_PG_Animation(bpy.types.PropertyGroup):
    """How paint is carried from frame to frame, and where frames go."""

    output: bpy.props.StringProperty(
        name="Output",
        description="Where the frames go, # standing for digits: .png and .jpg have what is seen, .exr has "
        "light. In a folder, whose name ends in a slash, they are named after the .blend file and the scene",
        subtype="FILE_PATH",
        default="//stylized/",
        options=BLEND_RELATIVE,
    )
    every: bpy.props.IntProperty(
        name="Key Every",
        description="Frames from one that is painted to the next; those between have the paint of both",
        min=1,
        soft_max=48,
        max=1000,
        default=AnimationJob.every,
    )
    boil: boil_property()
    rate: rate_property()
    flow: bpy.props.EnumProperty(
        name="Motion",
        description="What tells how things move in frames that are there already",
        items=_FLOWS,
        default="auto",
    )
    painted: bpy.props.StringProperty(
        name="Painted by Hand",
        description="One of the frames that you have painted yourself, the animation's first among them. "
        "They are kept as they are, and carried to the frames around",
        subtype="FILE_PATH",
        default="",
        options=BLEND_RELATIVE,
    )
    movie: bpy.props.StringProperty(
        name="Movie",
        description="A movie that is made of the frames as well: .mp4, .mov, .mkv or .webm",
        subtype="FILE_PATH",
        default="",
        options=BLEND_RELATIVE,
    )
    keep: bpy.props.BoolProperty(
        name="Keep Renders",
        description="Leave the renders beside the frames, in a folder of their own",
        default=False,
    )


CLASSES = (NST_PG_Animation,)
