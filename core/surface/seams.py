"""Where the UV map is cut: edges that are one on the surface and two in the texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .mesh import SurfaceMesh
from .sheets import sheet_of

# Positions closer than this share of the bounding box's diagonal are one point; UVs closer
# than this are one place (a sixtieth of a texel at 16384 pixels).
_SAME_POSITION = 1e-6
_SAME_UV = 1e-6


@dataclass(frozen=True, eq=False)
class SeamEdges:
    """S seams, each seen from both of its faces, with its end points in the same order.

    uv_a, uv_b: (S, 2, 2) place of both end points in UV, v up. face_a, face_b: (S,) the faces.
    length: (S,) in world units.
    """

    uv_a: NDArray[np.float64]
    uv_b: NDArray[np.float64]
    face_a: NDArray[np.int64]
    face_b: NDArray[np.int64]
    length: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.length)


def seam_edges(mesh: SurfaceMesh) -> SeamEdges:
    """The UV seams of a mesh, those between its sheets among them.

    Two half-edges are one edge when their end points have the same positions, whether or not
    the mesh shares the vertices; it is a seam when they lie at different places in UV or in
    different sheets. An edge of more than two faces is taken as pairs in the order of its faces;
    border edges are no seams.
    """
    edges = _shared_edges(mesh)
    cut = _is_cut(mesh, edges)
    return SeamEdges(
        edges.uv_a[cut], edges.uv_b[cut], edges.face_a[cut], edges.face_b[cut], edges.length[cut]
    )


def islands(mesh: SurfaceMesh) -> NDArray[np.int64]:
    """(F,) the island of every face, from 0: faces joined by edges that are no seams."""
    edges = _shared_edges(mesh)
    return _joined(mesh, edges, ~_is_cut(mesh, edges))


def charts(mesh: SurfaceMesh) -> NDArray[np.int64]:
    """(F,) the chart of every face, from 0: islands, cut also where they are folded over.

    The halves of a symmetrical model that share their UVs are one island, folded along the mirror's plane,
    and two charts.
    """
    edges = _shared_edges(mesh)
    centre = mesh.uvs.mean(1)
    sides = _side(edges.uv_a, centre[edges.face_a]) * _side(edges.uv_a, centre[edges.face_b])
    return _joined(mesh, edges, ~_is_cut(mesh, edges) & (sides < 0))


def _joined(mesh: SurfaceMesh, edges: SeamEdges, joined: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(F,) a number for each set of faces that hang together by the joined edges."""
    count = len(mesh.faces)
    links = coo_array(
        (np.ones(int(joined.sum()), dtype=np.int8), (edges.face_a[joined], edges.face_b[joined])),
        shape=(count, count),
    )
    _, label = connected_components(links, directed=False)
    return np.asarray(label, dtype=np.int64)


def _side(edge: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float64]:
    """(S,) positive for points (S, 2) on the left of edges (S, 2, 2), negative on the right."""
    along, toward = edge[:, 1] - edge[:, 0], point - edge[:, 0]
    side: NDArray[np.float64] = along[:, 0] * toward[:, 1] - along[:, 1] * toward[:, 0]
    return side


def _is_cut(mesh: SurfaceMesh, edges: SeamEdges) -> NDArray[np.bool_]:
    sheet = sheet_of(mesh)
    cut: NDArray[np.bool_] = np.abs(edges.uv_a - edges.uv_b).max(axis=(1, 2)) > _SAME_UV
    cut |= sheet[edges.face_a] != sheet[edges.face_b]
    return cut


def _shared_edges(mesh: SurfaceMesh) -> SeamEdges:
    """All edges between two faces, cut or not."""
    points = _welded_ids(mesh)[mesh.faces]
    start, end = points.reshape(-1), np.roll(points, -1, axis=1).reshape(-1)
    uv = np.stack([mesh.uvs, np.roll(mesh.uvs, -1, axis=1)], axis=2).reshape(-1, 2, 2)
    world = np.linalg.norm(
        np.roll(mesh.vertices[mesh.faces], -1, axis=1) - mesh.vertices[mesh.faces], axis=2
    ).reshape(-1)
    face = np.repeat(np.arange(len(mesh.faces)), 3)

    turned = start > end
    uv = np.where(turned[:, None, None], uv[:, ::-1], uv)
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((face, high, low))
    order = order[low[order] != high[order]]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (low[order][1:] != low[order][:-1]) | (high[order][1:] != high[order][:-1])
    beginning = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    rank = np.arange(len(order)) - beginning
    # Even members of an edge's group take the next one, if it is of the same edge.
    left = np.flatnonzero((rank[:-1] % 2 == 0) & ~first[1:])
    a, b = order[left], order[left + 1]
    return SeamEdges(uv[a], uv[b], face[a], face[b], world[a])


def _welded_ids(mesh: SurfaceMesh) -> NDArray[np.int64]:
    """(V,) an id for each vertex, the same for vertices at the same position."""
    used = mesh.vertices[np.unique(mesh.faces)]
    diagonal = float(np.linalg.norm(np.ptp(used, axis=0)))
    # Unused vertices may hold anything, also numbers that are none.
    steps = np.nan_to_num((mesh.vertices - used.min(0)) / (_SAME_POSITION * diagonal), posinf=0, neginf=0)
    _, ids = np.unique(np.round(steps).clip(-1e9, 1e9).astype(np.int64), axis=0, return_inverse=True)
    return np.asarray(ids, dtype=np.int64).reshape(-1)
