"""The surface canvas on meshes that are hard to see or badly unwrapped."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh

from nst.core.canvas import Stage
from nst.core.canvas.surface import SurfaceCanvas
from nst.core.metrics.seams import position_floor, seam_ratio
from nst.core.protocol import JobCancelled, JobError
from nst.core.surface.grain import CROWD
from nst.core.surface.mesh import SurfaceMesh, surface_mesh

UP = (0.0, 0.0, 1.0)


def sheet(width: float, height: float, uv: float = 1.0) -> SurfaceMesh:
    """A rectangle whose UVs reach from 0 to ``uv``."""
    points = np.array([[0, 0, 0], [width, 0, 0], [width, 0, height], [0, 0, height]])
    corners = np.array([[0, 0], [uv, 0], [uv, uv], [0, uv]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return surface_mesh(points, faces, corners[faces] * 0.999)


def canvas_of(mesh: SurfaceMesh, size: int = 64) -> SurfaceCanvas:
    return SurfaceCanvas(mesh, size, UP, 0, torch.device("cpu"))


def box_of_sheets(mirrored: bool = False) -> SurfaceMesh:
    """A box whose six sides are islands in three sheets, two in each, at the same places.

    mirrored: its half with y > 0, and the other half on the same places of one sheet.
    """
    shape = trimesh.creation.box(extents=(2, 1.5, 1)).subdivide().subdivide()
    corners = shape.vertices[shape.faces]
    axis = np.abs(shape.face_normals).argmax(1)
    positive = shape.face_normals.sum(1) > 0
    across = np.array([[1, 2], [0, 2], [0, 1]])[axis]
    uvs = np.take_along_axis(corners, across[:, None], 2) / 2 * 0.8 + 0.5
    uvs = uvs * [0.48, 0.96] + np.where(positive, 0.5, 0.01)[:, None, None] * [1, 0] + [0, 0.02]
    if not mirrored:
        return surface_mesh(shape.vertices, shape.faces, uvs, attributes={"sheet": axis})
    half = corners.mean(1)[:, 1] > 0
    number = 2 * axis + positive
    uvs = uvs * [1, 1 / 3] + axis[:, None, None] / 3 * [0, 1]
    points = np.concatenate([corners[half], (corners[half] * [1, -1, 1])[:, ::-1]])
    assert len(np.unique(number[half])) == 5
    return surface_mesh(
        points.reshape(-1, 3),
        np.arange(3 * len(points)).reshape(-1, 3),
        np.concatenate([uvs[half], uvs[half][:, ::-1]]),
    )


def noise_on(canvas: SurfaceCanvas, spacing: float) -> torch.Tensor:
    """The finished picture of random levels down to a spacing in texels."""
    generator = torch.Generator().manual_seed(2)
    kept = sum(each >= spacing * canvas.grain for each in canvas.pyramid.spacings)
    assert kept > 1
    levels = [0.3 / kept * torch.randn(n, 3, generator=generator) for n in canvas.pyramid.counts[:kept]]
    levels[0] += 0.5
    return canvas.finished(canvas.decode(levels))


@pytest.mark.parametrize("mirrored", [False, True])
def test_seams_between_sheets_and_halves_do_not_show(mirrored: bool) -> None:
    mesh = box_of_sheets(mirrored)
    canvas = canvas_of(mesh, 96)
    assert canvas.shape == ((1 if mirrored else 3) * 96, 96)
    picture = noise_on(canvas, 4)
    report, floor = seam_ratio(mesh, picture), position_floor(mesh, 96)
    assert report.pairs > 200
    assert report.ratio < max(1.1, 1.05 * floor.ratio)
    # The measure would tell: a texture that was painted for another layout.
    assert seam_ratio(mesh, picture.flip(2)).ratio > 1.5 * report.ratio


def test_every_sheet_is_filled_from_itself_to_its_border() -> None:
    canvas = canvas_of(box_of_sheets(), 48)
    colors = torch.tensor([0.2, 0.5, 0.9]).repeat_interleave(48)
    painted = colors.view(1, 1, -1, 1) * torch.from_numpy(canvas.texels.inside)
    filled = canvas.finished(painted.repeat(1, 3, 1, 1).float())
    owned = torch.zeros(canvas.shape, dtype=torch.bool).flatten()
    owned[torch.from_numpy(canvas.texels.index)] = True
    owned = owned.reshape(canvas.shape)
    outside = ~owned
    assert outside.any()
    expected = colors.view(-1, 1).expand(canvas.shape)
    assert torch.allclose(filled[0, 0][outside], expected[outside].float())
    assert [sheet.shape for sheet in canvas.split(filled)] == 3 * [(1, 3, 48, 48)]


def test_windows_count_what_they_see_in_its_own_sheet() -> None:
    canvas = canvas_of(box_of_sheets(), 48)
    canvas.span = 1.5
    for _ in range(6):
        canvas.looks(stage(144), lambda: None)
    inside = canvas.texels.inside.reshape(3, -1)
    seen = canvas.picture(canvas.seen()[:, None]).reshape(3, -1).numpy() > 0
    assert (np.array([seen[k][inside[k]].mean() for k in range(3)]) > 0.9).all()


def test_a_mask_lies_on_every_sheet() -> None:
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :4, :] = 1
    fitted = canvas_of(box_of_sheets(), 48).laid(mask)
    assert fitted.shape == (1, 1, 144, 48)
    assert all(torch.equal(part, fitted[:, :, :48]) for part in fitted.split(48, dim=2))
    assert float(fitted.mean()) == pytest.approx(0.5, abs=0.01)


def ball_of(unwrap: str) -> SurfaceMesh:
    """A ball on whose UV map each face is an island, or each eighth of it, packed closely or not."""
    shape = trimesh.creation.icosphere(subdivisions=3)
    if unwrap == "faces":
        number = np.arange(len(shape.faces))
        place = np.stack([number % 36, number // 36], axis=1)[:, None] / 36
        uvs = place + np.array([[0.1, 0.1], [0.9, 0.1], [0.1, 0.9]]) / 36
    else:
        corners = shape.vertices[shape.faces]
        side = (corners.mean(1) > 0) @ np.array([1, 2, 4])
        width = {"eighths": 0.31, "far": 0.22}[unwrap]
        place = np.stack([side % 3, side // 3], axis=1)[:, None] / 3
        uvs = place + np.abs(corners[..., :2] / (1 + np.abs(corners[..., 2:]))) * width + 0.01
    return surface_mesh(shape.vertices, shape.faces, uvs)


@pytest.mark.parametrize("other", ["eighths", "far"])
@pytest.mark.parametrize("scale", [0.6, 1.5, 3.0])
def test_what_is_painted_and_looked_at_does_not_depend_on_the_unwrap(other: str, scale: float) -> None:
    """The same points, and windows that show the same of them, down to the finest scale."""
    one, two = canvas_of(ball_of("faces"), 96), canvas_of(ball_of(other), 96)
    assert one.grain == two.grain
    assert one.pyramid.counts == two.pyramid.counts
    one.span = two.span = 1.0
    at = stage(round(1 / (scale * one.grain)))
    generator = torch.Generator().manual_seed(0)
    levels = [torch.rand(n, 3, generator=generator) for n in one.pyramid.counts]
    levels = levels[: len(one.begin(at, []))]
    for look, again in zip(one.looks(at, lambda: None), two.looks(at, lambda: None), strict=True):
        assert torch.equal(look.weight, again.weight)
        seen = (canvas.subject(at, levels) for canvas in (one, two))
        assert torch.equal(*(each.gather(points) for each, points in zip((look, again), seen, strict=True)))


def test_what_is_painted_over_has_no_holes_where_points_are_finer_than_texels() -> None:
    canvas = canvas_of(sheet(1, 1, 0.05))  # a wasted map: hardly ten texels across
    colors = torch.tensor([0.2, 0.5, 0.9])
    canvas.base = colors.expand(len(canvas.texels.index), 3)
    at = stage(round(canvas.span / canvas.grain))
    content = canvas.content(at)
    assert content is not None
    assert content.shape[-1] > int(canvas.texels.inside.sum())
    torch.testing.assert_close(content[0, :, 0], colors[:, None].expand(3, content.shape[-1]))
    levels = canvas.project(at, canvas.picture(canvas.base))
    torch.testing.assert_close(canvas.subject(at, levels), content)


def stage(painting: int) -> Stage:
    return Stage(painting, 1, 0.03, 1.0, ("rgb",), ())


@pytest.mark.parametrize("tiles", [1.0, 12.0, 300.0])
def test_repeating_uvs_do_not_cost_more_than_the_texture(tiles: float) -> None:
    canvas = canvas_of(sheet(1, 1, tiles))
    assert sum(canvas.pyramid.counts) <= 2 * CROWD * 64**2 + 4096


def test_parts_of_very_different_texel_size() -> None:
    small, large = sheet(1, 1, 0.9), sheet(60, 60, 0.05)
    mesh = surface_mesh(
        np.concatenate([small.vertices, large.vertices + np.array([0, 5, 0])]),
        np.concatenate([small.faces, large.faces + 4]),
        np.concatenate([small.uvs, large.uvs + 0.93]),
    )
    canvas = canvas_of(mesh)
    assert sum(canvas.pyramid.counts) <= 2 * CROWD * 64**2 + 4096


def test_every_look_at_a_ribbon_shows_some_of_it() -> None:
    canvas = canvas_of(sheet(10, 0.003))
    canvas.span = 1.0
    for _ in range(10):
        looks = canvas.looks(stage(144), lambda: None)
        assert sum(float(look.weight.sum()) for look in looks) > 0


def test_strokes_that_no_view_can_show_are_an_error() -> None:
    canvas = canvas_of(sheet(10, 1e-6))
    canvas.span = 1000.0
    with pytest.raises(JobError, match="smaller stroke size"):
        canvas.looks(stage(144), lambda: None)


def test_looking_can_be_cancelled() -> None:
    def stop() -> None:
        raise JobCancelled

    canvas = canvas_of(sheet(1, 1))
    with pytest.raises(JobCancelled):
        canvas.looks(stage(144), stop)


def test_colors_stand_for_area_however_many_texels_there_are() -> None:
    canvas = canvas_of(sheet(1, 1))
    ramp = torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    colors = canvas.colors(ramp)
    assert float(colors.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(colors.var()) == pytest.approx(1 / 12, abs=0.01)


def test_what_shows_the_paint_of_another_place_is_not_painted() -> None:
    """Of three plates with the same UVs one is painted, as finely and for as long as if it were alone."""
    alone = sheet(1, 1)
    three = surface_mesh(
        np.concatenate([alone.vertices + np.array([0, 3 * k, 0]) for k in range(3)]),
        np.concatenate([alone.faces + 4 * k for k in range(3)]),
        np.tile(alone.uvs, (3, 1, 1)),
    )
    canvas, single = canvas_of(three), canvas_of(alone)
    assert canvas.geometry.own.tolist() == [True] * 2 + [False] * 4
    assert canvas.grain == pytest.approx(single.grain)
    canvas.span = single.span = 0.5
    at = stage(round(canvas.span / canvas.grain))
    assert canvas.views(at)[0] == single.views(at)[0]
    colors = torch.tensor([0.2, 0.5, 0.9])
    canvas.base = colors.expand(len(canvas.texels.index), 3)
    content = canvas.content(at)
    assert content is not None
    for look in canvas.looks(at, lambda: None):
        shown = look.gather(content).movedim(1, -1)[look.valid[:, 0] > 0]
        assert len(shown) > 0
        torch.testing.assert_close(shown, colors.expand(len(shown), 3))


def test_places_without_texels_are_as_the_others_are_on_average() -> None:
    """A face whose UVs are collapsed to a point outside of all islands."""
    own = sheet(1, 1, 0.4)
    far = np.array([[9, 0, 0], [10, 0, 0], [9, 0, 1]])
    mesh = surface_mesh(
        np.concatenate([own.vertices, far]),
        np.concatenate([own.faces, [[4, 5, 6]]]),
        np.concatenate([own.uvs, np.full((1, 3, 2), 0.9)]),
    )
    canvas = canvas_of(mesh)
    canvas.base = torch.tensor([0.2, 0.5, 0.9]).expand(len(canvas.texels.index), 3)
    content = canvas.content(stage(round(canvas.span / canvas.grain)))
    assert content is not None
    torch.testing.assert_close(content[0, :, 0].T, canvas.base[:1].expand(content.shape[-1], 3))


def test_how_many_windows_share_a_pass_does_not_decide_where_they_lie() -> None:
    mesh = box_of_sheets()
    canvas, short = canvas_of(mesh), canvas_of(mesh)
    at = stage(48)
    while short.shrink():
        pass
    for _ in range(2):
        one, other = ([look.weight for look in each.looks(at, lambda: None)] for each in (canvas, short))
        assert len(other) >= len(one)
        assert torch.equal(torch.cat(one), torch.cat(other))


def test_every_scale_is_seen_evenly_whatever_the_one_before_has_seen() -> None:
    """The finest windows do not keep away from where the coarse ones were."""
    ball = ball_of("far")
    fresh, after = canvas_of(ball, 96), canvas_of(ball, 96)
    fine, coarse = stage(288), stage(64)
    for _ in range(20):
        after.looks(coarse, lambda: None)
    uneven = []
    for canvas in (fresh, after):
        for _ in range(6):
            canvas.looks(fine, lambda: None)
        seen = canvas._views._coverage.seen
        uneven.append(seen.std() / seen.mean())
    assert uneven[1] == pytest.approx(uneven[0], rel=0.15)
    assert fresh.state().keys() == after.state().keys()
    went_on = canvas_of(ball, 96)
    went_on.restore(after.state())
    for one, other in zip(after.looks(fine, lambda: None), went_on.looks(fine, lambda: None), strict=True):
        torch.testing.assert_close(one.weight.sum(), other.weight.sum(), rtol=1e-6, atol=0)
