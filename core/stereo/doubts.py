"""What is said where the distance between the eyes that pictures show can hardly be true."""

from __future__ import annotations

import math

import torch
from torch import Tensor

LEAST_SHIFT = 0.01  # pixels of what is near, below which both eyes see the same
NEAREST = 0.1  # of what is seen, whose distance counts as near
_SAMPLES = 10**6
_REMEDY = "give the distance between the eyes, as the camera has it"


def doubts(gain: float, depth: Tensor, is_panorama: bool) -> tuple[str, ...]:
    """Notes on how pixels of shift go with nearness, ``Line.gain``, as it was found in pictures.

    depth: (1, 1, H, W), in the scene's units, infinite where nothing is. In a panorama gain is a distance
    between eyes.
    """
    near = _near(depth)
    if not math.isfinite(near):
        return ()
    eyes = gain * math.pi / depth.shape[-2]
    found = f"a distance of {eyes:.3g} between the eyes" if is_panorama else "a distance between the eyes"
    if gain < -LEAST_SHIFT * near:
        return (
            f"The pictures show {found} that is below 0, as if the left eye's were the right one's. If they "
            f"are swapped, exchange them; or {_REMEDY}.",
        )
    if gain < LEAST_SHIFT * near:
        return (
            "The pictures show no distance between the eyes: both see the same. Check that they are those of "
            f"two eyes, or {_REMEDY}.",
        )
    if is_panorama and eyes > near:
        return (
            f"The pictures show {found}, farther than the nearest tenth of what they see is away "
            f"({near:.3g}). Check that the distances of things are true ones and belong to these pictures, "
            f"or {_REMEDY}.",
        )
    return ()


def _near(depth: Tensor) -> float:
    """How far the nearest tenth of what is seen reaches; infinite where nothing is seen."""
    step = max(1, depth.numel() // _SAMPLES)
    known = depth.flatten()[::step]
    known = known[known.isfinite() & (known > 0)]
    return float(torch.quantile(known, NEAREST)) if len(known) else math.inf
