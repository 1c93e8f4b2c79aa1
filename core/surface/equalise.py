"""A seam solve: both sides of a UV seam get one colour, and what that takes fades away inwards.

Least squares on what bilinear look-ups read along both sides of a seam, as for light maps (Iwanicki 2013,
"Lighting Technology of The Last of Us"; Sylvan 2015, "Fixing Texture Seams With Linear Least-Squares"), here
with a screened Laplacian, so that the correction is smooth and reaches inwards. The surface canvas is
continuous by construction: there is little to do but where islands overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse.linalg import cg
from torch import Tensor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REACH = 8  # texels over which a correction fades
TIE = 100.0  # how much a step across a seam counts against one between neighbours
SCREEN = 1e-3  # how much the correction itself counts
ACCURACY, ROUNDS = 1e-4, 200  # of the solver


@dataclass(frozen=True, eq=False)
class SeamPoints:
    """P places where two parts of a texture show one point of the surface.

    first, second: (P, 2) in texels, x right, y down, centres at halves.
    """

    first: Floats
    second: Floats


def equalised(picture: Tensor, points: SeamPoints, island: Ints) -> Tensor:
    """A texture (1, C, H, W) whose bilinear look-ups agree at the points, as far as its texels can.

    island: (H, W), which island a texel belongs to, gutter included; -1 for none. Texels farther than REACH
    from a seam, and those of no island, stay exactly as they are.
    """
    ties = _ties(points, island)
    if ties.nnz == 0:
        return picture
    near = np.zeros(island.size, dtype=bool)
    near[ties.indices] = True
    band = ndimage.binary_dilation(near.reshape(island.shape), iterations=REACH) & (island >= 0)
    texel = np.flatnonzero(band)
    number = np.full(island.size, -1)
    number[texel] = np.arange(len(texel))
    own = sparse.csr_array(ties[:, texel])
    matrix = TIE * (own.T @ own) + _smoothness(island, number, texel)
    scaling = sparse.diags_array(1 / matrix.diagonal())
    flat = picture[0].flatten(1).cpu().double().numpy()
    result = picture.clone()
    for channel, colors in enumerate(flat):
        goal = -TIE * (own.T @ (ties @ colors))
        change, _ = cg(matrix, goal, rtol=ACCURACY, maxiter=ROUNDS, M=scaling)
        result[0, channel].view(-1)[torch.from_numpy(texel)] += torch.from_numpy(change).to(picture)
    return result


def _ties(points: SeamPoints, island: Ints) -> sparse.csr_array:
    """(P, H * W): the look-up at the first place less that at the second, where both have texels to read."""
    rows, columns, values = [], [], []
    alive = np.ones(len(points.first), dtype=bool)
    for places, sign in ((points.first, 1.0), (points.second, -1.0)):
        texels, weights = _bilinear(places, island.shape)
        alive &= (island.reshape(-1)[texels] >= 0).all(1)
        rows.append(np.repeat(np.arange(len(places)), 4))
        columns.append(texels.reshape(-1))
        values.append(sign * weights.reshape(-1))
    matrix = sparse.csr_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(len(points.first), island.size),
    )
    kept = sparse.csr_array(matrix[alive])
    kept.sum_duplicates()
    kept.eliminate_zeros()
    return kept


def _bilinear(places: Floats, shape: tuple[int, ...]) -> tuple[Ints, Floats]:
    """Flat indices and weights (P, 4) of the texels that a look-up reads; the texture's border is held."""
    low = np.floor(places - 0.5).astype(np.int64)
    part = places - 0.5 - low
    texels, weights = [], []
    for dx in (0, 1):
        for dy in (0, 1):
            column = (low[:, 0] + dx).clip(0, shape[1] - 1)
            row = (low[:, 1] + dy).clip(0, shape[0] - 1)
            texels.append(row * shape[1] + column)
            weights.append(np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1]))
    return np.stack(texels, axis=1), np.stack(weights, axis=1)


def _smoothness(island: Ints, number: Ints, texel: Ints) -> sparse.csr_array:
    """The screened Laplacian of the band's texels; neighbours beyond it, of the same island, stay at 0."""
    flat = island.reshape(-1)
    height, width = island.shape
    diagonal = np.full(len(texel), SCREEN)
    rows, columns = [], []
    for step, inside in (
        (1, texel % width < width - 1),
        (-1, texel % width > 0),
        (width, texel < (height - 1) * width),
        (-width, texel >= width),
    ):
        here = np.flatnonzero(inside)
        beside = texel[here] + step
        alike = flat[beside] == flat[texel[here]]
        here, beside = here[alike], beside[alike]
        diagonal[here] += 1
        unknown = number[beside] >= 0
        rows.append(here[unknown])
        columns.append(number[beside[unknown]])
    row, column = np.concatenate(rows), np.concatenate(columns)
    off = sparse.csr_array((np.full(len(row), -1.0), (row, column)), shape=(len(texel), len(texel)))
    return off + sparse.diags_array(diagonal)
