"""glTF: UVs kept where no material is.

trimesh (5.2) reads TEXCOORD_0 only of primitives with a material. Exporters write meshes without
one often enough (Blender does for an object without material), so such primitives are given an
empty material before trimesh sees them.
"""

from __future__ import annotations

import json
import struct
from typing import Any

_MAGIC = b"glTF"
_JSON = 0x4E4F534A


def keep_uvs(data: bytes) -> bytes:
    """The same glTF 2.0 file, text or binary (GLB), every primitive with a material.

    What is not glTF comes back as it is: to say so is the reader's work. Layout of GLB: the
    glTF 2.0 specification, "GLB File Format Specification".
    """
    try:
        if data[:4] == _MAGIC:
            return _binary(data)
        return json.dumps(_with_materials(json.loads(data))).encode()
    except (ValueError, KeyError, TypeError, AttributeError, struct.error):
        return data


def _binary(data: bytes) -> bytes:
    length, kind = struct.unpack_from("<II", data, 12)
    if kind != _JSON:
        return data
    tree = json.dumps(_with_materials(json.loads(data[20 : 20 + length]))).encode()
    tree += b" " * (-len(tree) % 4)
    rest = data[20 + length :]
    version, total = struct.unpack_from("<II", data, 4)
    header = _MAGIC + struct.pack("<II", version, total - length + len(tree))
    return header + struct.pack("<II", len(tree), _JSON) + tree + rest


def _with_materials(tree: dict[str, Any]) -> dict[str, Any]:
    bare = [
        primitive
        for mesh in tree.get("meshes", [])
        for primitive in mesh["primitives"]
        if "material" not in primitive and "TEXCOORD_0" in primitive["attributes"]
    ]
    if bare:
        materials = tree.setdefault("materials", [])
        materials.append({})
        for primitive in bare:
            primitive["material"] = len(materials) - 1
    return tree
