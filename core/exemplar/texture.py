"""The sphere texture job: make the textures of a mesh look like a painted sphere."""

from __future__ import annotations

from typing import Any

from ..protocol import SphereTextureJob
from ..solve.progress import Watcher


def sphere_texture(job: SphereTextureJob, watcher: Watcher) -> dict[str, Any]:
    """Do a sphere texture job; returns what is worth keeping with the result.

    Raises JobError, JobCancelled.
    """
    raise NotImplementedError
