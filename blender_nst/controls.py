"""The scene's further controls: colour, more styles, masks, losses; and what they mean for a job."""

from __future__ import annotations

from typing import Any

import bpy

from ..core.protocol import Controls, JobError, Mask, Remedy
from .angles import degrees_of
from .host.images import usable_as_style

_COLORS = [
    ("style", "Of the Style", "Take the painting's colours"),
    ("keep", "Keep", "Keep the colours that are there and take only the brushwork, by their light and dark"),
    ("match-oklab", "Match Mood", "Recolour the painting to the average colours that are there first"),
    ("match-linear", "Match Palette", "Recolour the painting to the palette that is there first"),
    ("match-histogram", "Match Exactly", "Give the painting exactly the colours that are there first"),
]
_AS_ABOVE = "job"
_MASK_COLORS = [(_AS_ABOVE, "As Above", "The same as for the rest"), *_COLORS]
PICTURE = "picture"
_SOURCES = [
    (PICTURE, "Image", "A picture on the object's UV map", "IMAGE_DATA", 0),
    ("group", "Vertex Group", "The weights of a vertex group", "GROUP_VERTEX", 1),
    ("color", "Colour Attribute", "How light the painted colours of vertices are", "GROUP_VCOL", 2),
    ("faceset", "Face Set", "A face set, as Sculpt Mode makes them", "FACE_MAPS", 3),
    ("material", "Material", "The faces of a material", "MATERIAL", 4),
]
_LOSSES = [
    ("w2", "Balanced", "Wasserstein-2 distance of the features: the best for most paintings"),
    ("gram", "Gram", "Gram matrices, as in the first paper (Gatys et al. 2015)"),
    ("sliced", "Sliced", "Sliced Wasserstein distance: the whole distribution, for crisp patterns"),
    ("nn", "Nearest Neighbour", "Every place looks like some place of the painting: its very strokes"),
    ("bn", "Mean and Deviation", "Only each feature's mean and deviation: loose and fast"),
    ("mmd-poly", "Polynomial MMD", "Maximum mean discrepancy with a polynomial kernel"),
    ("mmd-gauss", "Gaussian MMD", "Maximum mean discrepancy with a Gaussian kernel"),
]
_FILE = "file"
_NETWORKS = [
    ("embedded", "Built In", "VGG-19 as it comes with the add-on: the best for most paintings"),
    ("vgg19", "VGG-19, PyTorch's", "Trained by other people: a little rougher. Downloaded once, 550 MB"),
    ("vgg16", "VGG-16, PyTorch's", "A smaller network: faster and looser. Downloaded once, 530 MB"),
    (_FILE, "From a File", "A VGG-16 or VGG-19 of your own"),
]
_POOLINGS = [
    ("max", "Maximum", "As the network was trained: crisp"),
    ("average", "Average", "As the first paper has it: softer"),
]


def _is_style(_item: Any, image: Any) -> bool:
    return usable_as_style(image)


class NST_PG_StyleItem(bpy.types.PropertyGroup):
    """A further style and its weight."""

    image: bpy.props.PointerProperty(
        name="Style", description="A further painting", type=bpy.types.Image, poll=_is_style
    )
    weight: bpy.props.FloatProperty(
        name="Weight",
        description="How much it counts; the first style counts 1",
        min=0.0,
        soft_max=2.0,
        max=100.0,
        default=1.0,
    )


class MaskSettings:
    """What a region's painting has, whatever says where the region is."""

    style: bpy.props.PointerProperty(
        name="Style", description="The painting of this region", type=bpy.types.Image, poll=_is_style
    )
    strength: bpy.props.FloatProperty(
        name="Strength",
        description="Style strength in this region",
        min=0.0,
        max=1.0,
        default=0.7,
        subtype="FACTOR",
    )
    color: bpy.props.EnumProperty(
        name="Colours", description="Whose colours this region has", items=_MASK_COLORS, default=_AS_ABOVE
    )
    own_stroke: bpy.props.BoolProperty(
        name="Own Stroke Size", description="Give this region strokes of another size", default=False
    )


class NST_PG_MaskItem(MaskSettings, bpy.types.PropertyGroup):
    """A region of a mesh, and its style."""

    source: bpy.props.EnumProperty(
        name="Source", description="What says where the style belongs", items=_SOURCES, default=PICTURE
    )
    mask: bpy.props.PointerProperty(
        name="Mask",
        description="A picture on the object's UV map: white where the style belongs",
        type=bpy.types.Image,
        poll=_is_style,
    )
    group: bpy.props.StringProperty(
        name="Vertex Group", description="The style belongs where its weight is 1", default=""
    )
    attribute: bpy.props.StringProperty(
        name="Colour Attribute", description="The style belongs where it is white", default=""
    )
    face_set: bpy.props.IntProperty(
        name="Face Set", description="Number of the face set that the style belongs to", min=0, default=1
    )
    material: bpy.props.StringProperty(
        name="Material", description="The style belongs to the faces that have it", default=""
    )
    soften: bpy.props.FloatProperty(
        name="Soften",
        description="Distance along the surface over which the region fades into the rest",
        min=0.0,
        soft_max=1.0,
        default=0.0,
        precision=3,
        subtype="DISTANCE",
    )
    stroke: bpy.props.FloatProperty(
        name="Stroke Size",
        description="Distance from one brush stroke to the next in this region",
        min=1e-5,
        soft_min=0.001,
        soft_max=10.0,
        default=0.05,
        precision=3,
        subtype="DISTANCE",
    )

    def region(self, number: int) -> str:
        """What it names, as a job writes it. number: of the mask, for messages. Raises JobError."""
        if self.source == PICTURE:
            return need_picture_mask(self.mask, number)
        names = {"group": self.group, "color": self.attribute, "material": self.material}
        words = {"group": "vertex group", "color": "colour attribute", "material": "material"}
        if self.source == "faceset":
            return f"faceset:{self.face_set}"
        return need_region(self.source, names[self.source], words[self.source], number)


class ControlSettings:
    """What an artist controls beyond painting, strength and strokes, but for masks."""

    color: bpy.props.EnumProperty(
        name="Colours", description="Whose colours the result has", items=_COLORS, default="style"
    )
    styles: bpy.props.CollectionProperty(type=NST_PG_StyleItem)
    coarse: bpy.props.PointerProperty(
        name="Forms From",
        description="A painting whose large forms are taken; strokes and colours stay the style's",
        type=bpy.types.Image,
        poll=_is_style,
    )
    loss: bpy.props.EnumProperty(
        name="Likeness", description="How likeness to the painting is measured", items=_LOSSES, default="w2"
    )
    content: bpy.props.FloatProperty(
        name="Features",
        description="How much what there is to see is kept, against its other traits below",
        min=0.0,
        soft_max=4.0,
        max=100.0,
        default=1.0,
    )
    similarity: bpy.props.FloatProperty(
        name="Structure",
        description="Keep which parts are alike, whatever they look like",
        min=0.0,
        soft_max=4.0,
        max=100.0,
        default=0.0,
    )
    edges: bpy.props.FloatProperty(
        name="Outlines",
        description="Keep the outlines that are there",
        min=0.0,
        soft_max=4.0,
        max=100.0,
        default=0.0,
    )
    smooth: bpy.props.FloatProperty(
        name="Smoothness", description="Calm small specks", min=0.0, soft_max=4.0, max=100.0, default=0.0
    )
    network: bpy.props.EnumProperty(
        name="Network",
        description="The network that looks at painting and object",
        items=_NETWORKS,
        default="embedded",
    )
    network_file: bpy.props.StringProperty(
        name="File",
        description="The network's weights (.safetensors, .pth), of Caffe or PyTorch",
        subtype="FILE_PATH",
        default="",
    )
    pooling: bpy.props.EnumProperty(
        name="Pooling", description="How the network shrinks what it sees", items=_POOLINGS, default="max"
    )


class NST_PG_Controls(ControlSettings, bpy.types.PropertyGroup):
    """Those of a texture."""

    masks: bpy.props.CollectionProperty(type=NST_PG_MaskItem)


def controls_from_scene(settings: Any, regions: bool = True, angles: bool = False) -> Controls:
    """A job's controls, images by their names in the file. regions: masks that are no pictures, too.

    angles: whether masks' strokes are those of a panorama.

    Raises JobError: "style_missing" for an entry without its image, "mask_missing" for one that names no
    region, "weights_missing" without the network's file.
    """
    for number, item in enumerate(settings.styles, 2):
        _need(item.image, f"Style {number} has no painting")
    return Controls(
        color=settings.color,
        blend=tuple((item.image.name, round(item.weight, 6)) for item in settings.styles),
        coarse=settings.coarse.name if settings.coarse is not None else "",
        masks=tuple(
            _mask(item, number, angles)
            for number, item in enumerate(settings.masks, 1)
            if regions or item.source == PICTURE
        ),
        losses=((settings.loss, 1.0),),
        content=round(settings.content, 6),
        similarity=round(settings.similarity, 6),
        edges=round(settings.edges, 6),
        smooth=round(settings.smooth, 6),
        network=network_of(settings),
        pooling=settings.pooling,
    )


def _mask(item: Any, number: int, angles: bool) -> Mask:
    region = item.region(number)
    stroke = degrees_of(item.stroke_angle) if angles else round(item.stroke, 6)
    soften = degrees_of(item.soften_angle) if angles else round(item.soften, 6)
    _need(item.style, f"Mask {number} has no painting")
    return Mask(
        region,
        item.style.name,
        strength=round(item.strength, 6),
        stroke=stroke if item.own_stroke else 0.0,
        color="" if item.color == _AS_ABOVE else item.color,
        soften=soften,
    )


def need_picture_mask(image: Any, number: int) -> str:
    """The name of a mask's picture. Raises JobError ("style_missing")."""
    _need(image, f"Mask {number} has no picture")
    return str(image.name)


def need_region(kind: str, name: str, what: str, number: int) -> str:
    """A region by its kind and name, as a job writes it. Raises JobError ("mask_missing") without a name."""
    if not name:
        raise JobError(
            "mask_missing",
            f"Mask {number} names no {what}. Choose one, or remove the entry.",
            Remedy.CHANGE_SETTING,
        )
    return f"{kind}:{name}"


def network_of(settings: Any) -> str:
    """The network that is chosen. Raises JobError ("weights_missing") where its file is not."""
    if settings.network != _FILE:
        return str(settings.network)
    if not settings.network_file:
        raise JobError(
            "weights_missing",
            "No file is chosen for the network. Choose one under Advanced, or the network that is built in.",
            Remedy.CHANGE_SETTING,
        )
    return str(bpy.path.abspath(settings.network_file))


def _need(image: Any, what: str) -> None:
    if image is None:
        raise JobError("style_missing", f"{what}. Choose one, or remove the entry.", Remedy.CHOOSE_IMAGE)


CLASSES = (NST_PG_StyleItem, NST_PG_MaskItem, NST_PG_Controls)
