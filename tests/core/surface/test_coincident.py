"""Parts that lie at one place."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from nst.core.surface.coincident import coincident
from nst.core.surface.geometry import Geometry
from nst.core.surface.mesh import surface_mesh


def found(*shapes: trimesh.Trimesh, gap: float = 0.01) -> list[tuple[int, int]]:
    vertices = np.concatenate([shape.vertices for shape in shapes])
    starts = np.cumsum([0, *(len(shape.vertices) for shape in shapes[:-1])])
    faces = np.concatenate([shape.faces + start for shape, start in zip(shapes, starts, strict=True)])
    part = np.repeat(np.arange(len(shapes)), [len(shape.faces) for shape in shapes])
    uvs = np.random.default_rng(0).random((len(faces), 3, 2))
    return coincident(Geometry(surface_mesh(vertices, faces, uvs)), part, gap)


def ball(radius: float = 1.0, detail: int = 3, x: float = 0.0) -> trimesh.Trimesh:
    shape = trimesh.creation.icosphere(detail, radius)
    shape.apply_translation([x, 0, 0])
    return shape


def test_a_duplicate_and_a_level_of_detail_lie_at_one_place() -> None:
    assert found(ball(), ball(x=5.0), ball()) == [(0, 2)]
    assert found(ball(detail=4), ball(detail=3), gap=0.02) == [(0, 1)]


@pytest.mark.parametrize("other", [ball(x=2.0), ball(radius=0.9), ball(x=0.5)])
def test_what_touches_lies_within_or_crosses_does_not(other: trimesh.Trimesh) -> None:
    assert found(ball(), other) == []


def test_the_back_of_a_wall_is_no_part_of_its_front() -> None:
    wall = trimesh.creation.box((1, 1, 1e-3))
    back = wall.copy()
    keep = wall.face_normals[:, 2] > 0.5
    wall.update_faces(keep)
    back.update_faces(back.face_normals[:, 2] < -0.5)
    assert found(wall, back) == []


def test_a_patch_on_a_larger_surface() -> None:
    floor = trimesh.Trimesh([[0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0]], [[0, 1, 2], [0, 2, 3]])
    patch = floor.copy()
    patch.apply_scale(0.3)
    assert found(floor, patch) == [(0, 1)]
    patch.apply_translation([0, 0, 0.5])
    assert found(floor, patch) == []


def test_one_part_has_no_other() -> None:
    assert found(ball()) == []
