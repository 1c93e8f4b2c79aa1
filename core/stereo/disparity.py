"""How far apart two eyes see a point, from its distance: the true disparity.

In a panorama each eye looks along a tangent of a circle, from wherever that touches (omnidirectional stereo;
Peleg, Ben-Ezra and Pritch 2001): a point at a horizontal distance rho from the middle lies asin(r / rho) to
either side of its true longitude, and at the same latitude. r is half the distance between the eyes; Blender
lets it fade to 0 towards the poles, by a quarter of a cosine (Cycles, ``spherical_stereo_transform``). Eyes
that converge are turned by as much as a point lies aside at that distance. In a flat picture disparity is
a / z + c, whatever the lens and the convergence: of cameras side by side, parallel or shifted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..motion.warp import carried, inside
from ..panorama.around import breadths, latitudes

ROUNDS = 12  # of least squares that leave out what does not fit
STEPS = 8  # towards the disparity by which the pictures fit best
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
    across = breadths(height)[None, None]
    along = (depth.square() - radius.square()).clamp_min(1e-12).sqrt() * across  # from the eye, level
    angle = torch.atan2(radius.expand_as(along), along)
    angle = torch.where(depth.isfinite(), angle, torch.zeros_like(angle))
    if math.isfinite(rig.converge):
        angle = angle - torch.atan2(radius, rig.converge * across)
    return 2 * angle * height / math.pi


def panorama_drop(depth: Tensor, rig: Rig) -> Tensor:
    """Pixels (1, 1, H, W) by which either eye sees a point lower than the middle between them does.

    depth: as of ``panorama_shift``. Eyes are nearer to it along the level than the middle is.
    """
    height = depth.shape[-2]
    radius = (rig.eyes / 2 * fade(height, rig.poles)).view(1, 1, -1, 1)
    seen = latitudes(height).float().view(1, 1, -1, 1)
    nearer = (1 - (radius / depth.clamp_min(1e-6)).square()).clamp_min(0).sqrt()
    return ((seen.sin() * nearer).asin() - seen) * height / math.pi


@dataclass(frozen=True)
class Line:
    """A shift in pixels that goes with nearness: gain * nearness + offset * level."""

    gain: float
    offset: float = 0.0

    def shift(self, nearness: Tensor, level: Tensor | float = 1.0) -> Tensor:
        """Of each pixel. level: what the shift of things at infinity is in proportion to."""
        return nearness * self.gain + self.offset * level


def flat_line(lens: float, eyes: float, converge: float = math.inf) -> Line:
    """What shifts go by in flat pictures of eyes side by side, in proportion to 1 over distance.

    lens: focal length in pixels. eyes: distance between them, converge: at which they see the same, as in
    ``Rig``.
    """
    return Line(lens * eyes, -lens * eyes / converge)


def fitted(nearness: Tensor, seen: Tensor, level: Tensor | None) -> Line:
    """The line on which what was seen lies best.

    nearness: (1, 1, H, W), what shifts are in proportion to. seen: the same, pixels of shift as estimated
    from the pictures; nan where they are not known. level: as of ``Line.shift``, of any shape that fits; None
    for no offset. Least squares that trust what fits. Raises ValueError where too little is known.
    """
    known = seen.isfinite()
    if int(known.sum()) < LEAST_FIT or float(nearness[known].amax() - nearness[known].amin()) <= 0:
        raise ValueError("too little of the disparity is seen")
    levels = None if level is None else level.expand_as(seen)[known]
    return _solved(nearness[known], seen[known], torch.ones_like(seen[known]), levels)


def refined(
    line: Line, nearness: Tensor, here: Tensor, there: Tensor, known: Tensor, level: Tensor | None
) -> Line:
    """The line by which one picture (1, 3, H, W) is most like the other, near the one that was given.

    here, there: what the right and the left eye see. nearness: as the right eye sees it. known: (1, 1, H, W),
    bool, where. level: as of ``fitted``. Gauss and Newton's way, which trusts what fits (Lucas and
    Kanade 1981).
    """
    for _ in range(STEPS):
        shift = line.shift(nearness, 0.0 if level is None else level)
        offsets = torch.cat([shift, torch.zeros_like(shift)], 1)
        moved = carried(there, offsets, cubic=True)
        aside = torch.tensor([0.5, 0.0]).view(1, 2, 1, 1)
        slope = carried(there, offsets + aside) - carried(there, offsets - aside)
        use = (known & inside(offsets)).expand_as(slope)
        levels = None if level is None else level.expand_as(slope)[use]
        step = _solved(nearness.expand_as(slope)[use], (here - moved)[use], slope[use], levels)
        line = Line(line.gain + step.gain, line.offset + step.offset)
    return line


def _solved(nearness: Tensor, wanted: Tensor, slope: Tensor, level: Tensor | None) -> Line:
    """The line whose slope times shift is nearest to what is wanted; all (N,)."""
    given, wanted, slope = nearness.double(), wanted.double(), slope.double()
    rows = torch.stack([slope * given] if level is None else [slope * given, slope * level.double()], 1)
    weight = torch.ones_like(wanted)
    found = torch.zeros(rows.shape[1], dtype=torch.float64)
    for _ in range(ROUNDS):
        square = rows.T @ (rows * weight[:, None])
        found = torch.linalg.lstsq(square, rows.T @ (wanted * weight)).solution
        misses = (rows @ found - wanted).abs()
        weight = 1 / (1 + (misses / misses.median().clamp_min(1e-4)).square())
    return Line(*map(float, found))
