"""Normal maps: pictures of which way surfaces face."""

from __future__ import annotations

from pathlib import Path

import torch.nn.functional as F
from torch import Tensor

from ..exr import is_exr, read_exr
from ..images import load_picture
from ..protocol import JobError, Remedy

PROPORTIONS = 0.02  # by which proportions may differ
UNIT, MOST = 0.25, 0.5  # by how much lengths may differ from 1, and of how many pixels
SAMPLED = 2**18  # pixels that are looked at


def read_normals(path: str, height: int, width: int) -> Tensor:
    """Unit normals (3, height, width) of a normal map: x right, y up, z towards the viewer.

    A picture holds 0.5 + 0.5 n; an EXR file n itself, or that. Its size may be another, in the
    same proportions. Raises JobError as ``load_picture``; "sizes_differ", and "not_normals" for a picture of
    something else.
    """
    normals = _decoded(path)
    high, wide = normals.shape[1:]
    if abs(wide / high / (width / height) - 1) > PROPORTIONS:
        raise JobError(
            "sizes_differ",
            f"The normal map {Path(path).name} has {wide} x {high} pixels, what it belongs to {width} x "
            f"{height}. Make it in the same proportions.",
            Remedy.CHOOSE_IMAGE,
        )
    if (high, wide) != (height, width):
        normals = F.interpolate(
            normals[None], (height, width), mode="bilinear", antialias=True, align_corners=False
        )[0]
    return F.normalize(normals, dim=0)


def _decoded(path: str) -> Tensor:
    """Vectors (3, H, W) as they are in a file."""
    if is_exr(path):
        vectors = read_exr(Path(path))[0]
        if float(vectors.min()) >= 0:
            vectors = 2 * vectors - 1
    else:
        vectors = 2 * load_picture(path, "normal map").rgb[0] - 1
    lengths = vectors.flatten(1).norm(dim=0)
    lengths = lengths[:: max(1, len(lengths) // SAMPLED)]
    whole = (lengths - 1).abs() < UNIT
    empty = (lengths < UNIT) | (lengths > 1 + MOST)  # black, white or grey: nothing is there
    if not bool(whole.any()) or float(whole.sum() / (~empty).sum().clamp_min(1)) < 1 - MOST:
        raise JobError(
            "not_normals",
            f"{Path(path).name} is no normal map: its colours are no directions. Choose one where what faces "
            "the viewer is light blue, what faces right reddish and what faces up greenish.",
            Remedy.CHOOSE_IMAGE,
        )
    return vectors
