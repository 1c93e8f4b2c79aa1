from __future__ import annotations

import numpy as np
import pytest

from nst.core.surface.mesh import SurfaceMesh, surface_mesh
from nst.core.surface.seams import islands, seam_edges

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
SIDES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


def cube(split: bool = False) -> SurfaceMesh:
    """A unit cube whose sides are islands of their own."""
    faces = np.concatenate([SIDES[:, [0, 1, 2]], SIDES[:, [0, 2, 3]]])
    square = np.array([[0.0, 0], [0.2, 0], [0.2, 0.2], [0, 0.2]])
    place = np.array([[k % 3, k // 3] for k in range(6)])[:, None] * 0.3
    uv = square[None] + place
    uvs = np.concatenate([uv[:, [0, 1, 2]], uv[:, [0, 2, 3]]])
    if split:  # as file formats do that have one UV for each vertex
        return surface_mesh(CUBE[faces].reshape(-1, 3), np.arange(36).reshape(12, 3), uvs)
    return surface_mesh(CUBE, faces, uvs)


@pytest.mark.parametrize("split", [False, True])
def test_every_edge_of_a_cube_of_islands_is_a_seam(split: bool) -> None:
    mesh = cube(split=split)
    seams = seam_edges(mesh)
    assert len(seams) == 12
    assert np.allclose(seams.length, 1.0)
    assert len(np.unique(islands(mesh))) == 6
    assert np.array_equal(islands(mesh)[:6], islands(mesh)[6:])


def test_end_points_are_matched() -> None:
    mesh = cube()
    seams = seam_edges(mesh)
    for index in range(len(seams)):
        ends = []
        for face, uv in ((seams.face_a, seams.uv_a), (seams.face_b, seams.uv_b)):
            corners = mesh.uvs[face[index]]
            nearest = [np.abs(corners - end).sum(1).argmin() for end in uv[index]]
            assert np.allclose(corners[nearest], uv[index])
            ends.append(mesh.vertices[mesh.faces[face[index]][nearest]])
        assert np.array_equal(ends[0], ends[1])


def test_unfolded_halves_have_no_seam() -> None:
    points = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]
    uvs = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], dtype=float)
    mesh = surface_mesh(points, [[0, 1, 2], [0, 2, 3]], uvs)
    assert len(seam_edges(mesh)) == 0
    assert islands(mesh).tolist() == [0, 0]


def test_edge_that_is_cut_at_one_end_only_is_a_seam() -> None:
    points = [[0, 0, 0], [3, 0, 0], [3, 4, 0], [0, 4, 0]]
    uvs = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [0.9, 1], [0, 1]]], dtype=float)
    seams = seam_edges(surface_mesh(points, [[0, 1, 2], [0, 2, 3]], uvs))
    assert seams.length.tolist() == [5.0]
    assert sorted([seams.face_a[0], seams.face_b[0]]) == [0, 1]


def test_wrap_around_the_texture_is_a_seam() -> None:
    ring = np.array([[0, 0, 0], [1, 0, 0], [0.5, 1, 0]])
    points = np.concatenate([ring, ring + np.array([0, 0, 1])])
    quads = [(k, (k + 1) % 3, 3 + (k + 1) % 3, 3 + k) for k in range(3)]
    faces = [f for a, b, c, d in quads for f in ((a, b, c), (a, c, d))]
    uv = [[(k / 3, 0), ((k + 1) / 3, 0), ((k + 1) / 3, 1), (k / 3, 1)] for k in range(3)]
    uvs = [corner for a, b, c, d in uv for corner in ((a, b, c), (a, c, d))]
    seams = seam_edges(surface_mesh(points, faces, uvs))
    assert len(seams) == 1
    assert sorted([seams.uv_a[0, 0, 0], seams.uv_b[0, 0, 0]]) == [0.0, 1.0]


def test_edges_of_many_faces_are_taken_in_pairs() -> None:
    points = [[0, 0, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]]
    faces = [[0, 1, k] for k in (2, 3, 4, 5)]
    uvs = [[[k / 4, 0], [k / 4, 1], [k / 4 + 0.2, 0]] for k in range(4)]
    seams = seam_edges(surface_mesh(points, faces, uvs))
    assert list(zip(seams.face_a.tolist(), seams.face_b.tolist(), strict=True)) == [(0, 1), (2, 3)]
    three = seam_edges(surface_mesh(points, faces[:3], uvs[:3]))
    assert len(three) == 1


def test_neighbours_with_opposite_winding_still_meet() -> None:
    mesh = cube()
    faces, uvs = mesh.faces.copy(), mesh.uvs.copy()
    faces[::2], uvs[::2] = faces[::2, ::-1], uvs[::2, ::-1]
    assert len(seam_edges(surface_mesh(mesh.vertices, faces, uvs))) == 12


def test_mirrored_halves_on_one_place_in_the_texture_have_no_seam_between_them() -> None:
    points = [[0, 0, 0], [0, 1, 0], [1, 0, 0], [-1, 0, 0]]
    uvs = [[[0, 0], [0, 1], [1, 0]], [[0, 1], [0, 0], [1, 0]]]
    assert len(seam_edges(surface_mesh(points, [[0, 1, 2], [1, 0, 3]], uvs))) == 0


def test_scale_and_unused_broken_vertices_do_not_matter() -> None:
    mesh = cube(split=True)
    points = np.concatenate([mesh.vertices * 1e-4 + 7, [[np.nan, np.inf, 0]]])
    small = seam_edges(surface_mesh(points, mesh.faces, mesh.uvs))
    assert len(small) == 12
    assert np.allclose(small.length, 1e-4)
