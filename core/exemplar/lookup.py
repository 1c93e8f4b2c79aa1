"""Which place of an exemplar has a guide most like a given one."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from scipy.spatial import cKDTree
from torch import Tensor

from .exemplar import Exemplar

CELLS = 512  # of a table's side: finer than 8-bit normals are
QUERIES = 2**18  # guides that are looked up at a time
REFINED = 3  # steps to a better neighbour, after a table that is about a pixel off


class Lookup:
    """Finds places in an exemplar by their guides. normals: whether these are weighted normals alone.

    Of normals there is a table: one that faces the viewer follows from where it points on the picture. Guides
    of other kinds are looked for in a tree.
    """

    def __init__(self, exemplar: Exemplar, normals: bool) -> None:
        self._exemplar = exemplar
        self._guides = exemplar.guides.flatten(1).T.contiguous()
        self._inside = exemplar.inside.flatten()
        self._width = exemplar.inside.shape[1]
        self._length = float(exemplar.guides[:, exemplar.inside].norm(dim=0).max()) if normals else 0.0
        self._find = self._in_table if normals else self._in_tree
        self._table = self._tabulated() if normals else None
        self._tree = None if normals else self._grown()

    def places(self, guides: Tensor) -> Tensor:
        """Rows and columns (N, 2) int64 of the places whose guides are most like some (N, G)."""
        if not len(guides):
            return torch.zeros(0, 2, dtype=torch.int64, device=guides.device)
        flat = torch.cat([self._find(part) for part in guides.split(QUERIES)])
        return torch.stack([flat // self._width, flat % self._width], 1)

    def _in_table(self, guides: Tensor) -> Tensor:
        assert self._table is not None
        cell = _cells(guides[:, :2] / self._length)
        found = self._table[cell]
        return self._refined(guides, found)

    def _refined(self, guides: Tensor, found: Tensor) -> Tensor:
        """Flat places, or neighbours of theirs whose guides are nearer."""
        least = (self._guides[found] - guides).square().sum(1)
        height = len(self._guides) // self._width
        for _ in range(REFINED):
            row, column = found // self._width, found % self._width
            for down, across in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                beside = (row + down).clamp(0, height - 1) * self._width
                beside = beside + (column + across).clamp(0, self._width - 1)
                distance = (self._guides[beside] - guides).square().sum(1)
                better = (distance < least) & self._inside[beside]
                found, least = torch.where(better, beside, found), torch.where(better, distance, least)
        return found

    def _tabulated(self) -> Tensor:
        """For each cell of where normals point, the flat place (CELLS^2,) of one there, or of the nearest."""
        flat = self._inside.nonzero()[:, 0]
        normals = self._guides[flat] / self._length
        flat, normals = (part[normals[:, 2] > -0.05].cpu() for part in (flat, normals))
        # The last one counts, and a ball's own pixels count before paint that runs over its rim.
        order = normals[:, 2].argsort(stable=True)
        table = np.full(CELLS * CELLS, -1, np.int64)
        table[_cells(normals[order, :2]).numpy()] = flat[order].numpy()
        empty = table.reshape(CELLS, CELLS) < 0
        _, (row, column) = ndimage.distance_transform_edt(empty, return_indices=True)
        return torch.from_numpy(table[row * CELLS + column].reshape(-1)).to(self._guides.device)

    def _grown(self) -> tuple[cKDTree, Tensor]:
        flat = self._inside.nonzero()[:, 0]
        return cKDTree(self._guides[flat].cpu().numpy(), balanced_tree=False, compact_nodes=False), flat

    def _in_tree(self, guides: Tensor) -> Tensor:
        assert self._tree is not None
        tree, flat = self._tree
        _, found = tree.query(guides.cpu().numpy(), workers=-1)
        return flat[torch.from_numpy(found).to(flat.device)]


def _cells(across_up: Tensor) -> Tensor:
    """The table's cells of x and y (N, 2) in [-1, 1]."""
    cell = ((across_up + 1) * (CELLS / 2)).long().clamp(0, CELLS - 1)
    return cell[:, 1] * CELLS + cell[:, 0]
