from __future__ import annotations

import pytest
import torch

from nst.core.panorama.cube import (
    AXES,
    FACES,
    LAYOUTS,
    cut_faces,
    faces_of,
    lay_faces,
    panorama_of,
)
from nst.core.protocol import JobError, cube_shape
from nst.core.protocol.shapes import CUBES

from .test_around import seen


def test_each_layout_has_all_faces() -> None:
    assert tuple(LAYOUTS) == CUBES


@pytest.mark.parametrize("layout", LAYOUTS)
def test_faces_are_cut_out_as_they_were_laid(layout: tuple[int, int]) -> None:
    torch.manual_seed(0)
    faces = torch.rand(6, 3, 8, 8)
    picture = lay_faces(faces, layout)
    assert cube_shape(picture.shape[2:], "picture") == layout
    assert torch.equal(cut_faces(picture, layout), faces)


@pytest.mark.parametrize("layout", [(4, 3), (3, 4)])
def test_a_cross_is_whole_along_its_folds(layout: tuple[int, int]) -> None:
    """The cube unfolds: what touches in the picture touches on the cube."""
    picture = lay_faces(faces_of(seen(128, False), 32), layout)[0]
    steps = [picture.diff(dim=axis).norm(dim=0) for axis in (1, 2)]
    inside = picture.norm(dim=0) > 0.5
    both = (inside[1:] & inside[:-1], inside[:, 1:] & inside[:, :-1])
    assert all(float(step[pair].max()) < 0.08 for step, pair in zip(steps, both, strict=True))


def test_faces_look_where_they_say() -> None:
    faces = faces_of(seen(64, False), 16)
    for number, face in enumerate(FACES):
        middle = faces[number, :, 7:9, 7:9].mean((1, 2))
        assert torch.allclose(middle, torch.tensor(AXES[face][2], dtype=torch.float32), atol=0.01), face
        right = faces[number, :, 7:9, 15].mean(1) - faces[number, :, 7:9, 0].mean(1)
        assert float(right @ torch.tensor(AXES[face][0], dtype=torch.float32)) > 1, face


def test_a_panorama_comes_back() -> None:
    """Sampled twice between pixels, also at the cube's edges and corners."""
    picture = seen(96, False)
    assert float((panorama_of(faces_of(picture, 96), 96) - picture).abs().max()) < 2e-3


def test_what_is_no_cube_is_said() -> None:
    with pytest.raises(JobError, match="six square faces") as caught:
        cube_shape((100, 200), "picture")
    assert caught.value.code == "no_panorama"
