"""The triangles of objects on the graphics card, kept until their shapes change."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

import gpu

from ..compat import session_uid


class Batches:
    """Makes a batch of an object when it is first asked for. Only while something is drawn."""

    def __init__(self) -> None:
        self._kept: dict[int, Any] = {}

    def of(self, obj: Any, depsgraph: Any) -> Any:
        """The batch of an object as it is evaluated: ``pos`` and ``normal``; None if it has no faces."""
        uid = session_uid(obj)
        if uid not in self._kept:
            self._kept[uid] = _batch(obj.evaluated_get(depsgraph), depsgraph)
        return self._kept[uid]

    def forget(self, obj: Any) -> None:
        """Its shape has changed."""
        self._kept.pop(session_uid(obj), None)

    def clear(self) -> None:
        """All may have changed."""
        self._kept.clear()


def batch_of(attributes: Mapping[str, tuple[array[float], int]], corners: array[int] | None = None) -> Any:
    """Triangles. attributes: by name, numbers and how many each vertex has. corners: which vertices, in
    threes; None for all in order.
    """
    layout = gpu.types.GPUVertFormat()
    for name, (_, width) in attributes.items():
        layout.attr_add(id=name, comp_type="F32", len=width, fetch_mode="FLOAT")
    values, width = next(iter(attributes.values()))
    buffer = gpu.types.GPUVertBuf(layout, len(values) // width)
    for name, (values, width) in attributes.items():
        rows = memoryview(values).cast("B").cast("f", (len(values) // width, width))
        buffer.attr_fill(name, rows)
    if corners is None:
        return gpu.types.GPUBatch(type="TRIS", buf=buffer)
    order = gpu.types.GPUIndexBuf(
        type="TRIS", seq=memoryview(corners).cast("B").cast("I", (len(corners) // 3, 3))
    )
    return gpu.types.GPUBatch(type="TRIS", buf=buffer, elem=order)


def _batch(evaluated: Any, depsgraph: Any) -> Any:
    mesh = evaluated.to_mesh(preserve_all_data_layers=True, depsgraph=depsgraph)
    try:
        if mesh is None or not len(mesh.polygons):
            return None
        mesh.calc_loop_triangles()
        triangles = array("i", bytes(12 * len(mesh.loop_triangles)))
        mesh.loop_triangles.foreach_get("loops", triangles)
        vertices = array("i", bytes(4 * len(mesh.loops)))
        mesh.loops.foreach_get("vertex_index", vertices)
        points = array("f", bytes(12 * len(mesh.vertices)))
        mesh.vertices.foreach_get("co", points)
        normals = array("f", bytes(12 * len(mesh.loops)))
        mesh.corner_normals.foreach_get("vector", normals)
    finally:
        evaluated.to_mesh_clear()
    places = array("f", bytes(12 * len(vertices)))
    for axis in range(3):
        places[axis::3] = array("f", map(points[axis::3].__getitem__, vertices))
    return batch_of({"pos": (places, 3), "normal": (normals, 3)}, triangles)
