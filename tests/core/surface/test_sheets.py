"""Faces in several sheets: where they lie in the stack, and how files are named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from nst.core.protocol import JobError, Sheet
from nst.core.surface.mesh import SurfaceMesh, surface_mesh
from nst.core.surface.seams import islands, seam_edges
from nst.core.surface.sheets import sheet_count, sheet_grid, spread, stacked, texture_grid
from nst.core.surface.texels import texel_map


def strip(tiles: tuple[tuple[float, float], ...], sheets: tuple[int, ...] | None = None) -> SurfaceMesh:
    """Unit squares in a row; the UVs of each fill most of a tile."""
    square = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    halves = np.array([[0, 1, 2], [0, 2, 3]])
    vertices = np.concatenate([square + np.array([k, 0, 0]) for k in range(len(tiles))])
    faces = np.concatenate([halves + 4 * k for k in range(len(tiles))])
    uvs = np.concatenate([(0.1 + 0.8 * square[halves][..., :2]) + np.array(tile) for tile in tiles])
    own = {} if sheets is None else {"sheet": np.repeat(sheets, 2)}
    return surface_mesh(vertices, faces, uvs, "strip", attributes=own)


def test_texels_of_sheets_lie_below_each_other() -> None:
    one, two = texel_map(strip(((0, 0),)), 16), texel_map(strip(((0, 0), (0, 0)), (0, 1)), 16)
    assert (two.count, two.inside.shape) == (2, (32, 16))
    np.testing.assert_array_equal(two.inside, np.concatenate([one.inside, one.inside]))
    np.testing.assert_array_equal(two.index, np.concatenate([one.index, one.index + 256]))
    np.testing.assert_array_equal(two.nearest, np.concatenate([one.nearest, one.nearest + 256]))
    half = len(one.index)
    assert set(two.face[:half]) == {0, 1}
    assert set(two.face[half:]) == {2, 3}
    assert two.overlap == pytest.approx(one.overlap)


def test_the_grid_reads_the_texel_under_a_place() -> None:
    size, count = 8, 3
    picture = torch.arange(count * size * size, dtype=torch.float32).reshape(1, 1, count * size, size)
    rng = np.random.default_rng(0)
    sheet = rng.integers(0, count, 200)
    column, row = rng.integers(0, size, (2, 200))
    uv = np.stack([column + 0.5, size - row - 0.5], axis=1) / size + rng.integers(-2, 3, (200, 2))
    grid = torch.from_numpy(sheet_grid(uv, sheet, count, size))[None, None]
    read = F.grid_sample(picture, grid, align_corners=False, padding_mode="border").reshape(-1)
    np.testing.assert_allclose(read.numpy(), (sheet * size + row) * size + column, atol=1e-2)


def test_look_ups_never_read_a_neighbour_sheet() -> None:
    picture = torch.cat([torch.full((1, 1, 8, 8), float(k)) for k in range(3)], dim=2)
    edges = np.array([[0.3, v] for v in (0.0, 1e-6, 0.03, 0.97, 1 - 1e-7)])
    for sheet in range(3):
        grid = torch.from_numpy(sheet_grid(edges, np.full(5, sheet), 3, 8))[None, None]
        read = F.grid_sample(picture, grid, align_corners=False, padding_mode="border")
        np.testing.assert_allclose(read.numpy(), sheet, atol=1e-4)


def test_an_edge_between_sheets_is_a_seam_even_at_one_place_in_uv() -> None:
    flat = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    halves = np.array([[0, 1, 2], [0, 2, 3]])
    whole = surface_mesh(flat, halves, flat[halves][..., :2])
    assert len(seam_edges(whole)) == 0
    cut = replace(whole, attributes={"sheet": np.array([0.0, 1.0])})
    assert len(seam_edges(cut)) == 1
    assert len(np.unique(islands(cut))) == 2


def test_the_stack_as_one_texture_has_the_same_texels() -> None:
    mesh = strip(((0, 0), (1, 0), (0, 3)), (1, 0, 1))
    whole = stacked(mesh)
    sheets = texel_map(mesh, 16)
    uv = np.einsum("tk,tkc->tc", sheets.barycentric, whole.uvs[sheets.face])
    texel = np.stack([uv[:, 0] * 16, (1 - uv[:, 1]) * 32], axis=1)
    centre = np.stack([sheets.index % 16, sheets.index // 16], axis=1) + 0.5
    np.testing.assert_allclose(texel, centre, atol=1e-9)


def test_udim_tiles_are_files_of_their_own() -> None:
    found = spread(strip(((0, 0), (1, 0), (0, 1))), [Sheet("/a.<UDIM>.png")])
    assert [sheet.output for sheet in found.sheets] == ["/a.1001.png", "/a.1002.png", "/a.1011.png"]
    assert found.owner == (0, 0, 0)
    assert found.mesh.attributes["sheet"].tolist() == [0, 0, 1, 1, 2, 2]
    assert found.mesh.notes == ()


def test_tiles_without_a_token_are_one_texture_and_a_note() -> None:
    found = spread(strip(((0, 0), (1, 0))), [Sheet("/a.png")])
    assert len(found.sheets) == 1
    assert "2 tiles" in found.mesh.notes[0]


@pytest.mark.parametrize("tile", [(-1, 0), (10, 0), (0, 100), (0, -1)])
def test_tiles_without_a_number_are_an_error(tile: tuple[int, int]) -> None:
    with pytest.raises(JobError, match="1001 to 2000") as caught:
        spread(strip(((0, 0), tile)), [Sheet("/a.<UDIM>.png")])
    assert caught.value.code == "udim_range"


def test_a_base_that_some_tiles_lack_is_its_colour_there(tmp_path: Path) -> None:
    (tmp_path / "base.1002.png").write_bytes(b"")
    base = str(tmp_path / "base.<UDIM>.png")
    found = spread(strip(((0, 0), (1, 0))), [Sheet("/a.<UDIM>.png", base)])
    assert [sheet.base for sheet in found.sheets] == ["", str(tmp_path / "base.1002.png")]
    with pytest.raises(JobError, match="None of the base textures") as caught:
        spread(strip(((0, 0), (2, 0))), [Sheet("/a.<UDIM>.png", base)])
    assert caught.value.code == "image_missing"


def test_parts_are_files_named_after_them() -> None:
    mesh = strip(((0, 0), (0, 0), (0, 0)))
    mesh = replace(
        mesh, parts=("Brick/wall", "brick_wall", "ö"), attributes={"part": np.repeat([0.0, 1, 2], 2)}
    )
    found = spread(mesh, [Sheet("/a <PART>.png")])
    assert [sheet.output for sheet in found.sheets] == [
        "/a Brick_wall.png",
        "/a brick_wall_2.png",
        "/a ö.png",
    ]
    assert sheet_count(found.mesh) == 3


def test_sheets_without_faces_are_left_out_with_a_note() -> None:
    found = spread(strip(((0, 0), (0, 0)), (0, 2)), [Sheet("/a.png"), Sheet("/b.png"), Sheet("/c.png")])
    assert [sheet.output for sheet in found.sheets] == ["/a.png", "/c.png"]
    assert found.owner == (0, 2)
    assert found.mesh.attributes["sheet"].tolist() == [0, 0, 1, 1]
    assert found.mesh.notes == ("Texture 2 of 3 was left out: no face with an area shows it.",)


def test_sheets_have_to_fit_the_mesh() -> None:
    with pytest.raises(JobError, match="is painted into 2 sheets; sheets has 1"):
        spread(strip(((0, 0), (0, 0)), (0, 1)), [Sheet("/a.png")])
    for wrong in ([0.5, 0, 0, 0], [-1, 0, 0, 0]):
        mesh = replace(strip(((0, 0), (0, 0))), attributes={"sheet": np.array(wrong, dtype=float)})
        with pytest.raises(JobError, match="whole numbers"):
            spread(mesh, [Sheet("/a.png")])


def test_a_texture_repeats_and_has_v_up():
    found = texture_grid(np.array([[0.25, 0.75], [1.25, -0.25], [0.0, 0.0]]))
    assert found.dtype == np.float32
    assert found.tolist() == [[-0.5, -0.5], [-0.5, -0.5], [-1.0, 1.0]]
