"""Textures that were made of a painted sphere which has been painted on since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from ..core.protocol import SphereTextureJob
from .host.groups import group_images
from .host.images import RESULT_MARK
from .host.shading import style_nodes
from .sphere_texture import PICTURE, SphereTextureOptions
from .spheres import states_of


@dataclass(frozen=True)
class Outdated:
    """Objects that were painted in one job, with what they were painted with. sphere: ``NST_PG_Sphere``."""

    objects: tuple[Any, ...]
    sphere: Any
    options: SphereTextureOptions


def outdated(scene: Any) -> list[Outdated]:
    """What a scene's objects wear whose spheres look another way now.

    What was made of a sphere that is gone from the scene's list stays as it is.
    """
    spheres = {sphere.picture: sphere for sphere in scene.nst_sphere.spheres if sphere.picture is not None}
    states = {picture: states_of(sphere) for picture, sphere in spheres.items()}
    objects: dict[tuple[Any, str], dict[Any, None]] = {}
    for obj in scene.objects:
        for image in _textures_of(obj):
            settings, picture = json.loads(image[RESULT_MARK]), image.get(PICTURE)
            if picture in spheres and settings["states"] != states[picture]:
                key = (picture, json.dumps(settings["options"], sort_keys=True))
                objects.setdefault(key, {})[obj] = None
    return [
        Outdated(tuple(found), spheres[picture], _options(json.loads(options)))
        for (picture, options), found in objects.items()
    ]


def _textures_of(obj: Any) -> Iterator[Any]:
    """The textures of spheres on an object's materials."""
    if obj.type != "MESH":
        return
    for slot in obj.material_slots:
        for node in style_nodes(slot.material):
            for image in group_images(node.node_tree):
                if json.loads(image.get(RESULT_MARK, "{}")).get("kind") == SphereTextureJob.kind:
                    yield image


def _options(noted: dict[str, Any]) -> SphereTextureOptions:
    """Those that an image names, of whatever release of the add-on."""
    known = {field.name for field in fields(SphereTextureOptions)}
    return SphereTextureOptions(**{name: value for name, value in noted.items() if name in known})
