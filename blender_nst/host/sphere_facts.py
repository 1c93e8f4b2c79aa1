"""What the shaders of a painted sphere have to know, as rows of a texture of floats."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from mathutils import Matrix, Vector

COLUMNS = 8


@dataclass(frozen=True)
class Look:
    """A painted sphere and how it is laid on.

    image: its name. circle: its ball, (x, y, radius) in pixels from the image's upper left corner; empty for
    the largest in its middle. stroke: the ball's radius on the surface, in metres; 0 makes it as large as the
    object. pieces: how large the largest pieces are, in balls' radii. tolerance: how far normals may differ
    within a piece. lamp: the name of the lamp that shading follows; empty for none. painted_light: the
    direction to the lamp in the painting: x right, y up, z towards the viewer.
    """

    image: str
    circle: tuple[float, ...] = ()
    stroke: float = 0.0
    pieces: float = 1.0
    tolerance: float = 0.2
    lamp: str = ""
    painted_light: tuple[float, float, float] = (-0.5, 0.6, 0.62)


@dataclass(frozen=True)
class View:
    """How a picture is seen. to_camera, projection: matrices as of a 3D view; size: in pixels."""

    to_camera: Matrix
    projection: Matrix
    size: tuple[int, int]

    @property
    def perspective(self) -> bool:
        """Whether what is far away is small."""
        return abs(float(self.projection[3][3])) < 0.5


@dataclass(frozen=True)
class Worn:
    """An object's matrix to the world, its largest extent in metres, and the number of its look."""

    matrix: Matrix
    extent: float
    look: int


@dataclass(frozen=True)
class Shown:
    """A look's image, as it is read: its size, how alpha is meant, and where the lamp is.

    alpha: Blender's ``alpha_mode``, or "NONE". lamp: the lamp's matrix to the world, or None; sun: whether
    only its direction counts.
    """

    size: tuple[int, int]
    premultiplied: bool
    opaque: bool
    lamp: Matrix | None
    sun: bool


def facts_of(
    view: View, worn: Sequence[Worn], looks: Sequence[Look], shown: Sequence[Shown]
) -> list[array[float]]:
    """Rows of 8 times 4 numbers: of the view, of the objects from row 1 on, then of the looks."""
    first = 1 + len(worn)
    objects = [_of_object(view, each, looks[each.look], shown[each.look], first) for each in worn]
    painted = [_of_look(look, picture) for look, picture in zip(looks, shown, strict=True)]
    seen = [*view.projection.transposed(), (view.perspective, *view.size, 0.0)]
    return [_row(seen), *map(_row, objects), *map(_row, painted)]


def _row(quads: Sequence[Sequence[float]]) -> array[float]:
    """Four numbers each, filled up with zeros."""
    row = array("f", bytes(16 * COLUMNS))
    for column, quad in enumerate(quads):
        row[4 * column : 4 * column + len(quad)] = array("f", quad)
    return row


def _of_object(view: View, worn: Worn, look: Look, shown: Shown, first: int) -> list[Sequence[float]]:
    stroke = look.stroke or 0.5 * worn.extent or 1.0
    unit = sum(abs(part) for part in worn.matrix.to_scale()) / 3 or 1.0
    to_camera = view.to_camera @ worn.matrix
    for_normals = to_camera.to_3x3().inverted_safe().transposed()
    mirrored = worn.matrix.determinant() < 0
    sizes = (1 / stroke, look.pieces * stroke / unit, first + worn.look, mirrored)
    return [*to_camera[:3], *for_normals, sizes, _light(view, worn.matrix, shown)]


def _of_look(look: Look, shown: Shown) -> list[Sequence[float]]:
    painted = Vector(look.painted_light)
    painted = painted.normalized() if painted.length else Vector((0.0, 0.0, 1.0))
    return [ball_of(look, shown.size), (*painted, look.tolerance), (shown.opaque, shown.premultiplied)]


def ball_of(look: Look, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Centre and radius of a look's ball, as parts of the image's width and height, from its lower left."""
    width, height = size
    x, y, radius = look.circle or (width / 2, height / 2, min(size) / 2)
    return (x / width, 1 - y / height, radius / width, radius / height)


def _light(view: View, matrix: Matrix, shown: Shown) -> Sequence[float]:
    """The direction to the lamp, seen from the camera; zero for none."""
    if shown.lamp is None:
        return (0.0, 0.0, 0.0)
    direction = shown.lamp.col[2].xyz if shown.sun else shown.lamp.translation - matrix.translation
    return tuple((view.to_camera.to_3x3() @ direction).normalized())
