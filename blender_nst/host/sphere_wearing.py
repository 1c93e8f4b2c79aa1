"""A painted sphere on an object, sized to it and lit by a lamp. ``materials.remove_style`` takes it off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .materials import apply_sphere
from .shading import style_nodes
from .sphere_material import is_sphere_group
from .sphere_nodes import AT_PLACE, CENTRE, LIGHT, PAINTED_LIGHT, PIECE, RADIUS, SCALE

_PIECE = 0.3  # of the ball's radius on the surface
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
    pixels = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    x, y, radius = circle or (width / 2, height / 2, min(width, height) / 2)
    brightness, normals = _lit(pixels.reshape(height, width, 4)[::-1], x, y, radius)
    if len(brightness) < 4:
        return (0.0, 0.0, 1.0)
    terms = np.concatenate([normals, np.ones((len(normals), 1))], axis=1)
    found = np.linalg.lstsq(terms, brightness, rcond=None)[0][:3]
    found[2] = max(found[2], 0.0)  # what is lit from behind is not painted
    length = float(np.linalg.norm(found))
    if length < 1e-6:
        return (0.0, 0.0, 1.0)
    right, up, out = (float(part) / length for part in found)
    return (right, up, out)


def _lit(
    picture: NDArray[np.float32], x: float, y: float, radius: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Brightness (n) and normals (n, 3) of a ball's pixels, its outermost left out."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    right, up = (columns + 0.5 - x) / radius, (y - rows - 0.5) / radius
    inside = (right**2 + up**2 < 0.95**2) & (picture[..., 3] > 0.5)
    right, up = right[inside], up[inside]
    normals = np.stack([right, up, np.sqrt(1 - right**2 - up**2)], axis=1)
    return picture[inside][:, :3].mean(axis=1).astype(np.float64), normals
