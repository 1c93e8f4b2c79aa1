"""What a scene has to be set to while it is rendered for the engine, and as it was before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import bpy

from ..compat import render_path, save_as, saved_as, session_uid, set_file_format
from .passes import switches, turn_on

Changes = Mapping[str, Any]
"""Properties of a scene by their paths, as "render.fps"; those that it does not have are left out."""
NO_CHANGES: Changes = MappingProxyType({})
_OFF = ("render.use_compositing", "render.use_sequencer", "render.use_multiview")  # what is added to a render


class RenderSettings:
    """Lets a scene render one view layer with some passes into a multilayer EXR file.

    path: of the file, with # for the number of a frame where there are several. changes: what else is set.
    It holds on to no data-block, as an undo in between invalidates them: a scene or view layer that has gone
    is left alone.
    """

    def __init__(
        self, scene: Any, layer: Any, passes: Iterable[str], path: Path, changes: Changes = NO_CHANGES
    ) -> None:
        self._scene = session_uid(scene)
        self._layer, self._at = layer.name, list(scene.view_layers).index(layer)
        self._passes = list(passes)
        self._path = path
        wanted = {
            **dict.fromkeys(_OFF, False),
            "render.filepath": render_path(path),
            "render.use_file_extension": False,
            "nst.render.for_engine": True,
            **changes,
        }
        self._changes = {name: value for name, value in wanted.items() if _has(scene, name)}
        self._before = {name: scene.path_resolve(name) for name in self._changes}
        self._image = saved_as(scene.render.image_settings)
        self._uses = {one.name: one.use for one in scene.view_layers}
        self._passes_before = {
            name: [getattr(owner, switch) for owner, switch in switches(layer, name)] for name in self._passes
        }

    def apply(self) -> None:
        """Set the scene for the render."""
        scene = self._find()
        if scene is None:
            return
        _set(scene, self._changes)
        set_file_format(scene.render.image_settings, "OPEN_EXR_MULTILAYER")
        scene.render.image_settings.color_depth = "32"
        scene.render.image_settings.views_format = "INDIVIDUAL"
        for layer in scene.view_layers:
            layer.use = layer.name == self._layer
            if layer.use:
                turn_on(layer, self._passes)

    def restore(self) -> None:
        """Set the scene to what it was; more than once does no harm."""
        scene = self._find()
        if scene is None:
            return
        _set(scene, self._before)
        save_as(scene.render.image_settings, self._image)
        layers = scene.view_layers
        if self._layer not in layers and self._at < len(layers):
            self._layer = layers[self._at].name  # it was renamed meanwhile
        for layer in layers:
            layer.use = self._uses.get(layer.name, layer.use)
            if layer.name == self._layer:
                for name, before in self._passes_before.items():
                    for (owner, switch), value in zip(switches(layer, name), before, strict=False):
                        setattr(owner, switch, value)

    @property
    def applied(self) -> bool:
        """Whether the scene is set for this very render."""
        scene = self._find()
        return scene is not None and scene.render.filepath == render_path(self._path)

    def _find(self) -> Any:
        return next((scene for scene in bpy.data.scenes if session_uid(scene) == self._scene), None)


def _has(scene: Any, name: str) -> bool:
    try:
        scene.path_resolve(name)
    except ValueError:
        return False
    return True


def _set(owner: Any, values: Changes) -> None:
    """Set what there still is: a view may have been renamed or removed meanwhile."""
    for name, value in values.items():
        if not _has(owner, name):
            continue
        path, _, last = name.rpartition(".")
        setattr(owner.path_resolve(path) if path else owner, last, value)
