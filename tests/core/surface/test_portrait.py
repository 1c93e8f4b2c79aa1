from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh
from torch import Tensor

from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import surface_mesh
from nst.core.surface.portrait import BACKGROUND, Portrait

RED, GREEN, BLUE = (torch.eye(3)[i] for i in range(3))


def box_of(axis: int) -> Geometry:
    """A box; faces that look along +axis show the texture's left third, along -axis its middle one."""
    box = trimesh.creation.box()
    toward = box.face_normals[:, axis]
    third = np.where(toward > 0.5, 0, np.where(toward < -0.5, 1, 2))
    spots = np.array([[0.1, 0.1], [0.2, 0.1], [0.1, 0.9]])
    uvs = spots[None] + np.stack([third / 3, np.zeros(len(third))], axis=1)[:, None]
    return Geometry(surface_mesh(box.vertices, box.faces, uvs))


def thirds() -> Tensor:
    picture = torch.zeros(1, 3, 9, 9)
    for index, color in enumerate((RED, GREEN, BLUE)):
        picture[0, :, :, 3 * index : 3 * index + 3] = color[:, None, None]
    return picture


@pytest.mark.parametrize(("up", "axis", "color"), [((0.0, 1.0, 0.0), 2, RED), ((0.0, 0.0, 1.0), 1, GREEN)])
def test_front_is_what_is_seen(up: tuple[float, float, float], axis: int, color: Tensor) -> None:
    portrait = Portrait(box_of(axis), up, 32, azimuth=0, elevation=0)
    picture = portrait.draw(thirds())
    assert picture.shape == (1, 3, 32, 32)
    assert torch.allclose(picture[0, :, 16, 16] / picture[0, :, 16, 16].max(), color, atol=1e-5)
    assert torch.allclose(picture[0, :, 0, 0], torch.full((3,), BACKGROUND))


def test_from_behind_and_from_above() -> None:
    geometry = box_of(2)
    behind = Portrait(geometry, (0.0, 1.0, 0.0), 16, azimuth=180, elevation=0).draw(thirds())
    above = Portrait(geometry, (0.0, 1.0, 0.0), 16, azimuth=0, elevation=89).draw(thirds())
    assert behind[0, :, 8, 8].argmax() == 1
    assert above[0, :, 8, 8].argmax() == 2
