"""The final seam solve: what filtering reads along UV seams is made equal on their two sides.

A renderer reads the mean of the four texels around a place. At a seam some of these lie in the gutter beyond
the island, and the gutters of the two sides are not the same. Gutter texels are seen nowhere else, so they
are free: the least change of them is found that makes both sides read the same (least squares, as Iwanicki
2013 and Sylvan 2015 solve for it). Theirs changes the islands' own texels, too; here these stay as they are,
since they already agree on the surface and would only lose detail.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, cg
from torch import Tensor

from .mesh import SurfaceMesh
from .seams import SeamEdges, seam_edges
from .sheets import sheet_of
from .texels import TexelMap

PER_TEXEL = 2  # places along a seam that are made equal, for each texel of its longer side
KEEP = 0.03  # what a change of a gutter texel costs, over the same difference between the two sides
ROUNDS = 100  # of conjugate gradients, at most
PRECISION = 1e-4

Floats = NDArray[np.float64]


class SeamSolve:
    """Prepared for the textures of a mesh, (count * size, size) texels in all."""

    def __init__(self, mesh: SurfaceMesh, texels: TexelMap) -> None:
        steps = _differences(mesh, seam_edges(mesh), texels)
        self._read = np.unique(steps.indices)
        self._steps = steps[:, self._read]
        inside = texels.inside.reshape(-1)[self._read]
        self._free = np.flatnonzero(~inside & np.isin(self._read, texels.index))
        self._matrix = self._steps[:, self._free]

    def __call__(self, planes: Tensor) -> Tensor:
        """The planes (C, N) in [0, 1] of all texels with other gutters; the rest is exactly as before."""
        matrix, count = self._matrix, len(self._free)
        solved = planes.clone()
        if count == 0:
            return solved
        normal = LinearOperator((count, count), matvec=lambda x: matrix.T @ (matrix @ x) + KEEP * x)
        index = torch.from_numpy(self._read[self._free]).to(planes.device)
        for plane, values in zip(solved, self._values(planes), strict=True):
            change, _ = cg(normal, -(matrix.T @ (self._steps @ values)), rtol=PRECISION, maxiter=ROUNDS)
            plane[index] = torch.from_numpy(values[self._free] + change).to(plane).clamp(0, 1)
        return solved

    def _values(self, planes: Tensor) -> Floats:
        """(C, R) of the texels that are read."""
        found: Floats = planes[:, torch.from_numpy(self._read).to(planes.device)].cpu().double().numpy()
        return found


def _differences(mesh: SurfaceMesh, seams: SeamEdges, texels: TexelMap) -> sparse.csr_array:
    """(P, N): what is read on one side of P places along the seams, less what is read on the other."""
    size, total = texels.size, texels.inside.size
    sheet = sheet_of(mesh)
    length = np.maximum(*(np.linalg.norm(uv[:, 1] - uv[:, 0], axis=1) for uv in (seams.uv_a, seams.uv_b)))
    count = np.ceil(PER_TEXEL * size * length).astype(np.int64)
    edge = np.repeat(np.arange(len(seams)), count)
    along = (np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[edge]
    sides = []
    for uv, face in ((seams.uv_a, seams.face_a), (seams.uv_b, seams.face_b)):
        place = uv[edge, 0] + (uv[edge, 1] - uv[edge, 0]) * along[:, None]
        sides.append(_lookups(place, sheet[face[edge]], size, total))
    return sparse.csr_array(sides[0] - sides[1])


def _lookups(uv: Floats, sheet: NDArray[np.int64], size: int, total: int) -> sparse.csr_array:
    """(P, N): bilinear look-ups at UVs (P, 2) in sheets (P,), which wrap around in their sheet."""
    uv = uv - np.floor(uv)
    x, y = uv[:, 0] * size - 0.5, (1 - uv[:, 1]) * size - 0.5
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    columns, weights = [], []
    for dy in (0, 1):
        for dx in (0, 1):
            row, column = (top + dy) % size, (left + dx) % size
            columns.append((sheet * size + row) * size + column)
            weights.append(np.abs(1 - dx - (x - left)) * np.abs(1 - dy - (y - top)))
    rows = np.arange(0, 4 * len(uv) + 1, 4)
    data, index = np.stack(weights, axis=1).reshape(-1), np.stack(columns, axis=1).reshape(-1)
    return sparse.csr_array((data, index, rows), shape=(len(uv), total))
