"""Contours: lines inside a picture where a surface turns away from the viewer in front of another."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SIDEWAYS = 0.35  # of a unit normal that still points to the viewer where a surface turns away
JUMP = 0.4  # by which normals differ that do not belong to one surface
REACH = 3  # pixels from what is outside in which its own outline is


def contours_of(normals: Tensor, inside: Tensor) -> Tensor:
    """Where contours are (h, w) bool, about three pixels wide, by normals (3, h, w) inside (h, w).

    Normals say it alone, as they are always there: surfaces that face alike where one ends are one.
    """
    greatest = _greatest(torch.where(inside, normals, -torch.inf), 1)
    least = -_greatest(torch.where(inside, -normals, -torch.inf), 1)
    differ = (greatest - least).square().sum(0) > JUMP**2
    outlined = _greatest((~inside)[None].float(), REACH)[0] > 0
    return inside & differ & (least[2] < SIDEWAYS) & ~outlined


def _greatest(planes: Tensor, reach: int) -> Tensor:
    """The greatest values (C, h, w) of planes within so many pixels across and down."""
    return F.max_pool2d(planes[None], 2 * reach + 1, 1, reach)[0]
