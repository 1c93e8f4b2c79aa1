"""Edges of what a render shows: silhouettes, from ids and depth, and creases, from normals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..protocol import JobError, Remedy
from .cryptomatte import KINDS, cryptomatte
from .layers import DEPTH, NORMAL, OBJECT_INDEX, Layers, Plane
from .mattes import depth

# From where an edge begins to where it is whole.
GAP = (0.02, 0.1)  # of the slope of inverse depth: how far it breaks, as a part of the nearest of its pixels
FOLD = (0.1, 0.4)  # 1 - cosine of the angle between neighbours' normals: 26 and 53 degrees


def edges(layers: Layers) -> Tensor:
    """How much of an edge each pixel is: (1, 1, H, W) in [0, 1].

    Where neighbours belong to two objects, where depth jumps or its slope breaks, and where surfaces turn
    sharply; as many of these as the render has passes for. Raises JobError ("pass_missing") if it has none.
    """
    found: list[Plane] = []
    if layers.has(OBJECT_INDEX):
        found.append(_both_ways(borders, layers.find(OBJECT_INDEX)))
    if layers.has((KINDS["object"] + "00",)):
        found.append(_both_ways(borders, cryptomatte(layers, "object").numbers[:1]))
    if layers.has(DEPTH):
        found.append(_both_ways(gaps, depth(layers)[None]))
    if layers.has(NORMAL):
        found.append(_both_ways(folds, layers.find(NORMAL, "XYZ")))
    if not found:
        raise JobError(
            "pass_missing",
            f"{layers.path.name} has no passes that show outlines. Turn on Z, Normal or Cryptomatte Object "
            "in the view layer's properties and render again, or paint without outlines.",
            Remedy.CHANGE_SETTING,
        )
    return torch.from_numpy(np.max(found, axis=0))[None, None]


def borders(numbers: Plane) -> Plane:
    """Where a number (1, H, W) changes along rows: (H, W)."""
    return _beside((numbers[0, :, 1:] != numbers[0, :, :-1]).astype(np.float32))


def gaps(distance: Plane) -> Plane:
    """Where inverse depth, of distances (1, H, W), is not even along rows, as it is on planes: (H, W)."""
    near: Plane = 1 / distance[0]
    bend = np.abs(np.diff(near, 2))
    nearest = np.maximum(np.maximum(near[:, :-2], near[:, 2:]), near[:, 1:-1])
    return np.pad(_ramp(bend / nearest.clip(1e-12), *GAP), ((0, 0), (1, 1)))


def folds(normal: Plane) -> Plane:
    """Where normals (3, H, W) turn sharply along rows: (H, W). What has none has no folds."""
    length = np.sqrt(np.square(normal).sum(0))
    unit = normal / length.clip(1e-6)
    turn = 1 - (unit[..., 1:] * unit[..., :-1]).sum(0)
    both = np.minimum(length[:, 1:], length[:, :-1]) > 0.5
    return _beside(_ramp(turn, *FOLD) * both)


def _both_ways(along_rows: Callable[[Plane], Plane], planes: Plane) -> Plane:
    """What a function finds along rows and along columns of planes (C, H, W)."""
    return np.maximum(along_rows(planes), along_rows(planes.swapaxes(1, 2)).T)


def _beside(between: Plane) -> Plane:
    """What is between neighbours (H, W - 1), at both of them (H, W)."""
    return np.maximum(np.pad(between, ((0, 0), (0, 1))), np.pad(between, ((0, 0), (1, 0))))


def _ramp(value: Plane, start: float, end: float) -> Plane:
    ramp: Plane = (value - start) / (end - start)
    return ramp.clip(0, 1)
