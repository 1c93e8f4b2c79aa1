"""Spheres of the scene's list as files that the engine reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.protocol import Sphere
from .compat import session_uid
from .host.files import unwritable
from .host.images import image_file
from .sphere_ball import ball_of
from .spheres import need_image, states_of


@dataclass(frozen=True)
class SphereSource:
    """A painted sphere for a job, and where it is from.

    name: as people call it. sphere: its files. picture: ``session_uid`` of its picture, 0 for a file.
    states: as of ``states_of`` when the files were written.
    """

    name: str
    sphere: Sphere
    picture: int = 0
    states: Mapping[str, str] = field(default_factory=dict)


def sphere_source(sphere: Any, folder: Path, stem: str = "sphere") -> SphereSource:
    """Write a sphere of the list into ``folder``, its files' names beginning with a stem.

    sphere: an ``NST_PG_Sphere``. Raises JobError as ``need_image`` and ``image_file``, and "no_permission".
    """
    picture = need_image(sphere, "picture")
    files = {}
    try:
        files["picture"] = str(image_file(picture, folder, stem, "sphere's picture"))
        for which in ("height", "roughness"):
            image = getattr(sphere, which)
            if image is not None:
                files[which] = str(image_file(image, folder, f"{stem}_{which}", f"sphere's {which}"))
    except OSError as error:  # what is read has errors of its own
        raise unwritable(folder, error) from error
    circle = ball_of(sphere)
    written = Sphere(
        files["picture"], circle=circle, height=files.get("height", ""), roughness=files.get("roughness", "")
    )
    return SphereSource(sphere.name, written, session_uid(picture), states_of(sphere))
