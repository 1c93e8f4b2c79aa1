"""The scene's settings, in one group: ``scene.nst``."""

from __future__ import annotations

import math
from typing import Any

import bpy

from .angles import StrokeAngle
from .animation_properties import NST_PG_Animation
from .compat import BLEND_RELATIVE
from .controls import NST_PG_Controls
from .host.directions import holds_strokes
from .host.images import usable_as_style
from .quality import QualitySettings
from .render_properties import NST_PG_Render

SIZES = (256, 512, 1024, 2048, 4096)

_DIRECTIONS = [
    ("up", "Upright", "The painting stands upright on the object"),
    ("curvature", "Around the Form", "Strokes run around the form, the way it bends most"),
    ("uv", "UV Map", "Strokes run up the UV map"),
    ("given", "Drawn", "Strokes follow a curve, a drawing, hair, or a vector attribute"),
    ("x", "X Axis", "Strokes run along the world's X axis"),
    ("y", "Y Axis", "Strokes run along the world's Y axis"),
    ("z", "Z Axis", "Strokes run along the world's Z axis"),
]

# Blender evaluates the annotations below, and comprehensions in them would not see this module's names.
_SIZE_ITEMS = [(str(size), f"{size} px", f"{size} by {size} pixels") for size in SIZES]
_WORLD_SIZES = [
    ("0", "As It Is", "As large as the world's own picture"),
    *((str(size), f"{size} px", f"{size} by {size // 2} pixels") for size in (1024, 2048, 4096, 8192)),
]
_START_ITEMS = [
    ("quilt", "Pieces", "Pieces of the exemplar, joined: keeps bricks in their courses"),
    ("noise", "Noise", "Nothing: the strokes and colours of a painting, and none of the things in it"),
]
_IMAGES_ITEMS = [
    ("pack", "Pack", "New images become part of the .blend file"),
    ("save", "Save to Folder", "New images are saved as files; none that is there is overwritten"),
]
_REPEAT_ITEMS = [
    ("xy", "Both", "Copies fit together on all sides"),
    ("x", "X", "Copies fit together at left and right"),
    ("y", "Y", "Copies fit together at top and bottom"),
]


def _is_guide(_settings: Any, obj: Any) -> bool:
    return holds_strokes(obj)


def _is_style(_settings: Any, image: Any) -> bool:
    return usable_as_style(image)


def _make_thumbnail(settings: Any, _context: Any) -> None:
    if settings.style is not None:
        settings.style.preview_ensure()


class NST_PG_Tile(QualitySettings, bpy.types.PropertyGroup):
    """What the artist chooses for a texture that repeats."""

    exemplar: bpy.props.PointerProperty(
        name="Exemplar",
        description="The picture that the texture is to look like; without one, the style",
        type=bpy.types.Image,
        poll=_is_style,
    )
    size: bpy.props.EnumProperty(
        name="Size",
        description="Width and height of the texture in pixels",
        items=_SIZE_ITEMS,
        default="1024",
    )
    repeat: bpy.props.EnumProperty(
        name="Repeat",
        description="The directions in which copies fit together",
        items=_REPEAT_ITEMS,
        default="xy",
    )
    start: bpy.props.EnumProperty(
        name="Start From", description="What painting begins from", items=_START_ITEMS, default="quilt"
    )
    auto_scale: bpy.props.BoolProperty(
        name="As in the Exemplar",
        description="A pixel of the exemplar is a pixel of the texture, unless the exemplar is larger",
        default=True,
    )
    scale: bpy.props.FloatProperty(
        name="Stroke Scale",
        description="Pixels of the texture for each of the exemplar; half of it makes all half as large",
        min=0.01,
        max=1000.0,
        soft_min=0.1,
        soft_max=4.0,
        default=1.0,
    )
    seed: bpy.props.IntProperty(
        name="Seed",
        description="Another number gives another texture of the same kind",
        min=0,
        max=2**31 - 1,
        default=0,
    )
    assign: bpy.props.BoolProperty(
        name="Assign to Object",
        description="Put the material into the active object's slot; otherwise it only stays in the file",
        default=True,
    )


class NST_PG_World(StrokeAngle, bpy.types.PropertyGroup):
    """What the artist chooses for a stylized world, beside what it has in common with stylized renders."""

    size: bpy.props.EnumProperty(
        name="Size", description="Width of the new panorama in pixels", items=_WORLD_SIZES, default="0"
    )
    auto_stroke: bpy.props.BoolProperty(
        name="Automatic",
        description="Choose strokes so large that the whole painting spans what one sees at once",
        default=True,
    )


class NST_PG_Settings(QualitySettings, bpy.types.PropertyGroup):
    """What the artist chooses."""

    style: bpy.props.PointerProperty(
        name="Style",
        description="The painting whose colours and strokes the texture takes on",
        type=bpy.types.Image,
        poll=_is_style,
        update=_make_thumbnail,
    )
    size: bpy.props.EnumProperty(
        name="Size",
        description="Width and height of the new texture in pixels",
        items=_SIZE_ITEMS,
        default="1024",
    )
    strength: bpy.props.FloatProperty(
        name="Style Strength",
        description="0 keeps what the texture shows and changes its brushwork, 1 is style alone",
        min=0.0,
        max=1.0,
        default=0.7,
        subtype="FACTOR",
    )
    auto_stroke: bpy.props.BoolProperty(
        name="Automatic",
        description="Choose strokes so large that the whole painting spans the object",
        default=True,
    )
    stroke: bpy.props.FloatProperty(
        name="Stroke Size",
        description="Distance from one brush stroke to the next on the surface of the object",
        min=1e-5,
        soft_min=0.001,
        soft_max=10.0,
        default=0.05,
        precision=3,
        subtype="DISTANCE",
    )
    direction: bpy.props.EnumProperty(
        name="Direction",
        description="What the painting's upright runs along on the surface",
        items=_DIRECTIONS,
        default="up",
    )
    guide: bpy.props.PointerProperty(
        name="Strokes",
        description="A curve or drawing on the surface that strokes follow; empty for the object's own hair",
        type=bpy.types.Object,
        poll=_is_guide,
    )
    guide_attribute: bpy.props.StringProperty(
        name="Attribute",
        description="A vector attribute of the mesh that strokes follow instead",
        default="",
    )
    angle: bpy.props.FloatProperty(
        name="Turn Strokes",
        description="Turn all strokes in the surface, counterclockwise",
        min=0.0,
        max=2 * math.pi,
        default=0.0,
        subtype="ANGLE",
    )
    occlusion: bpy.props.FloatProperty(
        name="Occlusion",
        description="Darken what lies in the object's own shade, so that strokes follow its shape",
        min=0.0,
        max=1.0,
        default=0.0,
        subtype="FACTOR",
    )
    curvature: bpy.props.FloatProperty(
        name="Curvature",
        description="Lighten edges and darken creases, so that strokes follow them",
        min=0.0,
        max=1.0,
        default=0.0,
        subtype="FACTOR",
    )
    relief: bpy.props.BoolProperty(
        name="Impasto",
        description="Give the paint a thickness, so that brush ridges catch the light",
        default=False,
    )
    seed: bpy.props.IntProperty(
        name="Seed",
        description="Another number gives another painting in the same style",
        min=0,
        max=2**31 - 1,
        default=0,
    )
    controls: bpy.props.PointerProperty(type=NST_PG_Controls)
    show_on_model: bpy.props.BoolProperty(
        name="Show on Model",
        description="Let the object wear what is painted so far, while the engine paints",
        default=True,
    )
    tile: bpy.props.PointerProperty(type=NST_PG_Tile)
    render: bpy.props.PointerProperty(type=NST_PG_Render)
    animation: bpy.props.PointerProperty(type=NST_PG_Animation)
    world: bpy.props.PointerProperty(type=NST_PG_World)
    device: bpy.props.StringProperty(
        name="Device",
        description="Where the engine computes, as PyTorch names it (auto, cpu, cuda, cuda:1, mps)",
        default="auto",
    )
    uv_map: bpy.props.StringProperty(
        name="UV Map",
        description="UV map of the new texture; empty for the one that renders use",
        default="",
    )
    images: bpy.props.EnumProperty(
        name="Images",
        description="Where new images are kept",
        items=_IMAGES_ITEMS,
        default="pack",
    )
    image_folder: bpy.props.StringProperty(
        name="Folder",
        description="Where new images are saved; // is the folder of the .blend file",
        subtype="DIR_PATH",
        default="//textures/",
        options=BLEND_RELATIVE,
    )
