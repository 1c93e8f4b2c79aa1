"""How far apart two eyes see a point, from its distance: the true disparity.

In a panorama each eye looks along a tangent of a circle, from wherever that touches (omnidirectional stereo;
Peleg, Ben-Ezra and Pritch 2001): a point at a horizontal distance rho from the middle lies asin(r / rho) to
either side of its true longitude, and at the same latitude. r is half the distance between the eyes; Blender
lets it fade to 0 towards the poles, by a quarter of a cosine (Cycles, ``spherical_stereo_transform``). Eyes
that converge turn all of it by atan(r / distance). In a flat picture disparity is a / z + c, whatever the
lens and the convergence: of cameras side by side, parallel or shifted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..panorama.around import latitudes

ROUNDS = 30  # of least squares that leave out what does not fit
LEAST_FIT = 64  # pixels that a fit needs


@dataclass(frozen=True)
class Rig:
    """Two eyes of a panorama.

    eyes: distance between them, in the scene's units. poles: degrees above and below the horizon between
    which that fades to nothing; the same twice for none. converge: distance at which they see the same;
    infinite for parallel ones.
    """

    eyes: float
    poles: tuple[float, float] = (90.0, 90.0)
    converge: float = math.inf


def fade(height: int, poles: tuple[float, float]) -> Tensor:
    """What is left of the distance between the eyes in each row (height,)."""
    up = latitudes(height).abs()
    start, end = (math.radians(angle) for angle in poles)
    if end <= start:
        return (up <= start).float()
    return torch.where(up > end, 0.0, ((up - start).clamp_min(0) / (end - start) * math.pi / 2).cos()).float()


def panorama_shift(depth: Tensor, rig: Rig) -> Tensor:
    """Pixels (1, 1, H, W) by which a point lies farther right in the left eye than in the right one.

    depth: (1, 1, H, W), from the middle between the eyes, as either of them sees it.
    """
    height = depth.shape[-2]
    radius = (rig.eyes / 2 * fade(height, rig.poles)).view(1, 1, -1, 1)
    across = latitudes(height).cos().float().view(1, 1, -1, 1)
    along = (depth.square() - radius.square()).clamp_min(1e-12).sqrt() * across  # from the eye, level
    angle = torch.atan2(radius.expand_as(along), along)
    angle = torch.where(depth.isfinite(), angle, torch.zeros_like(angle))
    if math.isfinite(rig.converge):
        angle = angle - torch.atan(radius / rig.converge)
    return 2 * angle * height / math.pi


def fitted_shift(nearness: Tensor, seen: Tensor, constant: bool) -> Tensor:
    """The shift that goes with nearness as what was seen does: a * nearness + c, both (1, 1, H, W).

    nearness: 1 over distance, 0 for infinity. seen: pixels of shift as estimated from the pictures; nan where
    they are not known. constant: whether there is a c. By least squares that trust what fits. Raises
    ValueError where too little is known.
    """
    known = seen.isfinite()
    if int(known.sum()) < LEAST_FIT:
        raise ValueError("too little of the disparity is seen")
    wanted, given = seen[known].double(), nearness[known].double()
    columns = [given, torch.ones_like(given)] if constant else [given]
    rows = torch.stack(columns, 1)
    weight = torch.ones_like(wanted)
    found = torch.zeros(rows.shape[1], dtype=torch.float64)
    for _ in range(ROUNDS):
        found = torch.linalg.lstsq(rows * weight[:, None], wanted[:, None] * weight[:, None]).solution[:, 0]
        misses = (rows @ found - wanted).abs()
        scale = misses.median().clamp_min(0.05)
        weight = (1 + (misses / scale).square()).rsqrt()
    shift = nearness * float(found[0])
    return shift + float(found[1]) if constant else shift
