"""How well the strokes of a texture run along a field of directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nst.core.surface.field import DirectionField
from nst.core.surface.geometry import Floats, Geometry
from nst.core.surface.sheets import texture_grid
from nst.core.surface.views import WindowMaker

SIDE = 48  # pixels of a window
LEAST = 0.25  # of a window that has to count


@dataclass(frozen=True)
class StrokeAngles:
    """Of strokes in windows on a surface, against the field at their centres.

    angle: (N,) degrees in (-90, 90], counterclockwise seen from outside. coherence: (N,) in [0, 1], how far
    a window's strokes run one way.
    """

    angle: Floats
    coherence: Floats

    def error(self, expected: float = 0.0) -> float:
        """Mean absolute difference from an angle in degrees, each window by its coherence."""
        away = np.abs((self.angle - expected + 90) % 180 - 90)
        return float((away * self.coherence).sum() / self.coherence.sum())


def stroke_angles(
    geometry: Geometry, texture: Tensor, field: DirectionField, pixel: float, count: int = 256
) -> StrokeAngles:
    """Angles of a texture's (1, 3, H, W) strokes from the field's lines, without its turn.

    Windows are ``SIDE`` pixels wide, each ``pixel`` world units: a few to a stroke's width. The angle is the
    structure tensor's, summed over channels (Bigun and Granlund 1987).
    """
    rng = np.random.default_rng(0)
    straight = DirectionField(field.axis, 0.0, field.lines, field.arrows)
    windows = WindowMaker(geometry, straight, rng, 0.0).lay(geometry.sample(count, rng), pixel, SIDE)
    kept = windows.weight.mean((1, 2)) >= LEAST * windows.weight.mean((1, 2)).max()
    at = torch.from_numpy(texture_grid(windows.uv[kept]))
    views = F.grid_sample(texture.float().expand(len(at), -1, -1, -1), at, align_corners=False)
    right = (views[..., 1:-1, 2:] - views[..., 1:-1, :-2]).double()
    up = (views[..., :-2, 1:-1] - views[..., 2:, 1:-1]).double()
    # Only where all neighbours are seen.
    seen = torch.from_numpy(windows.valid[kept]).double()[:, None]
    seen = 1 - F.max_pool2d(1 - seen, 3, stride=1)
    weight = torch.from_numpy(windows.weight[kept]).double()[:, None, 1:-1, 1:-1] * seen
    rr, uu, ru = ((weight * a * b).sum((1, 2, 3)) for a, b in ((right, right), (up, up), (right, up)))
    # Strokes run across the strongest change of colour: along up where that is to the right.
    angle = torch.rad2deg(torch.atan2(2 * ru, rr - uu)) / 2
    coherence = torch.hypot(rr - uu, 2 * ru) / (rr + uu).clamp_min(1e-12)
    return StrokeAngles(angle.numpy(), coherence.numpy())
