"""Which UV map a texture belongs to, and whether it is still the one that it was painted for."""

from __future__ import annotations

import hashlib
from array import array
from typing import Any

import bpy

from ...core.protocol import JobError, Remedy


def uv_fingerprint(obj: Any, uv_map: str) -> str:
    """A hash of the coordinates of one of the mesh's own UV maps; empty for one that modifiers make."""
    return _fingerprints(obj).get(uv_map, "")


def current_uv_map(obj: Any, uv_map: str, fingerprint: str) -> str:
    """The name that the UV map with this fingerprint has now.

    An empty fingerprint, of a map that modifiers make, is taken on trust. Raises JobError
    (uv_map_missing, uv_map_changed) when a texture would not fit any more.
    """
    if not fingerprint:
        return uv_map
    now = _fingerprints(obj)
    if now.get(uv_map) == fingerprint:
        return uv_map
    renamed = next((name for name, found in now.items() if found == fingerprint), "")
    if renamed:
        return renamed
    if uv_map in now:
        raise JobError(
            "uv_map_changed",
            f"The UV map '{uv_map}' of '{obj.name}' has changed since the painting began, "
            "so the new texture does not fit and was not applied.",
            Remedy.RETRY,
        )
    raise JobError(
        "uv_map_missing",
        f"'{obj.name}' has no UV map '{uv_map}' any more, so its new texture was not applied.",
        Remedy.RETRY,
    )


def _fingerprints(obj: Any) -> dict[str, str]:
    if obj.mode != "EDIT":
        return _of_mesh(obj.data)
    obj.update_from_editmode()
    copy = obj.data.copy()  # in Edit Mode the mesh itself shows no coordinates
    try:
        return _of_mesh(copy)
    finally:
        bpy.data.meshes.remove(copy)


def _of_mesh(mesh: Any) -> dict[str, str]:
    found = {}
    for layer in mesh.uv_layers:
        values = array("f", bytes(8 * len(mesh.loops)))
        layer.uv.foreach_get("vector", values)
        found[str(layer.name)] = hashlib.blake2b(values.tobytes(), digest_size=16).hexdigest()
    return found
