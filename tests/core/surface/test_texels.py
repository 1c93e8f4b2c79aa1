import numpy as np
import pytest

from nst.core.protocol import JobError
from nst.core.surface.mesh import surface_mesh
from nst.core.surface.texels import GUTTER, texel_map


def square(low, high):
    """A unit square in space whose UVs fill a square of the texture."""
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return surface_mesh(vertices, faces, vertices[faces][..., :2] * (high - low) + low, "square")


def test_texels_of_a_square():
    texels = texel_map(square(0.25, 0.75), 16)
    expected = np.zeros((16, 16), dtype=bool)
    expected[4:12, 4:12] = True
    np.testing.assert_array_equal(texels.inside, expected)


def test_barycentric_coordinates_lead_to_the_texel():
    mesh = square(0.25, 0.75)
    texels = texel_map(mesh, 32)
    uv = np.einsum("tk,tkc->tc", texels.barycentric, mesh.uvs[texels.face])
    centre = np.stack([(texels.index % 32 + 0.5) / 32, 1 - (texels.index // 32 + 0.5) / 32], axis=1)
    np.testing.assert_allclose(uv, centre, atol=1e-9)  # in the gutter too


def test_gutter_is_as_wide_as_it_says():
    texels = texel_map(square(0.25, 0.75), 32)
    rows = texels.index // 32
    assert rows.min() == 8 - GUTTER
    assert rows.max() == 23 + GUTTER


def test_islands_outside_the_unit_square_wrap_around():
    inside, shifted = texel_map(square(0.25, 0.75), 16), texel_map(square(3.25, 3.75), 16)
    np.testing.assert_array_equal(inside.inside, shifted.inside)
    across = texel_map(square(0.75, 1.25), 16)  # lies over the texture's corner
    assert across.inside.sum() == 64


def test_islands_smaller_than_a_texel_are_said():
    with pytest.raises(JobError) as error:
        texel_map(square(0.5, 0.501), 8)
    assert error.value.code == "no_texels"


@pytest.mark.parametrize("copies", [1, 2, 4])
def test_overlap_is_the_share_that_lies_over_other_islands(copies):
    one = square(0.25, 0.75)
    mesh = surface_mesh(
        np.concatenate([one.vertices + np.array([0, 0, k]) for k in range(copies)]),
        np.concatenate([one.faces + 4 * k for k in range(copies)]),
        np.concatenate([one.uvs] * copies),
    )
    assert texel_map(mesh, 64).overlap == pytest.approx(1 - 1 / copies)
