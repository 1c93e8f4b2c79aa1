"""An object that wears a texture while it is still being painted, and a look at it."""

from __future__ import annotations

from typing import Any

import bpy

from nst.tests.blender.builders import picture_of
from nst.tests.blender.driving import choose, press_stylize, tick_until

LIVE = "nst_live"


def live_groups() -> list[Any]:
    return [tree for tree in bpy.data.node_groups if LIVE in tree]


def live_image() -> Any:
    (image,) = [image for image in bpy.data.images if LIVE in image]
    return image


def shown(image: Any) -> tuple[int, ...]:
    """The one colour of a picture."""
    return tuple(int(value) for value in picture_of(image)[0, 0, :3])


def begin(addon: Any, style: Any, mode: str = "slow") -> Any:
    """A run whose object wears what is painted so far."""
    addon.use_worker(mode)
    choose(style)
    run = press_stylize(addon)
    tick_until(addon, lambda: addon.session.live.on)
    return run


def end(addon: Any) -> None:
    bpy.ops.nst.cancel_job()
    tick_until(addon, lambda: addon.session.run is None)


def worn_by(obj: Any) -> list[Any]:
    """What feeds the object's base colours, material by material."""
    found = []
    for slot in obj.material_slots:
        shader = next(node for node in slot.material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
        links = shader.inputs["Base Color"].links
        found.append(links[0].from_node.node_tree if links else None)
    return found
