"""Islands that lie over each other: one of them is painted whole, and the same side throughout."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import SurfaceMesh, surface_mesh
from nst.core.surface.overlap import painting_order
from nst.core.surface.seams import charts, islands
from nst.core.surface.texels import own_faces, texel_map


def patch(place: tuple[float, float], size: float, world: float = 1.0, at: float = 0.0) -> SurfaceMesh:
    """A square of eight by eight quads; ``place`` and ``size`` in UV."""
    y, x = np.mgrid[0:9, 0:9] / 8
    points = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
    corner = (np.arange(8)[:, None] * 9 + np.arange(8)).reshape(-1)
    quads = np.stack([corner, corner + 1, corner + 10, corner + 9], axis=1)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    uvs = points[faces][..., :2] * size + np.array(place)
    return surface_mesh(points * world + np.array([0, 0, at]), faces, uvs)


def together(*meshes: SurfaceMesh) -> SurfaceMesh:
    ahead = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    return surface_mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, ahead, strict=True)]),
        np.concatenate([mesh.uvs for mesh in meshes]),
    )


def mirrored_cylinder() -> SurfaceMesh:
    """A cylinder in two islands, wall and caps, whose half with x < 0 has the UVs of the other."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, 13)
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ring[[0, -1], 0] = 0
    low, high = (np.column_stack([ring, np.full(13, z)]) for z in (0.0, 2.0))
    wall_uv = np.column_stack([np.linspace(0.05, 0.6, 13), np.full(13, 0.05)])
    corners, uvs = [], []
    for k in range(12):
        quad = (low[k], low[k + 1], high[k + 1], high[k])
        own = (wall_uv[k], wall_uv[k + 1], wall_uv[k + 1] + [0, 0.5], wall_uv[k] + [0, 0.5])
        cap = np.array([0.65, 0.5]) + 0.25 * np.concatenate([ring[k : k + 2], np.zeros((1, 2))])
        corners += [quad[:3], (quad[0], *quad[2:]), (high[k], high[k + 1], np.array([0.0, 0, 2]))]
        uvs += [own[:3], (own[0], *own[2:]), cap]
    half, half_uv = np.array(corners), np.array(uvs)
    other, other_uv = (half * [-1, 1, 1])[:, ::-1], half_uv[:, ::-1]
    points = np.concatenate([half, other]).reshape(-1, 3)
    return surface_mesh(points, np.arange(len(points)).reshape(-1, 3), np.concatenate([half_uv, other_uv]))


def owners(mesh: SurfaceMesh, size: int = 64) -> np.ndarray:
    """(size * size,) the chart of each texel that lies in an island, -1 elsewhere."""
    texels = texel_map(mesh, size)
    chart = np.full(size * size, -1)
    chart[texels.index] = charts(mesh)[texels.face]
    return np.where(texels.inside.reshape(-1), chart, -1)


def test_a_mirrored_model_is_painted_from_one_of_its_halves() -> None:
    mesh = mirrored_cylinder()
    assert len(np.unique(islands(mesh))) == 2  # folded along the mirror's plane
    assert len(np.unique(charts(mesh))) == 4
    texels = texel_map(mesh, 64)
    assert (mesh.vertices[mesh.faces[texels.face]].mean(1)[:, 0] > 0).all()
    assert texels.overlap == pytest.approx(0.5, abs=0.02)
    assert texels.stacked == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize("first_is_large", [True, False])
def test_the_larger_island_wins_whole(first_is_large: bool) -> None:
    large, small = patch((0.1, 0.1), 0.6, world=3.0), patch((0.5, 0.5), 0.4, world=1.0, at=1.0)
    mesh = together(large, small) if first_is_large else together(small, large)
    chart = owners(mesh)
    winner = charts(mesh)[0 if first_is_large else -1]
    covered = owners(large) >= 0
    assert (chart[covered] == winner).all()
    assert (chart[~covered & (chart >= 0)] != winner).all()
    assert painting_order(mesh).stacked == 0


def test_stacked_islands_are_painted_from_the_first_whatever_their_rounding() -> None:
    """Two islands for each of three instances: all from the first, or their seams would not fit."""
    rng = np.random.default_rng(1)
    parts = []
    for instance in range(3):
        for place in ((0.05, 0.05), (0.55, 0.5)):
            parts.append(patch(place, 0.4, world=1 + 1e-7 * rng.random(), at=float(instance)))
    mesh = together(*parts)
    assert set(owners(mesh)) == {-1, *charts(mesh)[[0, 128]]}
    assert painting_order(mesh).stacked == pytest.approx(2 / 3)


def test_a_half_that_lies_a_tile_apart_is_stacked_too() -> None:
    mesh = together(patch((0.25, 0.25), 0.5), patch((1.25, -1.75), 0.5, at=1.0))
    assert painting_order(mesh).stacked == pytest.approx(0.5)
    assert set(owners(mesh)) == {-1, charts(mesh)[0]}


def test_a_box_pressed_flat_is_painted_from_its_front_or_its_back() -> None:
    shape = trimesh.creation.box().subdivide().subdivide()
    uvs = shape.vertices[shape.faces][..., :2] * 0.8 + 0.5  # as Project From View makes it
    texels = texel_map(surface_mesh(shape.vertices, shape.faces, uvs), 64)
    seen = shape.face_normals[texels.face][:, 2]
    assert len(np.unique(np.round(seen))) == 1
    assert abs(seen[0]) == pytest.approx(1)


def test_faces_that_show_others_paint_are_told_from_those_that_show_their_own() -> None:
    half = mirrored_cylinder()
    x = half.vertices[half.faces].mean(1)[:, 0]
    far = np.abs(x) > 0.3  # nearer to the mirror's plane both halves are one place, more or less
    geometry = Geometry(half)
    own = own_faces(geometry, texel_map(half, 64))
    assert (own == (x > 0))[far].all()
    assert own[x > 0].all()
    part = geometry.only(own)
    assert part.area == pytest.approx(geometry.areas[own].sum())
    assert own[part.sample(500, np.random.default_rng(0)).face].all()
    apart = patch((0.1, 0.1), 0.5)
    assert own_faces(Geometry(apart), texel_map(apart, 64)).all()


def test_of_repeating_uvs_one_turn_is_its_own() -> None:
    tiled = patch((0.0, 0.0), 4.0)
    own = own_faces(Geometry(tiled), texel_map(tiled, 64))
    assert own.sum() == pytest.approx(len(own) / 16, abs=2)
