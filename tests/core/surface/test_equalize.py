"""The seam solve: what is read on both sides of seams, and that nothing else moves."""

import numpy as np
import pytest
import torch

from nst.core.surface.equalize import SeamSolve
from nst.core.surface.mesh import SurfaceMesh
from nst.core.surface.texels import texel_map

SIZE = 64


@pytest.fixture
def folded():
    """Two squares that share an edge, whose islands lie apart and turned by 30 degrees."""
    vertices = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [2, 0, 0], [2, 1, 0]], float)
    quads = [[0, 1, 2, 3], [1, 4, 5, 2]]
    plane = vertices[:, :2] * 0.35
    angle = np.radians(30)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    uv = [plane[quads[0]] + [0.05, 0.05], (plane[quads[1]] - [0.35, 0]) @ turn.T + [0.65, 0.45]]
    faces = [[quad[i] for i in t] for quad in quads for t in ((0, 1, 2), (0, 2, 3))]
    uvs = np.array([place[list(t)] for place in uv for t in ((0, 1, 2), (0, 2, 3))])
    return SurfaceMesh(vertices, np.array(faces), uvs, "folded")


def difference(solve, planes):
    """Mean absolute difference between what is read on the two sides of seams; planes: (C, N)."""
    return float(np.abs(solve._steps @ solve._values(planes).T).mean())


def test_both_sides_read_nearly_the_same_and_islands_stay(folded):
    texels = texel_map(folded, SIZE)
    solve = SeamSolve(folded, texels)
    position = np.einsum("tk,tkc->tc", texels.barycentric, folded.vertices[folded.faces[texels.face]])
    x, y = position[:, 0], position[:, 1]
    planes = torch.zeros(3, SIZE * SIZE)
    waves = np.stack([0.5 + 0.4 * np.sin(k * x + 9 * y) for k in (9.0, 13.0, 17.0)])
    planes[:, torch.from_numpy(texels.index)] = torch.from_numpy(waves).float()
    gutter = torch.from_numpy(texels.index[~texels.inside.reshape(-1)[texels.index]])
    planes[:, gutter] += 0.1 * torch.rand(3, len(gutter), generator=torch.Generator().manual_seed(0)) - 0.05
    solved = solve(planes)
    assert difference(solve, solved) < 0.4 * difference(solve, planes)
    inside = torch.from_numpy(texels.inside.reshape(-1))
    assert torch.equal(solved[:, inside], planes[:, inside])
    never = torch.ones(SIZE * SIZE, dtype=torch.bool)
    never[torch.from_numpy(texels.index)] = False
    assert torch.equal(solved[:, never], planes[:, never])


def test_what_is_equal_stays_as_it_is(folded):
    solve = SeamSolve(folded, texel_map(folded, SIZE))
    grey = torch.full((3, SIZE * SIZE), 0.5)
    assert difference(solve, grey) < 1e-12
    torch.testing.assert_close(solve(grey), grey)


def test_a_mesh_without_seams_is_left_alone():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0]], float)
    mesh = SurfaceMesh(vertices, np.array([[0, 1, 2]]), vertices[None, :, :2] * 0.9, "triangle")
    solve = SeamSolve(mesh, texel_map(mesh, SIZE))
    noise = torch.rand(3, SIZE * SIZE)
    assert torch.equal(solve(noise), noise)
