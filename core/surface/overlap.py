"""Islands that lie over each other in the texture: which of them is painted, whole.

A texel can hold the colour of one place only. Which place that is must not change from face to face, or
both islands get patches of each other's paint. So charts are put in an order, and the first that covers a
texel has it. Of charts that lie exactly over each other (halves of a symmetrical model, instances) the first
in the order of faces wins throughout, so that all of them show one and the same side of the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .mesh import SurfaceMesh
from .seams import charts
from .sheets import sheet_of

# Charts whose places and areas in UV differ by less are taken as the same, and put on one stack. The grid
# that they are compared on is shifted: people snap UVs to fractions, which must not fall between its cells.
_SAME = 1e-3
_SHIFT = 0.1234

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Order:
    """rank: (F,) whose face is painted where several overlap: that of the lowest rank.

    stacked: UV area that lies exactly over another chart, over the area of all.
    """

    rank: Ints
    stacked: float


def painting_order(mesh: SurfaceMesh) -> Order:
    """Stacks with a large chart come before others, and on a stack the chart with the first face."""
    chart = charts(mesh)
    count = int(chart.max()) + 1
    first = np.full(count, len(chart))
    np.minimum.at(first, chart, np.arange(len(chart)))
    a, b = mesh.uvs[:, 1] - mesh.uvs[:, 0], mesh.uvs[:, 2] - mesh.uvs[:, 0]
    uv_area = _sums(chart, np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2)
    corners = mesh.vertices[mesh.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    world_area = _sums(chart, np.linalg.norm(cross, axis=1) / 2)

    stack = _stacks(mesh, chart, uv_area, first)
    largest = np.zeros(stack.max() + 1)
    np.maximum.at(largest, stack, world_area)
    order = np.lexsort((first, stack, -largest[stack]))
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    rank = np.empty(len(chart), dtype=np.int64)
    rank[np.lexsort((np.arange(len(chart)), place[chart]))] = np.arange(len(chart))

    top = order[np.unique(stack[order], return_index=True)[1]]
    whole = float(uv_area.sum())
    stacked = (whole - float(uv_area[top].sum())) / whole if whole > 0 else 0.0
    return Order(rank, stacked)


def _sums(group: Ints, values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.bincount(group, values).astype(np.float64)


def _stacks(mesh: SurfaceMesh, chart: Ints, uv_area: NDArray[np.float64], first: Ints) -> Ints:
    """(C,) the stack of each chart: those of one sheet with the same place and area in the texture."""
    low = np.full((len(first), 2), np.inf)
    high = -low
    np.minimum.at(low, chart, mesh.uvs.min(1))
    np.maximum.at(high, chart, mesh.uvs.max(1))
    tile = np.floor((low + high) / 2)  # the halves of a model often lie a tile apart
    size = np.sqrt(uv_area)[:, None]
    place = np.round(np.concatenate([low - tile, high - tile, size], axis=1) / _SAME + _SHIFT)
    key = np.concatenate([sheet_of(mesh)[first][:, None], place], axis=1)
    _, stack = np.unique(key, axis=0, return_inverse=True)
    stack = np.asarray(stack, dtype=np.int64).reshape(-1)
    # Stacks in the order of their first faces.
    opening = np.full(stack.max() + 1, len(chart))
    np.minimum.at(opening, stack, first)
    return np.argsort(np.argsort(opening))[stack]
