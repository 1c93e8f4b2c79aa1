from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from nst.core.metrics.position import position_texture
from nst.core.metrics.unwrap import unwrap_difference
from nst.core.protocol import JobError
from nst.core.surface.mesh import SurfaceMesh, surface_mesh

from .surfaces import ball, box_uvs, globe, shuffled

GREY = (0.5, 0.5, 0.5)
SIZE = 256


def plain(*color: float) -> Tensor:
    return torch.tensor(color).view(1, 3, 1, 1).expand(1, 3, 16, 16)


def noise(mesh: SurfaceMesh, seed: int) -> Tensor:
    return position_texture(mesh, SIZE, seed, 0.15)


def test_the_same_paint_under_two_unwraps_is_the_same() -> None:
    first = globe()
    second = shuffled(first, box_uvs(first.vertices[first.faces]))
    report = unwrap_difference(first, noise(first, 1), second, noise(second, 1), GREY)
    assert report.fine < 0.1  # texels are of finite size
    assert report.coarse < report.fine
    assert report.matched == 1


def test_other_chance_detail_differs_finely_and_not_coarsely() -> None:
    first = globe()
    second = shuffled(first, box_uvs(first.vertices[first.faces]))
    painted = [noise(mesh, seed).add(0.2).clamp(0, 1) for mesh, seed in ((first, 1), (second, 2))]
    report = unwrap_difference(first, painted[0], second, painted[1], GREY, scale=0.15)
    assert report.fine > 0.5
    assert report.coarse < 0.4 * report.fine


def test_known_values() -> None:
    mesh = ball()
    red, blue = plain(1.0, 0.0, 0.0), plain(0.0, 0.0, 1.0)
    same = unwrap_difference(mesh, red, mesh, red, GREY)
    assert (same.fine, same.coarse) == (0, 0)
    other = unwrap_difference(mesh, red, mesh, blue, (0.0, 0.0, 0.0))
    assert other.fine == pytest.approx(2**0.5, rel=1e-4)  # a distance of sqrt 2 over two of 1
    assert other.coarse == pytest.approx(2**0.5, rel=1e-4)
    over_red = unwrap_difference(mesh, red, mesh, blue, red)
    assert over_red.fine == pytest.approx(2, rel=1e-4)


def test_nothing_was_painted() -> None:
    mesh = ball()
    report = unwrap_difference(mesh, plain(*GREY), mesh, plain(*GREY), GREY)
    assert (report.fine, report.coarse) == (0, 0)


def test_both_sides_of_a_sheet_are_kept_apart() -> None:
    """A sheet with a front and a back at nearly the same place: red in front, blue behind."""
    front = np.array([[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
    vertices = np.concatenate([front, front - [0, 0, 0.01]])
    faces = np.array([[0, 1, 2], [0, 2, 3], [4, 6, 5], [4, 7, 6]])
    uvs = (vertices[faces][..., :2] / 2 + 0.5) * [0.4, 0.9] + 0.05
    uvs[2:, :, 0] += 0.5
    sheet = surface_mesh(vertices, faces, uvs)
    turned = shuffled(sheet, np.where(np.arange(2) == 0, 1 - uvs, uvs))  # the two sides change places in u
    texture = torch.cat([plain(1.0, 0.0, 0.0), plain(0.0, 0.0, 1.0)], dim=3)
    other = texture.flip(3)
    assert unwrap_difference(sheet, texture, turned, other, GREY).fine == pytest.approx(0, abs=1e-6)
    assert unwrap_difference(sheet, texture, turned, texture, GREY).fine > 1


def test_different_surfaces_are_refused() -> None:
    first = ball()
    moved = surface_mesh(first.vertices + 0.05, first.faces, first.uvs)
    inverted = surface_mesh(first.vertices, first.faces[:, ::-1], first.uvs)
    for second in (moved, inverted):
        with pytest.raises(JobError) as raised:
            unwrap_difference(first, plain(*GREY), second, plain(*GREY), GREY)
        assert raised.value.code == "other_surface"


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        unwrap_difference(ball(), torch.rand(3, 8, 8), ball(), plain(*GREY), GREY)
