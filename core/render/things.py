"""Healing each thing for itself: new paint on an object goes on as the old paint on it, not as the wall's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..canvas import Stage
from ..solve.stage import StyledRegion

MOST = 6  # things that are told apart, those of which most is missing
LEAST = 0.02  # of what is missing, which is worth that

Guide = Callable[[Stage], Tensor]


def by_thing(
    regions: Sequence[StyledRegion],
    index: Tensor | None,
    missing: Tensor,
    fit: Callable[[Tensor, Stage], Tensor],
) -> list[StyledRegion]:
    """Regions of the same styles, each of one thing, and of all others together.

    index: the objects' numbers (1, 1, H, W), None if nobody knows; missing: (1, 1, H, W), bool. fit: makes a
    mask as large as the picture at a stage.
    """
    masks = [] if index is None else _masks(index, missing)
    if len(masks) < 2:
        return list(regions)
    return [replace(region, guide=_within(region.guide, mask, fit)) for region in regions for mask in masks]


def _masks(index: Tensor, missing: Tensor) -> list[Tensor]:
    """Of each thing (1, 1, H, W), and of all that are left if something of them is missing."""
    numbers, counts = index[missing].unique(return_counts=True)
    order = counts.argsort(descending=True)[:MOST]
    wanted = [numbers[at] for at in order if counts[at] >= LEAST * counts.sum()]
    masks = [(index == number).float() for number in wanted]
    rest = 1 - torch.stack(masks).sum(0)
    return [*masks, rest] if bool((rest * missing).any()) else masks


def _within(guide: Guide | None, mask: Tensor, fit: Callable[[Tensor, Stage], Tensor]) -> Guide:
    def found(stage: Stage) -> Tensor:
        part = fit(mask, stage)
        return part if guide is None else guide(stage) * part

    return found
