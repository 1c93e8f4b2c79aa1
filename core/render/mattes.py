"""Mattes: where a render shows a thing, from the passes that the renderer gives beside its picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..protocol import JobError, Mask, Remedy
from ..protocol.controls import did_you_mean
from ..protocol.spans import distances_of, number_of, ramp_of
from .cryptomatte import KINDS, cryptomatte
from .layers import DEPTH, MATERIAL_INDEX, MIST, OBJECT_INDEX, Layers, Plane

FADE = 0.05  # part of a distance, before and behind it, over which a matte by depth fades


def matte(mask: Mask, layers: Layers) -> Plane:
    """How much of each pixel (H, W) is what a mask of a kind of ``RENDER_MASKS`` names, in [0, 1].

    Raises JobError: "pass_missing", "matte_missing", as ``cryptomatte``.
    """
    return _MATTES[mask.kind](mask, layers)


def depth(layers: Layers) -> Plane:
    """Distances (H, W) from the camera, infinite where nothing is. Raises JobError ("pass_missing")."""
    found = layers.find(DEPTH)[0]
    return np.where(found > 0, found, np.float32(np.inf))  # some renderers' infinity was read as 0


def _named(mask: Mask, layers: Layers) -> Plane:
    mattes = cryptomatte(layers, mask.kind)
    seen = [name for name in mask.members if name in mattes.names]
    return mattes.matte(seen or [mask.name])


def _collection(mask: Mask, layers: Layers) -> Plane:
    """Its objects' coverage together, of as many as the render knows: others may be hidden in it."""
    if not mask.members:
        raise JobError(
            "matte_missing",
            f"The render's file does not say which objects are in the collection {mask.name}. Paint it from "
            "Blender, which knows them, or name an object instead.",
            Remedy.CHANGE_SETTING,
        )
    mattes = cryptomatte(layers, "object")
    return mattes.matte(name for name in mask.members if name in mattes.names)


def _indexed(names: Sequence[str]) -> Callable[[Mask, Layers], Plane]:
    def found(mask: Mask, layers: Layers) -> Plane:
        numbers: Plane = layers.find(names)[0]
        same: Plane = (numbers == number_of(mask.kind, mask.name)).astype(np.float32)
        return same

    return found


def _aov(mask: Mask, layers: Layers) -> Plane:
    """An AOV's value, or the mean of its colour."""
    planes = layers.planes.get(layers.view_layer + mask.name)
    if planes is None:
        raise JobError(
            "pass_missing",
            f"{layers.path.name} has no AOV {mask.name}. Add it in the view layer's properties (Shader AOV), "
            "with an AOV Output node of that name in the materials, and render again."
            f"{did_you_mean(mask.name, layers.passes)}",
            Remedy.CHANGE_SETTING,
        )
    colors = [planes[channel] for channel in "RGB" if channel in planes]
    return np.mean(colors or [next(iter(planes.values()))], axis=0, dtype=np.float32).clip(0, 1)


def _mist(mask: Mask, layers: Layers) -> Plane:
    start, end = ramp_of(mask.kind, mask.name)
    share: Plane = (layers.find(MIST)[0] - start) / (end - start)
    return share.clip(0, 1)


def _depth(mask: Mask, layers: Layers) -> Plane:
    near, far = distances_of(mask.kind, mask.name)
    distance = depth(layers)
    return _beyond(distance, near) * (1 - _beyond(distance, far))


def _beyond(distance: Plane, limit: float) -> Plane:
    if limit == 0:
        return np.ones_like(distance)
    if limit == np.inf:
        return np.zeros_like(distance)
    return (((distance / limit - 1) / FADE + 1) / 2).clip(0, 1)


_MATTES: Mapping[str, Callable[[Mask, Layers], Plane]] = {
    **dict.fromkeys(KINDS, _named),
    "collection": _collection,
    "index": _indexed(OBJECT_INDEX),
    "material_index": _indexed(MATERIAL_INDEX),
    "aov": _aov,
    "mist": _mist,
    "depth": _depth,
}
