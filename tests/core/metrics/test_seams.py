from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import trimesh

from nst.core.metrics.atlas import atlas
from nst.core.metrics.position import position_texture
from nst.core.metrics.seams import position_floor, seam_ratio
from nst.core.surface.mesh import SurfaceMesh, surface_mesh


def box(extents: tuple[float, float, float] = (1, 1, 1), turned: bool = False) -> SurfaceMesh:
    """A box whose six sides are islands, in cells of a 3 x 2 grid, optionally each at its own angle."""
    solid = trimesh.creation.box(extents)
    corners = solid.vertices[solid.faces]
    uvs = np.zeros((12, 3, 2))
    sides = np.unique(solid.face_normals.round(3), axis=0, return_inverse=True)[1].reshape(-1)
    for side in range(6):
        mine = np.flatnonzero(sides == side)
        axes = [axis for axis in range(3) if np.ptp(corners[mine][..., axis]) > 1e-9]
        flat = corners[mine][..., axes]
        flat = (flat - flat.min((0, 1)) - np.ptp(flat, axis=(0, 1)) / 2) / (max(extents) * 1.5)
        angle = 0.4 * side if turned else 0.0
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        uvs[mine] = (flat @ turn + 0.5 + np.array([side % 3, side // 3])) / 3
    return surface_mesh(solid.vertices, solid.faces, uvs)


def sphere(columns: int = 32, rows: int = 16) -> SurfaceMesh:
    """A globe with one cut from pole to pole, stretched towards both."""
    u, v = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1))
    across, up = u * 2 * np.pi, (v - 0.5) * np.pi
    points = np.stack([np.cos(up) * np.cos(across), np.cos(up) * np.sin(across), np.sin(up)], axis=-1)
    index = np.arange(u.size).reshape(u.shape)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]))
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    uv = np.stack([u, v], axis=-1).reshape(-1, 2) * 0.9 + 0.05
    return surface_mesh(points.reshape(-1, 3), faces, uv[faces])


MESHES = {"box": box(), "turned box": box((1, 2, 0.7), turned=True), "sphere": sphere()}


def flat_noise(size: int, grain: int = 8, seed: int = 0) -> torch.Tensor:
    """Smooth noise made in UV space, as a texture synthesised there would be."""
    coarse = torch.rand(1, 3, size // grain, size // grain, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)


@pytest.mark.parametrize("name", MESHES)
@pytest.mark.parametrize("size", [128, 256])
def test_texture_of_position_has_no_seams(name: str, size: int) -> None:
    report = position_floor(MESHES[name], size)
    assert report.ratio == pytest.approx(1.0, abs=0.1)
    assert report.ratio == pytest.approx(report.seam_step / report.inside_step)
    assert report.pairs > size


@pytest.mark.parametrize("name", MESHES)
def test_texture_made_in_uv_space_has_seams(name: str) -> None:
    assert seam_ratio(MESHES[name], flat_noise(256)).ratio > 1.5


@pytest.mark.parametrize("name", ["box", "turned box"])
def test_islands_of_random_colours_have_seams(name: str) -> None:
    mesh = MESHES[name]
    smooth = position_texture(mesh, 256)
    at = atlas(mesh, 256, 256)
    tint = torch.rand(6, 3, generator=torch.Generator().manual_seed(1)) - 0.5
    colors = tint[torch.from_numpy(at.island.clip(0))].permute(2, 0, 1)[None]
    assert seam_ratio(mesh, smooth).ratio < 1.3
    assert seam_ratio(mesh, (smooth + 0.5 * colors).clamp(0, 1)).ratio > 1.5


@pytest.mark.parametrize("name", MESHES)
def test_noise_of_single_texels_hides_any_seam(name: str) -> None:
    noise = torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    assert seam_ratio(MESHES[name], noise).ratio == pytest.approx(1.0, abs=0.06)


def test_spoilt_rim_is_seen() -> None:
    mesh = MESHES["box"]
    texture = position_texture(mesh, 256)
    at = atlas(mesh, 256, 256)
    # One side's outermost texels are black, as a bake without margin leaves them.
    side = torch.from_numpy(at.island == 0)
    padded = torch.nn.functional.pad((~side).float()[None, None], (1, 1, 1, 1), value=1.0)
    rim = side & (torch.nn.functional.max_pool2d(padded, 3, 1)[0, 0] > 0)
    texture[:, :, rim] = 0
    assert seam_ratio(mesh, texture).ratio > 2.0


def test_gutter_is_never_read() -> None:
    mesh = MESHES["turned box"]
    texture = position_texture(mesh, 128)
    spoilt = texture.clone()
    spoilt[:, :, torch.from_numpy(~atlas(mesh, 128, 128).inside)] = torch.nan
    assert seam_ratio(mesh, spoilt) == seam_ratio(mesh, texture)


def test_same_seed_same_report_and_units_do_not_matter() -> None:
    mesh, texture = MESHES["sphere"], flat_noise(128)
    large = surface_mesh(mesh.vertices * 1000, mesh.faces, mesh.uvs)
    assert seam_ratio(mesh, texture, seed=3) == seam_ratio(mesh, texture, seed=3)
    assert seam_ratio(large, texture).ratio == pytest.approx(seam_ratio(mesh, texture).ratio, rel=0.02)


def test_texture_that_is_not_square() -> None:
    report = seam_ratio(MESHES["box"], torch.rand(1, 3, 128, 256, generator=torch.Generator().manual_seed(0)))
    assert report.ratio == pytest.approx(1.0, abs=0.08)


def test_flat_colour_and_no_seams_at_all() -> None:
    grey = torch.full((1, 3, 64, 64), 0.4)
    report = seam_ratio(MESHES["box"], grey)
    assert (report.ratio, report.seam_step) == (1.0, 0.0)
    assert report.pairs > 0
    triangle = surface_mesh(np.eye(3), [[0, 1, 2]], [[[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]])
    assert seam_ratio(triangle, grey).pairs == 0
    assert seam_ratio(triangle, grey).ratio == 1.0


def test_steps_at_seams_alone_are_infinitely_worse() -> None:
    at = atlas(MESHES["box"], 128, 128)
    steps = torch.from_numpy(at.island.clip(0) / 5).float().expand(1, 3, -1, -1)
    assert seam_ratio(MESHES["box"], steps).ratio == math.inf


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        seam_ratio(MESHES["box"], torch.rand(3, 64, 64))


def test_atlas_finds_faces_and_places() -> None:
    corners = np.array([[0, 0, 5], [2, 0, 5], [2, 4, 5], [0, 4, 5]], dtype=float)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=float)
    at = atlas(surface_mesh(corners, faces, uv[faces]), 8, 4)
    assert at.inside.all()
    assert (at.face[0, 0], at.face[7, 3]) == (1, 0)
    assert np.allclose(at.position[0, 0], [0.25, 3.75, 5])
    assert np.allclose(at.position[7, 3], [1.75, 0.25, 5])
    wrapped = atlas(surface_mesh(corners, faces, uv[faces] + [3, -2]), 8, 4)
    assert np.array_equal(wrapped.face, at.face)


def test_atlas_covers_as_much_as_the_islands_do() -> None:
    mesh = MESHES["turned box"]
    a, b = mesh.uvs[:, 1] - mesh.uvs[:, 0], mesh.uvs[:, 2] - mesh.uvs[:, 0]
    area = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / 2
    assert atlas(mesh, 512, 512).inside.mean() == pytest.approx(area, rel=0.01)


def test_islands_smaller_than_a_texel() -> None:
    mesh = MESHES["box"]
    tiny = surface_mesh(mesh.vertices, mesh.faces, mesh.uvs * 0.001 + 0.5001)
    assert seam_ratio(tiny, torch.rand(1, 3, 16, 16)).pairs == 0
    assert position_floor(tiny, 16).ratio == 1.0
