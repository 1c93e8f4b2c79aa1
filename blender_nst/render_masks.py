"""Regions of a stylized render, as the panel has them: ``scene.nst.render.controls.masks``."""

from __future__ import annotations

from math import radians
from typing import Any

import bpy

from ..core.protocol import JobError, Remedy
from .angles import StrokeAngle
from .controls import PICTURE, ControlSettings, MaskSettings, need_picture_mask, need_region
from .host.images import usable_as_style

_REGIONS = [
    (PICTURE, "Image", "A picture, stretched over the render", "IMAGE_DATA", 0),
    ("object", "Object", "What is seen of an object (Cryptomatte)", "OBJECT_DATA", 1),
    ("material", "Material", "What is seen of a material (Cryptomatte)", "MATERIAL", 2),
    ("asset", "Asset", "What is seen of an object and all its children (Cryptomatte)", "OUTLINER", 3),
    (
        "collection",
        "Collection",
        "What is seen of a collection's objects (Cryptomatte)",
        "OUTLINER_COLLECTION",
        5,
    ),
    ("index", "Object Index", "What is seen of objects with a pass index", "LINENUMBERS_ON", 4),
    ("material_index", "Material Index", "What is seen of materials with a pass index", "LINENUMBERS_ON", 6),
    ("aov", "AOV", "What materials write to a pass of their own", "SHADERFX", 7),
    ("depth", "Distance", "What is so far from the camera", "DRIVER_DISTANCE", 8),
    ("mist", "Mist", "The mist pass, as set in the world's properties", "MOD_FLUID", 9),
]


def _is_picture(_item: Any, image: Any) -> bool:
    return usable_as_style(image)


class NST_PG_RenderMask(MaskSettings, StrokeAngle, bpy.types.PropertyGroup):
    """A region of a render, and its style."""

    source: bpy.props.EnumProperty(
        name="Source", description="What says where the style belongs", items=_REGIONS, default="object"
    )
    mask: bpy.props.PointerProperty(
        name="Mask",
        description="A picture that is white where the style belongs",
        type=bpy.types.Image,
        poll=_is_picture,
    )
    object: bpy.props.StringProperty(name="Object", description="The style belongs where it is seen")
    material: bpy.props.StringProperty(name="Material", description="The style belongs where it is seen")
    asset: bpy.props.StringProperty(
        name="Asset", description="An object without a parent; the style belongs where it or a child is seen"
    )
    index: bpy.props.IntProperty(
        name="Object Index",
        description="Pass Index of objects, as set in Object Properties > Relations",
        min=0,
        default=1,
    )
    collection: bpy.props.StringProperty(
        name="Collection", description="The style belongs where its objects are seen"
    )
    material_index: bpy.props.IntProperty(
        name="Material Index",
        description="Pass Index of materials, as set in Material Properties > Settings",
        min=0,
        default=1,
    )
    aov: bpy.props.StringProperty(
        name="AOV", description="A shader AOV of the view layer; the style belongs where it is white"
    )
    near: bpy.props.FloatProperty(
        name="From",
        description="The style begins so far from the camera",
        min=0.0,
        default=0.0,
        subtype="DISTANCE",
    )
    far: bpy.props.FloatProperty(
        name="To",
        description="The style ends so far from the camera; 0 is never",
        min=0.0,
        default=10.0,
        subtype="DISTANCE",
    )
    begin: bpy.props.FloatProperty(
        name="From",
        description="The mist in which the style begins; more than To turns the mask round",
        min=0.0,
        max=1.0,
        default=0.0,
        subtype="FACTOR",
    )
    end: bpy.props.FloatProperty(
        name="To",
        description="The mist in which the style is whole",
        min=0.0,
        max=1.0,
        default=1.0,
        subtype="FACTOR",
    )
    soften: bpy.props.FloatProperty(
        name="Soften",
        description="Over how many pixels the region fades into the rest",
        min=0.0,
        soft_max=100.0,
        default=0.0,
        subtype="PIXEL",
    )
    soften_angle: bpy.props.FloatProperty(
        name="Soften",
        description="Over what angle the region fades into the rest of a panorama",
        min=0.0,
        max=radians(90),
        soft_max=radians(30),
        default=0.0,
        subtype="ANGLE",
    )
    stroke: bpy.props.FloatProperty(
        name="Stroke Size",
        description="Pixels from one brush stroke to the next in this region",
        min=0.1,
        soft_min=1.0,
        soft_max=200.0,
        default=12.0,
        subtype="PIXEL",
    )

    def region(self, number: int) -> str:
        """What it names, as a job writes it. number: of the mask, for messages. Raises JobError."""
        if self.source == PICTURE:
            return need_picture_mask(self.mask, number)
        if self.source == "depth" and self.far and self.near >= self.far:
            raise _empty_range(number, "begins farther away than it ends. Let From be less than To")
        if self.source == "depth":
            return (
                f"depth:{_decimal(self.near)}-{_decimal(self.far)}"
                if self.far
                else f"depth:{_decimal(self.near)}-"
            )
        if self.source == "mist":
            if self.begin == self.end:
                raise _empty_range(number, "begins where it is whole. Let From and To differ")
            return f"mist:{_decimal(self.begin)}-{_decimal(self.end)}"
        words = {"asset": "object", "aov": "AOV"}
        name = str(getattr(self, self.source))
        return need_region(self.source, name, words.get(self.source, self.source), number)


class NST_PG_RenderControls(ControlSettings, bpy.types.PropertyGroup):
    """Those of a render."""

    masks: bpy.props.CollectionProperty(type=NST_PG_RenderMask)


def _empty_range(number: int, why: str) -> JobError:
    return JobError("mask_missing", f"Mask {number} {why}.", Remedy.CHANGE_SETTING)


def _decimal(value: float) -> str:
    """A number without an exponent, as masks are written with."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


CLASSES = (NST_PG_RenderMask, NST_PG_RenderControls)
