"""Collections: the objects that a render shows of them, by the names that Cryptomatte gives them."""

from __future__ import annotations

from typing import Any

import bpy

from ...core.protocol import JobError, Remedy
from ...core.protocol.controls import did_you_mean


def members_of(layer: Any, name: str) -> tuple[str, ...]:
    """Names of the objects in a collection and in those within it, sorted.

    What they instance, by collection instances, geometry nodes or particles, counts too: Cryptomatte names
    it as its original, so that other instances of the same original are in the mattes as well.

    Raises JobError: "collection_missing", "collection_empty".
    """
    collection = bpy.data.collections.get(name)
    if collection is None:
        known = sorted(one.name for one in bpy.data.collections)
        listed = ", ".join(known[:8]) or "none"
        raise JobError(
            "collection_missing",
            f"The scene has no collection {name}; it has {listed}.{did_you_mean(name, known)}",
            Remedy.CHANGE_SETTING,
        )
    own = _objects(collection)
    members = {one.name for one in own}
    layer.update()
    for instance in layer.depsgraph.object_instances:
        if instance.is_instance and instance.parent is not None and instance.parent.original in own:
            members.add(instance.object.original.name)
    if not members:
        raise JobError(
            "collection_empty",
            f"The collection {name} has no objects, so that nothing would be painted with its style. Choose "
            "another, or leave this mask out.",
            Remedy.CHANGE_SETTING,
        )
    return tuple(sorted(members))


def _objects(collection: Any) -> set[Any]:
    """A collection's objects, and those of collections that they instance, even if only renders show them."""
    found: set[Any] = set()
    wanted = [collection]
    seen = set()
    while wanted:
        one = wanted.pop()
        if one in seen:
            continue
        seen.add(one)
        objects = set(one.all_objects)
        found |= objects
        wanted += [each.instance_collection for each in objects if each.instance_collection is not None]
    return found
