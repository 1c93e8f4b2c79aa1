"""Nodes that find where on a painted sphere a surface faces as it does here.

A plain look-up by the normal, as of a matcap, makes one colour of a flat face, and squeezes the paint where
a surface bends sharply. So the surface is cut into pieces, and each copies a piece of the painting as it is,
from where that faces the way the piece does: the idea of StyleBlit (Sykora et al. 2019), as far as nodes go,
which cannot look at a neighbour. Pieces are cells of jittered seeds in the object's space, so that they stick
to it, cut by cells of its normals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .node_maths import NodeMaths

CENTRE, RADIUS = "Centre", "Radius"
LIGHT, AT_PLACE, PAINTED_LIGHT = "Light", "Light Is a Place", "Painted Light"
TEXTURE, PIECE, SCALE = "Stroke Texture", "Piece Size", "Paint Scale"
RIM = 0.985
"""Of a ball's radius: what lies farther out is taken from inside, for it may be mixed with the background."""
REST = "rest_position"
"""Blender's attribute of where a point was before shape keys and modifiers."""
_LAYERS = ((0.0, 0.0, 0.0), (7.31, 3.77, 5.13))  # how far the seeds of each are moved, in cells
_SOFT = 0.08  # of a cell: where one layer's pieces fade into the other's
_FINE = 0.6  # of what normals differ by across a piece of the painting: how wide cells of normals are
_HARD = 3.0  # times as hard as those are borders between cells of normals
_NORMAL_STEPS = (0.05, 0.7)
_STRAY = (0.16, 0.16, 0.0)  # balls' radii in which pieces that face one way are taken, that they differ
_TOWARDS_VIEWER = (0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Layer:
    """Pieces that cover a surface. place: in the image; cover: 0 at their borders, 1 inside."""

    place: Any
    cover: Any


@dataclass(frozen=True)
class _View:
    """Unit vectors in camera space (x right, y up, z towards the viewer): to the viewer, to the lamp as it
    is seen from there, and to the lamp in the painting.
    """

    viewer: Any
    light: Any
    painted: Any


def layers_of(maths: NodeMaths, inputs: Mapping[str, Any]) -> list[Layer]:
    """Two layers, whose borders lie elsewhere. inputs: the group's sockets by the names above."""
    view = _view(maths, inputs)
    geometry = maths.node("ShaderNodeNewGeometry")
    normal = maths.turn(geometry.outputs["Normal"], "NORMAL", "WORLD", "OBJECT")
    plain = _on_ball(maths, view, normal)
    where = _rest_place(maths)
    size = maths.value("MAXIMUM", inputs[PIECE], 1e-6)
    step = _normal_step(maths, size, inputs[SCALE])
    layers = []
    for shift in _LAYERS:
        _, off, border, chance = _cells(maths, where, size, shift)
        # In each piece cells of normals lie elsewhere: else a cylinder would be cut from end to end.
        own, _, edge, _ = _cells(maths, normal, step, maths.scale(chance, 10.0))
        own = maths.vector("NORMALIZE", own)
        high = maths.node("ShaderNodeVectorMath", off, own, operation="DOT_PRODUCT").outputs["Value"]
        along = maths.vector("SUBTRACT", off, maths.scale(own, high))  # for seeds do not lie on the surface
        moved = maths.scale(maths.turn(along, "VECTOR", "OBJECT", "CAMERA"), inputs[SCALE])
        stray = maths.vector("MULTIPLY_ADD", maths.vector("SUBTRACT", chance, (0.5, 0.5, 0.5)), _STRAY, moved)
        piece = maths.vector("ADD", _on_ball(maths, view, own), stray)
        ball = maths.mix("Vector", inputs[TEXTURE], plain, piece)
        # A flat face may lie at a border of normals as a whole: it is not to be made of two layers for that.
        inner = maths.value("MINIMUM", border, maths.value("MULTIPLY", edge, _HARD))
        cover = maths.node("ShaderNodeMapRange", inner, 0.0, _SOFT, interpolation_type="SMOOTHSTEP")
        layers.append(Layer(_in_image(maths, ball, inputs), cover.outputs["Result"]))
    return layers


def _view(maths: NodeMaths, inputs: Mapping[str, Any]) -> _View:
    viewer = _seen(maths, maths.node("ShaderNodeNewGeometry").outputs["Incoming"], "VECTOR", "WORLD")
    painted = maths.vector("NORMALIZE", inputs[PAINTED_LIGHT])
    # A lamp at a place lights the whole object from one direction, so that pieces stay as they are.
    own = maths.node("ShaderNodeObjectInfo").outputs["Location"]
    light = maths.vector("SUBTRACT", inputs[LIGHT], maths.scale(own, inputs[AT_PLACE]))
    given = maths.value("GREATER_THAN", maths.length(light), 1e-6)
    light = _seen(maths, light, "VECTOR", "WORLD")
    light = maths.between(light, viewer, _TOWARDS_VIEWER)
    return _View(viewer, maths.mix("Vector", given, painted, light), painted)


def _seen(maths: NodeMaths, vector: Any, kind: str, start: str) -> Any:
    """A unit vector in camera space. Blender's own looks along z, not against it."""
    turned = maths.vector("MULTIPLY", maths.turn(vector, kind, start, "CAMERA"), (1.0, 1.0, -1.0))
    return maths.vector("NORMALIZE", turned)


def _on_ball(maths: NodeMaths, view: _View, normal: Any) -> Any:
    """Where a ball of radius 1 has a normal of the object, seen and lit as the surface is."""
    seen = maths.between(_seen(maths, normal, "NORMAL", "OBJECT"), view.viewer, _TOWARDS_VIEWER)
    seen = maths.between(seen, view.light, view.painted)
    flat = maths.vector("MULTIPLY", seen, (1.0, 1.0, 0.0))
    depth = maths.node("ShaderNodeSeparateXYZ", seen).outputs["Z"]
    away = maths.value("LESS_THAN", depth, 0.0)
    return maths.mix("Vector", away, flat, maths.vector("NORMALIZE", flat))


def _in_image(maths: NodeMaths, ball: Any, inputs: Mapping[str, Any]) -> Any:
    """A place on the ball in the image; what lies beyond the rim is mirrored in it."""
    flat = maths.vector("MULTIPLY", ball, (1.0, 1.0, 0.0))
    far = maths.length(flat)
    back = maths.value("DIVIDE", maths.value("PINGPONG", far, RIM), maths.value("MAXIMUM", far, 1e-6))
    return maths.vector("MULTIPLY_ADD", maths.scale(flat, back), inputs[RADIUS], inputs[CENTRE])


def _rest_place(maths: NodeMaths) -> Any:
    """Where the point is in the object; where it was before it was deformed, if the object remembers."""
    rest = maths.node("ShaderNodeAttribute", attribute_name=REST).outputs["Vector"]
    own = maths.node("ShaderNodeTexCoord").outputs["Object"]
    remembers = maths.value("GREATER_THAN", maths.length(rest), 0.0)
    return maths.mix("Vector", remembers, own, rest)


def _normal_step(maths: NodeMaths, size: Any, scale: Any) -> Any:
    """How wide cells of normals are."""
    unit = maths.turn((0.577, 0.577, 0.577), "VECTOR", "OBJECT", "WORLD")
    wide = maths.value("MULTIPLY", maths.value("MULTIPLY", maths.length(unit), size), scale)
    return maths.node("ShaderNodeClamp", maths.value("MULTIPLY", wide, _FINE), *_NORMAL_STEPS).outputs[
        "Result"
    ]


def _cells(maths: NodeMaths, place: Any, size: Any, shift: Any) -> tuple[Any, Any, Any, Any]:
    """The nearest of jittered seeds about ``size`` apart, the way from it, how many cells the border is away,
    and three numbers of the seed's own, 0 to 1.
    """
    wide = maths.node("ShaderNodeCombineXYZ", size, size, size).outputs["Vector"]
    scaled = maths.vector("ADD", maths.vector("DIVIDE", place, wide), shift)
    nearest, border = (
        maths.node("ShaderNodeTexVoronoi", scaled, feature=feature) for feature in ("F1", "DISTANCE_TO_EDGE")
    )
    for node in (nearest, border):
        node.inputs["Scale"].default_value = 1.0
    off = maths.scale(maths.vector("SUBTRACT", scaled, nearest.outputs["Position"]), size)
    return maths.vector("SUBTRACT", place, off), off, border.outputs["Distance"], nearest.outputs["Color"]
