"""Optical flow: an estimate of what moves where between two pictures, for footage that has no vectors."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..protocol import RAFT

Estimate = Callable[[Tensor, Tensor], Tensor]
"""Where the points of a picture (1, 3, H, W) in [0, 1] are in another of its size: offsets (1, 2, H, W) in
pixels, x to the right and y down."""
OpenEstimator = Callable[[str, torch.device], Estimate]
"""What estimates, by its name, "raft" or "dis", on a device."""


def open_estimator(name: str, device: torch.device) -> Estimate:
    """As ``OpenEstimator``. Raises JobError ("weights_missing", "library_missing")."""
    if name == RAFT:
        from .raft import Raft, load_raft

        return Raft(load_raft(device), device)
    from .dis import Dis

    return Dis()
