"""Directions of strokes that the artist gives: drawn on the object, combed as hair, or as an attribute."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import bpy
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from ...core.protocol import JobError, Remedy
from ..compat import PENCIL_TYPES, pencil_strokes
from .meshes import MeshData

ATTRIBUTE = "direction"  # of the engine's mesh file
GUIDES = ("CURVE", "CURVES", *PENCIL_TYPES)  # types of objects that hold strokes
REACH = 0.1  # of a stroke to the surface, over the object's diagonal
STEP = 0.01  # from one point of a stroke to the next, over the same

Stroke = Sequence[Vector]


def with_directions(mesh: MeshData, obj: Any, depsgraph: Any, guide: str, attribute: str) -> MeshData:
    """The mesh with directions at its corners: of its vector attribute, if that is named, or of the strokes
    of an object called ``guide``, or of the object's own hair.

    Raises JobError ("direction_missing").
    """
    if attribute:
        corners = _attribute_vectors(obj, depsgraph, attribute)
        if not any(corners):
            raise _missing(f"The attribute '{attribute}' of '{obj.name}' is zero everywhere.")
    else:
        strokes = _guide_strokes(guide, depsgraph) if guide else _hair_strokes(obj, depsgraph)
        if not strokes:
            raise _missing(
                f"'{guide}' has no strokes."
                if guide
                else f"'{obj.name}' has no hair, and no curve is chosen that strokes could follow."
            )
        vectors = _vertex_vectors(mesh, strokes)
        if not any(vectors):
            what = f"strokes of '{guide}'" if guide else "hair"
            raise _missing(f"No {what} lies on the surface of '{obj.name}'. Draw closer to it.")
        corners = _pick(vectors, mesh.faces)
    shape = (len(mesh.faces) // 3, 3, 3)
    return replace(mesh, attributes={**mesh.attributes, ATTRIBUTE: (corners, shape)})


def holds_strokes(obj: Any) -> bool:
    """Whether an object can be a guide."""
    return obj.type in GUIDES


def _guide_strokes(name: str, depsgraph: Any) -> list[Stroke]:
    guide = bpy.data.objects.get(name)
    if guide is None:
        raise _missing(f"There is no object called '{name}' for strokes to follow.")
    if not holds_strokes(guide):
        raise _missing(f"'{name}' is neither a curve nor a drawing for strokes to follow.")
    return _world_strokes(guide, depsgraph)


def _hair_strokes(obj: Any, depsgraph: Any) -> list[Stroke]:
    """Of hair curves that grow on the object, and of its hair particles."""
    found: list[Stroke] = []
    for other in bpy.data.objects:
        if other.type == "CURVES" and other.data.surface == obj:
            found.extend(_world_strokes(other, depsgraph))
    evaluated = obj.evaluated_get(depsgraph)
    for system in evaluated.particle_systems:
        if system.settings.type == "HAIR":
            strands = ([key.co for key in particle.hair_keys] for particle in system.particles)
            found.extend(_moved(strands, evaluated.matrix_world))
    return found


def _world_strokes(guide: Any, depsgraph: Any) -> list[Stroke]:
    evaluated = guide.evaluated_get(depsgraph)
    if guide.type == "CURVE":
        return _moved(_curve_strokes(guide), evaluated.matrix_world)
    if guide.type == "CURVES":
        points = [point.position for point in evaluated.data.points]
        ends = [0] * (len(evaluated.data.curves) + 1)
        evaluated.data.curve_offset_data.foreach_get("value", ends)
        strands = (points[start:end] for start, end in pairwise(ends))
        return _moved(strands, evaluated.matrix_world)
    return _moved(pencil_strokes(guide.data), evaluated.matrix_world)


def _curve_strokes(guide: Any) -> list[Stroke]:
    """The lines of a curve, whatever thickness it has, in its own space."""
    data = guide.data.copy()
    data.bevel_mode, data.bevel_depth, data.extrude, data.offset = "ROUND", 0.0, 0.0, 0.0
    data.dimensions = "3D"  # a flat one would be filled
    bare = bpy.data.objects.new(guide.name, data)
    try:
        mesh = bare.to_mesh()
        points = [vertex.co.copy() for vertex in mesh.vertices]
        edges = [tuple(edge.vertices) for edge in mesh.edges]
        bare.to_mesh_clear()
    finally:
        bpy.data.objects.remove(bare)
        bpy.data.curves.remove(data)
    return [[points[a], points[b]] for a, b in edges]


def _moved(strokes: Iterable[Stroke], matrix: Any) -> list[Stroke]:
    return [[matrix @ point for point in stroke] for stroke in strokes if len(stroke) > 1]


def _vertex_vectors(mesh: MeshData, strokes: Sequence[Stroke]) -> array[float]:
    """Directions at a mesh's vertices, of strokes over the faces beside them; zero where there are none.

    A stroke far above the surface counts less. Opposite strokes agree with the first.
    """
    vertices = list(zip(*(mesh.vertices[axis::3] for axis in range(3)), strict=True))
    faces = list(zip(*(mesh.faces[corner::3] for corner in range(3)), strict=True))
    used = [vertices[index] for index in set(mesh.faces)]
    diagonal = math.dist(*([pick(axis) for axis in zip(*used, strict=True)] for pick in (min, max)))
    tree = BVHTree.FromPolygons(vertices, faces, all_triangles=True)
    sums: dict[int, Vector] = {}
    weights: dict[int, float] = {}
    for point, along in _steps(strokes, STEP * diagonal):
        _, _, face, distance = tree.find_nearest(point, REACH * diagonal)
        if face is None:
            continue
        weight = 1 - distance / (REACH * diagonal)
        for vertex in faces[face]:
            own = sums.setdefault(vertex, Vector((0.0, 0.0, 0.0)))
            own += weight * (along if along.dot(own) >= 0 else -along)
            weights[vertex] = weights.get(vertex, 0.0) + weight
    result = array("f", bytes(4 * len(mesh.vertices)))
    for vertex, own in sums.items():
        result[3 * vertex : 3 * vertex + 3] = array("f", own / max(weights[vertex], 1.0))
    return result


def _steps(strokes: Sequence[Stroke], longest: float) -> Iterable[tuple[Vector, Vector]]:
    """Points along strokes, at most ``longest`` apart, each with the unit direction there."""
    for stroke in strokes:
        for start, end in pairwise(stroke):
            along = end - start
            if along.length <= 0:
                continue
            count = max(1, math.ceil(along.length / longest))
            for step in range(count):
                yield start + along * ((step + 0.5) / count), along.normalized()


def _attribute_vectors(obj: Any, depsgraph: Any, name: str) -> array[float]:
    """A vector attribute of the evaluated mesh at the corners of its triangles, in world space."""
    if obj.mode == "EDIT":
        obj.update_from_editmode()
        depsgraph.update()
    evaluated = obj.evaluated_get(depsgraph)
    mesh = evaluated.to_mesh(preserve_all_data_layers=True, depsgraph=depsgraph)
    try:
        return _read_attribute(mesh, obj, name)
    finally:
        evaluated.to_mesh_clear()


def _read_attribute(mesh: Any, obj: Any, name: str) -> array[float]:
    fitting = [
        each.name for each in mesh.attributes if each.data_type == "FLOAT_VECTOR" and each.domain != "EDGE"
    ]
    if name not in fitting:
        named = [each for each in fitting if each != "position"]
        raise _missing(
            f"'{obj.name}' has no vector attribute called '{name}' on its vertices, corners or faces. "
            f"It has: {', '.join(named) or 'none'}."
        )
    attribute = mesh.attributes[name]
    values = array("f", bytes(12 * len(attribute.data)))
    attribute.data.foreach_get("vector", values)
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    corners = array("i", bytes(12 * count))
    if attribute.domain == "FACE":
        polygons = array("i", bytes(4 * count))
        mesh.loop_triangles.foreach_get("polygon_index", polygons)
        for corner in range(3):
            corners[corner::3] = polygons
    else:
        which = "loops" if attribute.domain == "CORNER" else "vertices"
        mesh.loop_triangles.foreach_get(which, corners)
    matrix = obj.matrix_world.to_3x3()
    if matrix.determinant() < 0:  # as the faces of a mirrored object are turned
        corners[0::3], corners[2::3] = corners[2::3], corners[0::3]
    moved = array("f")
    for start in range(0, len(values), 3):
        moved.extend(matrix @ Vector(values[start : start + 3]))
    return _pick(moved, corners)


def _pick(vectors: array[float], indices: array[int]) -> array[float]:
    """The vectors (I, 3) that indices name, of (N, 3)."""
    picked = array("f", bytes(12 * len(indices)))
    for axis in range(3):
        picked[axis::3] = array("f", map(vectors[axis::3].__getitem__, indices))
    return picked


def _missing(what: str) -> JobError:
    return JobError(
        "direction_missing",
        f"{what} Choose what strokes follow, or another direction.",
        Remedy.CHANGE_SETTING,
    )
