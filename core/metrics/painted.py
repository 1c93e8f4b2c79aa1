"""How much of a texture was painted."""

from __future__ import annotations

import torch

from ..surface.mesh import SurfaceMesh
from .atlas import atlas


def painted_share(mesh: SurfaceMesh, texture: torch.Tensor, alpha: torch.Tensor | None = None) -> float:
    """Share in [0, 1] of the texels with their centre in an island that were painted.

    texture: (1, 3, H, W). With alpha (1, 1, H, W), painted means an alpha above 0: textures are
    saved with 0 where nothing was painted. Without, it means any colour but exact black, the
    colour of a blank image. A map whose islands hold no texel gives 0.
    """
    height, width = texture.shape[-2:]
    inside = atlas(mesh, height, width).inside
    painted = (texture[0] != 0).any(0) if alpha is None else alpha[0, 0] > 0
    if not inside.any():
        return 0.0
    return float(painted.detach().cpu().numpy()[inside].mean())
