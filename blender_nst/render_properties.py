"""What the artist chooses for a stylized render: ``scene.nst.render``."""

from __future__ import annotations

from typing import Any

import bpy

from ..core.protocol import CUBE, EQUIRECT, FLAT, PAIR, SIDE_BY_SIDE, TOP_BOTTOM, VR180
from .angles import StrokeAngle
from .compat import BLEND_RELATIVE
from .needed import turn_on_passes
from .quality import QualitySettings
from .render_masks import CLASSES as MASK_CLASSES
from .render_masks import NST_PG_RenderControls
from .session import get_session

_PARTS = [
    ("picture", "Picture", "All that is seen, light and shadows included"),
    ("paint", "Paint", "The colour of surfaces alone, not the light on them"),
    ("light", "Light", "The light on surfaces alone, which keep their colours"),
    ("glossy", "Glossy", "Reflections alone"),
    ("transmission", "Transmission", "What is seen through glass, alone"),
    ("volume", "Volume", "Fog and smoke alone"),
    ("emission", "Emission", "What glows, alone"),
    ("environment", "Environment", "The world behind everything, alone"),
]
CAMERA = "camera"
_PROJECTIONS = [
    (CAMERA, "As the Camera", "A panorama where the scene's camera is a panoramic one; flat for a file"),
    (FLAT, "Flat", "A picture"),
    (EQUIRECT, "360°", "A panorama all around, twice as wide as high: no seam and no pinched poles"),
    (VR180, "VR180", "The half of a panorama before the viewer, as wide as high"),
    (CUBE, "Cube Map", "Six faces of a cube in one picture without passes"),
]
ONE_EYE = "one"
_EYES = [
    (ONE_EYE, "One Eye", "It is one picture"),
    (PAIR, "Two Files", "Files whose names end in _L and _R, of which either is chosen"),
    (TOP_BOTTOM, "Top-Bottom", "The left eye's picture is above the right one's"),
    (SIDE_BY_SIDE, "Side by Side", "The left eye's picture is on the left"),
]
_SOURCES = [
    ("scene", "This Frame", "Render the scene's present frame first"),
    ("file", "File", "Take a render that is there already"),
]


def _let_passes_follow(own: Any, _context: Any) -> None:
    """Turn on what every render needs from now on: while Blender renders it is too late."""
    if own.automatic:
        turn_on_passes(own.id_data)
        get_session().wake()


class NST_PG_Render(QualitySettings, StrokeAngle, bpy.types.PropertyGroup):
    """What the artist chooses for a stylized render. result: the latest one."""

    part: bpy.props.EnumProperty(
        name="Part", description="What of the render is painted", items=_PARTS, default="picture"
    )
    strength: bpy.props.FloatProperty(
        name="Style Strength",
        description="0 leaves the render as it is, 1 is style alone",
        min=0.0,
        max=1.0,
        default=0.7,
        subtype="FACTOR",
    )
    auto_stroke: bpy.props.BoolProperty(
        name="Automatic",
        description="Choose strokes so large that the whole painting spans the picture",
        default=True,
    )
    stroke: bpy.props.FloatProperty(
        name="Stroke Size",
        description="Pixels from one brush stroke to the next",
        min=0.1,
        soft_min=1.0,
        soft_max=200.0,
        default=12.0,
        subtype="PIXEL",
    )
    outlines: bpy.props.FloatProperty(
        name="Keep Silhouettes",
        description="Keep the silhouettes and creases of things, as depth, normals and objects tell them",
        min=0.0,
        soft_max=4.0,
        max=100.0,
        default=0.0,
    )
    falloff: bpy.props.FloatProperty(
        name="Detail Falloff",
        description="Keep fewer details of what is far: beyond the camera's focus, if it has depth of field, "
        "or in the world's mist",
        min=0.0,
        soft_max=4.0,
        max=100.0,
        default=0.0,
    )
    projection: bpy.props.EnumProperty(
        name="Shows",
        description="What the picture shows of the world",
        items=_PROJECTIONS,
        default=CAMERA,
    )
    seed: bpy.props.IntProperty(
        name="Seed",
        description="Another number gives another painting in the same style",
        min=0,
        max=2**31 - 1,
        default=0,
    )
    source: bpy.props.EnumProperty(
        name="Render", description="Which render is painted", items=_SOURCES, default="scene"
    )
    finished: bpy.props.StringProperty(
        name="File",
        description="A render that is there already: a multilayer EXR file, or any picture",
        subtype="FILE_PATH",
        default="",
        options=BLEND_RELATIVE,
    )
    finished_eyes: bpy.props.EnumProperty(
        name="Stereo",
        description="Whether the file shows two eyes, and how these lie. Where the scene is in stereo, its "
        "camera says how far they are apart; else that is found in the pictures",
        items=_EYES,
        default=ONE_EYE,
    )
    finished_depth: bpy.props.StringProperty(
        name="Depth File",
        description="Distances that both eyes see, an EXR file laid out as the render; empty for the "
        "render's own pass Depth",
        subtype="FILE_PATH",
        default="",
        options=BLEND_RELATIVE,
    )
    view_layer: bpy.props.StringProperty(
        name="View Layer",
        description="The view layer that is painted; empty for the first that is rendered",
        default="",
    )
    file: bpy.props.StringProperty(
        name="Save To",
        description="A file that the result is also written to: .exr has its light, .png what is seen of it. "
        "What is there is overwritten",
        subtype="FILE_PATH",
        default="",
        options=BLEND_RELATIVE,
    )
    compositor: bpy.props.BoolProperty(
        name="Add to Compositor",
        description="Mix the result over the render in the compositor, by a node with a slider",
        default=True,
    )
    automatic: bpy.props.BoolProperty(
        name="Stylize Every Render",
        description="What Blender itself renders (F12, Ctrl F12, blender -f, blender -a) is stylized as well "
        "once it is there, with these settings. The buttons stylize once, whether this is on or not",
        default=False,
        update=_let_passes_follow,
    )
    for_engine: bpy.props.BoolProperty(
        name="For the Engine",
        description="Whether what is rendered now is for one of the buttons",
        default=False,
        options={"HIDDEN", "SKIP_SAVE"},
    )
    controls: bpy.props.PointerProperty(type=NST_PG_RenderControls)
    result: bpy.props.PointerProperty(type=bpy.types.Image, name="Stylized Render")

    @property
    def painted_projection(self) -> str:
        """What the picture shows; empty for what the camera does."""
        return "" if self.projection == CAMERA else str(self.projection)

    @property
    def finished_layout(self) -> str:
        """How two eyes lie in the finished render, as of ``Stereo``; empty for one."""
        return "" if self.finished_eyes == ONE_EYE else str(self.finished_eyes)


CLASSES = (*MASK_CLASSES, NST_PG_Render)
