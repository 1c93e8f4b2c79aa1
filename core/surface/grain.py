"""How fine a surface is painted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FILLED = 0.6  # share of a UV map that islands fill as a rule
FINER, COARSER = 0.5, 1.33  # times a texel: what is finer is lost, what is coarser wastes the texture
CROWD = 4  # times the texture's own texels could cover the surface, at most


def grain(area: float, pixels: int, texels: NDArray[np.float64]) -> float:
    """World size of the finest detail that is painted: that of texels of a map that is filled as most are.

    area: of the surface. pixels: of its textures. texels: (T,) areas of those inside islands.
    It follows from the textures' size and not from the unwrap, so that the painting does, too. Only where
    texels are much larger or smaller do they decide, by their median; but where UVs overlap or give very
    different sizes to the object's parts, nothing finer is held than memory allows.
    """
    texel = np.sqrt(max(np.median(texels), area / (CROWD * max(1, len(texels)))))
    return float(np.clip(np.sqrt(area / (FILLED * pixels)), FINER * texel, COARSER * texel))
