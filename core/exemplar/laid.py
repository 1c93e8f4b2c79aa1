"""Where patches are laid before they are fitted: where guides say, but for outlines."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from scipy.spatial import cKDTree
from torch import Tensor

from .levels import Level

JITTER = 0.02  # of the guides' spread, by which places vary
FAR = 0.3  # by which guides may differ more than they must before a place is laid anew
BORDER = 0.03  # of the exemplar's shorter side, within which outlines are


def laid(level: Level, generator: torch.Generator) -> Tensor:
    """Places (h, w, 2) whose guides are most alike, varied a little so that even guides give many."""
    source, goal = level.exemplar, level.target
    known, wanted = source.guides[:, source.inside].T, goal.guides[:, goal.inside].T
    spread = (known - known.mean(0)).square().sum(1).mean().sqrt()
    noise = torch.randn(wanted.shape, generator=generator, device=wanted.device)
    _, index = cKDTree(known.cpu().numpy()).query((wanted + JITTER * spread * noise).cpu().numpy())
    there = source.inside.nonzero()
    places = there.new_full((*goal.inside.shape, 2), -1)
    places[goal.inside] = there[torch.from_numpy(index).to(there.device)]
    return places


def laid_anew(level: Level, places: Tensor, patch: int, generator: torch.Generator) -> Tensor:
    """Places (h, w, 2) of a coarser level, but those of guides that are most alike where they are far off.

    What is smaller than a patch of a coarse level is lost there, and no search that starts from it finds it
    again: its colours speak against that. Outlines stay: they follow borders, not guides. patch: pixels of a
    patch's side.
    """
    source, goal = level.exemplar, level.target
    best = laid(level, generator)
    worse = _misfit(level, places) - _misfit(level, best)
    rows, columns = places.clamp_min(0).unbind(-1)
    depth = _depth(source.inside, framed=True)[rows, columns]
    matched = (depth - _depth(goal.plain, framed=False)).abs() <= patch / 2
    outline = matched & (depth <= BORDER * min(source.inside.shape) + 1)
    return torch.where((goal.inside & (worse > FAR**2) & ~outline)[..., None], best, places)


def _misfit(level: Level, places: Tensor) -> Tensor:
    """Squared distances (h, w) of guides."""
    rows, columns = places.clamp_min(0).unbind(-1)
    return (level.exemplar.guides[:, rows, columns] - level.target.guides).square().sum(0)


def _depth(inside: Tensor, framed: bool) -> Tensor:
    """How many pixels (H, W) it is to what is not inside. framed: whether a picture ends at its frame."""
    padded = np.pad(inside.cpu().numpy(), 1, constant_values=not framed)
    if padded.all():
        return torch.full(inside.shape, torch.inf, device=inside.device)
    depth = ndimage.distance_transform_edt(padded)[1:-1, 1:-1].astype(np.float32)
    return torch.from_numpy(depth).to(inside.device)
