"""Several meshes as one, so that one style is spread over all of them."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

from .meshes import MeshData, Numbers

SHEET = "sheet"
"""Attribute that says which texture each triangle is painted into."""


def joined(meshes: Sequence[MeshData], sheets: Sequence[array[int]]) -> MeshData:
    """All triangles in one mesh, with their sheets. An attribute that a mesh lacks is 0 on its triangles."""
    vertices, faces, uvs, slots = array("f"), array("i"), array("f"), array("i")
    for mesh in meshes:
        start = len(vertices) // 3
        faces.extend(array("i", [corner + start for corner in mesh.faces]))
        vertices.extend(mesh.vertices)
        uvs.extend(mesh.uvs)
        slots.extend(mesh.slots)
    names = {name: numbers for mesh in meshes for name, numbers in mesh.attributes.items()}
    attributes = {name: _joined(name, like, meshes) for name, like in names.items()}
    of_faces = array("i")
    for sheet in sheets:
        of_faces.extend(sheet)
    attributes[SHEET] = (of_faces, (len(of_faces),))
    return MeshData(vertices, faces, uvs, meshes[0].uv_map, slots, attributes)


def _joined(name: str, like: Numbers, meshes: Sequence[MeshData]) -> Numbers:
    entry = like[1][1:]
    values = bytearray()
    for mesh in meshes:
        own = mesh.attributes.get(name)
        size = len(mesh.faces) // 3 * math.prod(entry) * like[0].itemsize
        values += own[0].tobytes() if own is not None else bytes(size)
    return array(like[0].typecode, bytes(values)), (sum(len(mesh.faces) // 3 for mesh in meshes), *entry)
