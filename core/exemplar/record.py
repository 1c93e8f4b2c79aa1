"""What is kept with the results of sphere jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..files import file_digest
from ..protocol import SphereJob


def record(job: SphereJob) -> dict[str, Any]:
    """What identifies how a result was made."""
    pictures = [sphere.picture for sphere in job.spheres]
    return {
        "method": job.method,
        "seed": job.seed,
        "style": ", ".join(Path(picture).name for picture in pictures),
        "style_sha256": " ".join(file_digest(picture) for picture in pictures),
    }
