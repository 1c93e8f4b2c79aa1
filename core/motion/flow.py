"""Motion between frames as a renderer knows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..render.layers import VECTOR, Layers
from .visibility import RENDERED, RoundTrip


@dataclass(frozen=True, eq=False)
class Motion:
    """Where the points of a frame were in the one before and will be in the one after.

    before, after: offsets (1, 2, H, W) in pixels, x to the right and y down. trip: how far they are believed.
    aside: by how many pixels (1, 2, H, W), to the right and down, points at distances (1, 1, H, W) lie from
    where the offsets are those of, as of one eye of two; None for nowhere else.
    """

    before: Tensor
    after: Tensor
    trip: RoundTrip = RENDERED
    aside: Callable[[Tensor], Tensor] | None = None


def motion_of(layers: Layers) -> Motion:
    """The motion of a render's Vector pass. Raises JobError ("pass_missing").

    Blender's pass holds, in pixels with y up, in XY where a point was less where it is, and in ZW where it is
    less where it will be; tests/blender/test_passes.py measures it on a moving cube.
    """
    x, y, z, w = layers.find(VECTOR, "XYZW")
    return Motion(_offsets(x, -y), _offsets(-z, w))


def _offsets(across: np.ndarray, down: np.ndarray) -> Tensor:
    return torch.from_numpy(np.stack([across, down])[None])
