"""Painted spheres and what is made of them: ``scene.nst_sphere``."""

from __future__ import annotations

from typing import Any

import bpy

from ..core.protocol import BLIT, FRONTS, GUIDES, PATCHES, JobError, Remedy, SphereJob, SphereTextureJob
from .animation_properties import boil_property, rate_property
from .compat import BLEND_RELATIVE
from .host.images import usable_as_style
from .properties import SIZES
from .sphere_ball import circle_said, picture_chosen

EVERYTHING = "everything"
_SCOPES = [
    (EVERYTHING, "Everything", "All that no other sphere is for", "WORLD", 0),
    ("object", "Object", "What is seen of an object", "OBJECT_DATA", 1),
    ("material", "Material", "What is seen of a material", "MATERIAL", 2),
    ("collection", "Collection", "What is seen of a collection's objects", "OUTLINER_COLLECTION", 3),
]
_METHODS = [
    (BLIT, "Pieces", "Copy pieces of the sphere as they are (StyleBlit): at once, and true to every stroke"),
    (PATCHES, "Patches", "Fit patches of the sphere to each other: slower, for large strokes and patterns"),
]
_FRONT_HINTS = {
    "front": "The object's front, as in the front view (Numpad 1), looks at the viewer",
    "back": "The object's back looks at the viewer",
    "left": "The object's left side looks at the viewer",
    "right": "The object's right side looks at the viewer",
    "around": "Every side has what the sphere has there, seen by one who walks around; up stays up",
}
_FRONT_ITEMS = [(front, front.capitalize(), _FRONT_HINTS[front]) for front in FRONTS]
_SIZE_ITEMS = [(str(size), f"{size} px", f"{size} by {size} pixels") for size in SIZES]
_BALL_SIZES = [
    ("512", "512 px", "For wide strokes, and quick to paint"),
    ("1024", "1024 px", "For fine strokes"),
]
_WEIGHTS = dict(SphereJob.weights)


def _is_picture(_item: Any, image: Any) -> bool:
    return usable_as_style(image)


def _is_lamp(_settings: Any, obj: Any) -> bool:
    return bool(obj.type == "LIGHT")


def _weight(guide: str, name: str, what: str) -> Any:
    return bpy.props.FloatProperty(
        name=name,
        description=f"How much it counts that {what} alike on the sphere and on the model",
        min=0.0,
        soft_max=4.0,
        max=1000.0,
        default=_WEIGHTS.get(guide, 0.0),
    )


class NST_PG_Sphere(bpy.types.PropertyGroup):
    """A painted sphere. Its name is what the list shows."""

    picture: bpy.props.PointerProperty(
        name="Picture",
        description="The painted sphere",
        type=bpy.types.Image,
        poll=_is_picture,
        update=picture_chosen,
    )
    light: bpy.props.PointerProperty(
        name="Plain Sphere",
        description="The plain sphere as it was rendered, framed as the picture is: what is painted over",
        type=bpy.types.Image,
    )
    guides: bpy.props.StringProperty(
        name="Guides",
        description="A multilayer EXR file of the plain sphere in the light that the picture was painted "
        "for; empty where only its form is known",
        subtype="FILE_PATH",
        default="",
        options=BLEND_RELATIVE,
    )
    circle: bpy.props.FloatVectorProperty(
        name="Ball",
        description="Where the ball is in the picture: its middle, from the left and from the top, and its "
        "radius, in pixels. A radius of 0 lets it be looked for",
        size=3,
        min=0.0,
        default=(0.0, 0.0, 0.0),
        update=circle_said,
    )
    framed: bpy.props.IntVectorProperty(
        name="Framed",
        description="Size of the picture that the ball was said of",
        size=2,
        options={"HIDDEN"},
    )
    height: bpy.props.PointerProperty(
        name="Height",
        description="How thick the paint lies, framed as the picture is: white is high",
        type=bpy.types.Image,
        poll=_is_picture,
    )
    roughness: bpy.props.PointerProperty(
        name="Roughness",
        description="How matt the paint is, framed as the picture is: black shines",
        type=bpy.types.Image,
        poll=_is_picture,
    )
    scope: bpy.props.EnumProperty(
        name="For", description="What looks like this sphere", items=_SCOPES, default=EVERYTHING
    )
    object: bpy.props.PointerProperty(
        name="Object", description="Looks like this sphere wherever it is seen", type=bpy.types.Object
    )
    material: bpy.props.PointerProperty(
        name="Material", description="Looks like this sphere wherever it is seen", type=bpy.types.Material
    )
    collection: bpy.props.PointerProperty(
        name="Collection",
        description="Its objects look like this sphere wherever they are seen",
        type=bpy.types.Collection,
    )

    def region(self) -> str:
        """What it is for, as a job writes it; empty for everything. Raises JobError ("mask_missing")."""
        if self.scope == EVERYTHING:
            return ""
        thing = getattr(self, self.scope)
        if thing is None:
            raise JobError(
                "mask_missing",
                f"The sphere '{self.name}' is for one {self.scope}, but none is chosen. Choose one, or "
                "Everything.",
                Remedy.CHANGE_SETTING,
            )
        return f"{self.scope}:{thing.name}"


class NST_PG_SphereSettings(bpy.types.PropertyGroup):
    """The scene's spheres, and how things are made to look like them."""

    spheres: bpy.props.CollectionProperty(type=NST_PG_Sphere)
    active: bpy.props.IntProperty(name="Active Sphere", min=0, default=0)
    ball_size: bpy.props.EnumProperty(
        name="Sphere Size",
        description="Width and height of the pictures of new spheres",
        items=_BALL_SIZES,
        default="512",
    )
    method: bpy.props.EnumProperty(
        name="Method",
        description="How the sphere's paint comes onto the model",
        items=_METHODS,
        default=SphereJob.method,
    )
    weight_normal: _weight("normal", "Form", "surfaces face")
    weight_direct: _weight("direct", "Direct Light", "lamps light them")
    weight_indirect: _weight("indirect", "Bounced Light", "light from other things falls on them")
    weight_specular: _weight("specular", "Highlights", "they shine")
    weight_occlusion: _weight("occlusion", "Occlusion", "they are hidden from the sky")
    weight_depth: _weight("depth", "Depth", "they are far away")
    weight_object: _weight("object", "Object Index", "they have an object index")
    tolerance: bpy.props.FloatProperty(
        name="Tolerance",
        description="How much may differ within a piece: more gives larger pieces, which keep more of the "
        "brushwork and less of the form",
        min=0.0,
        soft_max=1.0,
        max=4.0,
        default=SphereJob.tolerance,
    )
    scale: bpy.props.FloatProperty(
        name="Stroke Scale",
        description="Pixels of the render for each of the sphere's picture; 2 makes strokes twice as wide",
        min=0.05,
        max=20.0,
        soft_min=0.25,
        soft_max=4.0,
        default=SphereJob.scale,
    )
    boil: boil_property()
    rate: rate_property()
    harmony: bpy.props.FloatProperty(
        name="Harmony",
        description="How strongly a neural network draws the result to the sphere's texture; 0 is off",
        min=0.0,
        max=1.0,
        default=SphereJob.harmony,
        subtype="FACTOR",
    )
    view_layer: bpy.props.StringProperty(
        name="View Layer",
        description="The view layer that is painted; empty for the first that is rendered",
        default="",
    )
    output: bpy.props.StringProperty(
        name="Frames",
        description="Where an animation's frames go, # standing for digits: .png and .jpg have what is seen, "
        ".exr has light. In a folder, whose name ends in a slash, they are named after the .blend file and "
        "the scene",
        subtype="FILE_PATH",
        default="//painted/",
        options=BLEND_RELATIVE,
    )
    compositor: bpy.props.BoolProperty(
        name="Add to Compositor",
        description="Lay the result over the render in the compositor, by a node with a slider",
        default=True,
    )
    result: bpy.props.PointerProperty(type=bpy.types.Image, name="Painted Render")
    size: bpy.props.EnumProperty(
        name="Texture Size",
        description="Width and height of a texture in pixels",
        items=_SIZE_ITEMS,
        default=str(SphereTextureJob.size),
    )
    front: bpy.props.EnumProperty(
        name="Seen From",
        description="The side of the object that looks at the viewer, as the sphere does",
        items=_FRONT_ITEMS,
        default=SphereTextureJob.front,
    )
    auto_stroke: bpy.props.BoolProperty(
        name="As Large as the Object",
        description="Let the ball of the sphere be as large as the object",
        default=True,
    )
    stroke: bpy.props.FloatProperty(
        name="Ball Radius",
        description="Radius of the sphere's ball on the surface: smaller makes finer strokes",
        min=0.0,
        soft_max=10.0,
        default=1.0,
        subtype="DISTANCE",
    )
    lamp: bpy.props.PointerProperty(
        name="Follow Lamp",
        description="The lamp from which a live material is lit; without one, it is lit as the sphere is "
        "painted, wherever one stands",
        type=bpy.types.Object,
        poll=_is_lamp,
    )
    unlit: bpy.props.BoolProperty(
        name="Unlit",
        description="Show the painting as it is, for its light is painted in it; else the scene's lamps "
        "light it as well",
        default=True,
    )
    seed: bpy.props.IntProperty(
        name="Seed",
        description="Another number lays the strokes elsewhere",
        min=0,
        max=2**31 - 1,
        default=SphereJob.seed,
    )

    def weights(self) -> tuple[tuple[str, float], ...]:
        """Those of guides that count, as a job writes them."""
        found = ((guide, round(getattr(self, f"weight_{guide}"), 6)) for guide in GUIDES)
        return tuple((guide, weight) for guide, weight in found if weight > 0)

    @property
    def active_sphere(self) -> Any:
        """The ``NST_PG_Sphere`` that the list shows as chosen; None if there is none."""
        return self.spheres[self.active] if self.active < len(self.spheres) else None

    def add(self, name: str, picture: Any) -> Any:
        """A new ``NST_PG_Sphere`` at the end, active. Its name has a number if there is one of that name."""
        sphere = self.spheres.add()
        sphere.name, sphere.picture = self.free_name(name), picture
        self.active = len(self.spheres) - 1
        return sphere

    def free_name(self, name: str) -> str:
        """The name, with a number after it if a sphere has it already."""
        names = (name, *(f"{name}.{number:03}" for number in range(1, len(self.spheres) + 2)))
        return next(each for each in names if each not in self.spheres)


CLASSES = (NST_PG_Sphere, NST_PG_SphereSettings)
