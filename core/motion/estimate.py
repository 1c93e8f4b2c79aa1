"""Optical flow: an estimate of what moves where between two pictures, for footage that has no vectors."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..protocol import RAFT, JobError, Remedy

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


def library(name: str, package: str, otherwise: str) -> Any:
    """A module that only some jobs need. package: it is in. otherwise: what an artist does without it.

    Raises JobError ("library_missing"), also where it was made for another PyTorch than there is.
    """
    try:
        return importlib.import_module(name)
    except (ImportError, OSError, RuntimeError) as error:
        why = " ".join(str(error).split())
        raise JobError(
            "library_missing",
            f"The package {package}, which is to estimate motion, cannot be loaded: {why}. {otherwise}",
            Remedy.SETUP_ENGINE,
        ) from error
