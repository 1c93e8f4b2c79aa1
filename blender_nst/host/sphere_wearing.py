"""A painted sphere on an object, sized to it and lit by a lamp. ``materials.remove_style`` takes it off."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from math import floor, sqrt
from typing import Any

import bpy
from mathutils import Matrix, Vector

from .groups import group_images
from .materials import apply_sphere
from .shading import style_nodes
from .sphere_material import is_sphere_group
from .sphere_nodes import AT_PLACE, CENTRE, LIGHT, PAINTED_LIGHT, PIECE, RADIUS, SCALE

_PIECE = 0.3  # of the ball's radius on the surface
_PROBES = 64  # places across a ball, at which its brightness is taken
_LAMP_Z, _LAMP_PLACE = 2, 3  # columns of a lamp's matrix: it shines against its own z


def wear_sphere(obj: Any, group: Any, slots: Collection[int] | None = None) -> list[Any]:
    """Put a group of ``sphere_group`` on an object, its ball as large as that; returns the nodes.

    slots: as of ``apply_sphere``, whose errors it raises.
    """
    nodes = apply_sphere(obj, group, slots)
    wide = max(obj.dimensions) or 1.0
    unit = float(sum(abs(part) for part in obj.matrix_world.to_scale())) / 3 or 1.0
    for node in nodes:
        node.inputs[SCALE].default_value = 2 / wide
        node.inputs[PIECE].default_value = _PIECE * wide / 2 / unit
    return nodes


def sphere_nodes(obj: Any) -> list[Any]:
    """The nodes of painted spheres on an object's materials."""
    materials = dict.fromkeys(slot.material for slot in obj.material_slots)
    return [node for each in materials for node in style_nodes(each) if is_sphere_group(node.node_tree)]


def place_ball(node: Any, circle: Sequence[float], size: Sequence[int]) -> None:
    """Say where the ball is.

    circle: x, y and radius in pixels from the upper left corner; size: the image's, in pixels.
    """
    (x, y, radius), (width, height) = circle, size
    node.inputs[CENTRE].default_value = (x / width, 1 - y / height, 0.0)
    node.inputs[RADIUS].default_value = (radius / width, radius / height, 0.0)


def exchange_picture(before: Any, image: Any, circle: Sequence[float]) -> None:
    """Let everything in the file that wears one picture of a sphere alone wear another. circle: its ball."""
    groups = [
        tree
        for tree in bpy.data.node_groups
        if is_sphere_group(tree) and tree.library is None and set(group_images(tree)) == {before}
    ]
    for tree in groups:
        for node in tree.nodes:
            if node.type == "TEX_IMAGE":
                node.image = image
    for material in bpy.data.materials:
        for node in style_nodes(material):
            if node.node_tree in groups:
                place_ball(node, circle, image.size)


def follow_lamp(node: Any, lamp: Any) -> None:
    """Let a sphere's node be lit from where a lamp is; None: as it is painted."""
    for name in (LIGHT, AT_PLACE):
        node.inputs[name].driver_remove("default_value")
    is_sun = lamp is None or lamp.data.type == "SUN"
    node.inputs[AT_PLACE].default_value = 0.0 if is_sun else 1.0
    node.inputs[LIGHT].default_value = (0.0, 0.0, 0.0)
    if lamp is None:
        return
    column = _LAMP_Z if is_sun else _LAMP_PLACE
    for axis in range(3):
        driver = node.inputs[LIGHT].driver_add("default_value", axis).driver
        driver.type = "SUM"  # of one: no expression, which files from strangers may not run
        variable = driver.variables.new()
        variable.type = "SINGLE_PROP"
        variable.targets[0].id = lamp
        variable.targets[0].data_path = f"matrix_world[{column}][{axis}]"


def set_painted_light(node: Any, direction: Sequence[float]) -> None:
    """Say where the lamp is in the painting: x right, y up, z towards the viewer."""
    node.inputs[PAINTED_LIGHT].default_value = direction


def guess_painted_light(image: Any, circle: Sequence[float] | None = None) -> tuple[float, float, float]:
    """The direction from which a painted ball is lit, as far as its brightness tells.

    It is that of the plane which fits brightness over normals best. circle: as of ``place_ball``; None for
    the largest in the image's middle.
    """
    width, height = image.size
    x, y, radius = circle or (width / 2, height / 2, min(width, height) / 2)
    pixels = array("f", bytes(16 * width * height))
    image.pixels.foreach_get(pixels)
    products, sums = Matrix(((0.0,) * 4,) * 4), Vector((0.0,) * 4)
    for right, up in _grid():
        column, row = floor(x + radius * right), floor(height - y + radius * up)
        if not (0 <= column < width and 0 <= row < height):
            continue
        red, green, blue, alpha = pixels[4 * (row * width + column) : 4 * (row * width + column) + 4]
        if alpha > 0.5:
            terms = Vector((right, up, sqrt(1 - right**2 - up**2), 1.0))
            products += Matrix([part * terms for part in terms])
            sums += terms * (red + green + blue)
    found = (products.inverted_safe() @ sums).xyz
    found.z = max(found.z, 0.0)  # what is lit from behind is not painted
    if found.length < 1e-6:
        return (0.0, 0.0, 1.0)
    light = found.normalized()
    return (light.x, light.y, light.z)


def _grid() -> Iterator[tuple[float, float]]:
    """Places on a ball of radius 1, right and up, its outermost left out."""
    steps = [(2 * step + 1) / _PROBES - 1 for step in range(_PROBES)]
    return ((right, up) for up in steps for right in steps if right**2 + up**2 < 0.9)
