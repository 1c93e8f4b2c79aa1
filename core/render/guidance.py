"""What a render's passes say of where to paint how."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..guidance import Guidance
from ..protocol import JobError, Remedy, RenderJob
from .edges import edges
from .layers import MIST, Layers
from .mattes import depth


def guidance_of(job: RenderJob, layers: Layers | None) -> Guidance:
    """A render job's guidance, from a render's passes. Raises JobError ("pass_missing")."""
    outlined, falls = job.outlines > 0, job.falloff > 0
    if layers is None and (outlined or falls):
        raise JobError(
            "pass_missing",
            "Outlines and falloff need a multilayer EXR file, as a plain picture does not say what is where. "
            "Choose one, or leave them out.",
            Remedy.CHOOSE_IMAGE,
        )
    return Guidance(
        edges(layers) if layers is not None and outlined else None,
        job.outlines,
        near(layers, job.focus) if layers is not None and falls else None,
        job.falloff,
    )


def near(layers: Layers, focus: float) -> Tensor:
    """How near what is seen is (1, 1, H, W) in [0, 1]: what Mist leaves of it, or how sharp it is in focus.

    focus: a distance in the scene's units, 0 for none. What lies there is 1; what is infinitely far, or half
    as far, is 0: it falls with a lens's circle of confusion. Raises JobError ("pass_missing").
    """
    blurred = np.abs(1 - focus / depth(layers)) if focus > 0 else layers.find(MIST)[0]
    return torch.from_numpy(1 - blurred.clip(0, 1)).float()[None, None]
