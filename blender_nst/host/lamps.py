"""The lamps that light a thing when a scene is rendered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mathutils import Matrix


@dataclass(frozen=True)
class Lamp:
    """A light object, or an instance of it. matrix: of an instance in the world; None for the object itself.

    is_linked: whether it lights only what its light linking names.
    """

    object: Any
    matrix: Matrix | None = None
    is_linked: bool = False

    @property
    def place(self) -> Any:
        """Where it is in the world."""
        return (self.matrix or self.object.matrix_world).translation


def shown_objects(layer: Any) -> Iterator[Any]:
    """The objects of a view layer that are rendered, each once, whatever the viewport shows."""
    seen = set()
    wanted = [layer.layer_collection]
    while wanted:
        part = wanted.pop()
        if part.exclude or part.collection.hide_render:
            continue
        wanted += part.children
        for obj in part.collection.objects:
            if obj not in seen and not obj.hide_render:
                seen.add(obj)
                yield obj


def lamps_of(scene: Any, layer: Any, subject: Any = None) -> list[Lamp]:
    """The lamps of a scene's view layer and of its background scenes, which light an object or all.

    Those that objects instance are among them, as far as the viewport shows them. What glows but is no lamp
    is not.
    """
    layer.update()
    lamps = [Lamp(obj, None, _is_linked(obj)) for obj in shown_objects(layer) if obj.type == "LIGHT"]
    for one in layer.depsgraph.object_instances:
        original = one.object.original
        if one.is_instance and original.type == "LIGHT" and not one.parent.original.hide_render:
            lamps.append(Lamp(original, one.matrix_world.copy(), _is_linked(original)))
    lamps = [lamp for lamp in lamps if _lights(lamp.object, subject)]
    behind = scene.background_set
    return lamps if behind is None else lamps + lamps_of(behind, behind.view_layers[0], subject)


def _is_linked(obj: Any) -> bool:
    return obj.light_linking.receiver_collection is not None


def _lights(lamp: Any, subject: Any) -> bool:
    """Whether light linking lets a lamp light an object."""
    receivers = lamp.light_linking.receiver_collection
    if receivers is None:
        return True
    found: dict[str, set[Any]] = {"INCLUDE": set(), "EXCLUDE": set()}
    for entry, obj in zip(receivers.collection_objects, receivers.objects, strict=False):
        found[entry.light_linking.link_state].add(obj)
    for entry, child in zip(receivers.collection_children, receivers.children, strict=False):
        found[entry.light_linking.link_state].update(child.all_objects)
    return subject in found["INCLUDE"] if found["INCLUDE"] else subject not in found["EXCLUDE"]
