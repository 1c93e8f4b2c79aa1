from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from nst.core.motion.clip import Frame, Link, link
from nst.core.motion.flow import Motion
from nst.core.motion.surrounding import surrounding
from nst.core.motion.visibility import RENDERED, Surfaces, sight
from nst.core.motion.warp import carried
from nst.core.panorama.around import Around, latitudes
from nst.core.protocol import EQUIRECT, PARALLEL, JobError, RenderJob, Stereo
from nst.core.protocol.stereo import files_of
from nst.core.stereo.disparity import Line, Rig, fade, fitted, flat_line, panorama_shift, refined
from nst.core.stereo.eyes import open_eyes
from nst.core.stereo.geometry import beside, with_eyes
from nst.core.stereo.layout import joined, split
from nst.core.stereo.view import RightView, _level_sight, right_view

from ..render.files import write_layers


@pytest.mark.parametrize(
    ("path", "left", "right"),
    [
        ("a/x.exr", "a/x_L.exr", "a/x_R.exr"),
        ("a/x_R.exr", "a/x_L.exr", "a/x_R.exr"),
        ("a/x_0001_L.exr", "a/x_0001_L.exr", "a/x_0001_R.exr"),
        ("a/x_L0001.exr", "a/x_L0001.exr", "a/x_R0001.exr"),
        ("a/x_L####.png", "a/x_L####.png", "a/x_R####.png"),
        ("a_L/x_Lamp.exr", "a_L/x_Lamp_L.exr", "a_L/x_Lamp_R.exr"),
    ],
)
def test_a_pair_is_named_as_blender_does(path: str, left: str, right: str) -> None:
    assert files_of(path, "pair") == (left, right)
    assert files_of(path, "top-bottom") == (path, path)


@pytest.mark.parametrize("layout", ["top-bottom", "side-by-side"])
def test_halves_come_together_again(layout: str) -> None:
    picture = torch.rand(1, 3, 6, 8)
    left, right = split(picture, layout, "a.png")
    assert torch.equal(left, picture[..., :3, :] if layout == "top-bottom" else picture[..., :4])
    assert torch.equal(joined(left, right, layout), picture)
    with pytest.raises(JobError, match="not two pictures"):
        split(picture[..., :5, :7], layout, "a.png")


def test_what_stereo_cannot_be() -> None:
    for said, settings in {
        "stereo is 'sbs'": {"layout": "sbs"},
        "into is 'sbs'": {"layout": "pair", "into": "sbs"},
        "lens is -1": {"lens": -1},
        "two angles": {"poles": (60,)},
        "must not be above": {"poles": (75, 60)},
        "eyes is -1": {"eyes": -1},
    }.items():
        with pytest.raises(JobError, match=said):
            Stereo(**settings)


def test_the_result_is_laid_out_as_the_content_if_nothing_else_is_said() -> None:
    assert Stereo("pair").written == "pair"
    assert Stereo("pair", into="side-by-side").written == "side-by-side"


def tangent(longitude: float, latitude: float, radius: float, distance: float) -> Tensor:
    """A point that an eye sees, so far from the middle: the eye's ray along a tangent, in float64."""
    forward = torch.tensor(
        [
            math.sin(longitude) * math.cos(latitude),
            math.sin(latitude),
            math.cos(longitude) * math.cos(latitude),
        ],
        dtype=torch.float64,
    )
    side = torch.tensor([math.cos(longitude), 0.0, -math.sin(longitude)], dtype=torch.float64)
    along = math.sqrt(distance**2 - radius**2)
    return radius * side + along * forward


@pytest.mark.parametrize("latitude_row", [20, 32, 50])
def test_both_eyes_rays_meet_at_the_point(latitude_row: int) -> None:
    """The right eye's ray and the left eye's, so many columns farther, end in one point of space."""
    height, distance, rig = 64, 1.5, Rig(0.4)
    depth = torch.full((1, 1, height, 2 * height), distance)
    shift = float(panorama_shift(depth, rig)[0, 0, latitude_row, 5]) * math.pi / height
    latitude = float(latitudes(height)[latitude_row])
    right = tangent(0.3, latitude, rig.eyes / 2, distance)
    left = tangent(0.3 + shift, latitude, -rig.eyes / 2, distance)
    assert torch.allclose(right, left, atol=1e-6)


def test_eyes_come_together_at_the_poles_and_at_infinity() -> None:
    depth = torch.full((1, 1, 90, 180), 2.0)
    shift = panorama_shift(depth, Rig(0.1, (60.0, 75.0)))[0, 0, :, 0]
    up = latitudes(90).abs() * 180 / math.pi
    assert float(shift[up > 75].abs().max()) < 1e-12
    assert float((shift[up < 60] - panorama_shift(depth, Rig(0.1))[0, 0, up < 60, 0]).abs().max()) == 0
    assert 0 < float(fade(90, (60.0, 75.0))[(up > 66) & (up < 69)].mean()) < 1
    assert float(panorama_shift(torch.full_like(depth, torch.inf), Rig(0.1)).abs().max()) == 0


def test_eyes_that_converge_see_a_point_there_alike() -> None:
    depth = torch.full((1, 1, 64, 128), math.sqrt(3.0**2 + 0.05**2))
    assert float(panorama_shift(depth, Rig(0.1, converge=3.0)).abs().max()) < 1e-3


def test_eyes_of_flat_pictures_see_a_point_as_their_lenses_project_it() -> None:
    """Cameras at -eyes / 2 and eyes / 2 whose pictures are shifted so that they meet at a distance."""
    lens, eyes, converge, x = 90.0, 0.5, 7.0, 0.3
    for distance in (2.0, 7.0, 1e9):
        left, right = (lens * ((x - at) / distance + at / converge) for at in (-eyes / 2, eyes / 2))
        found = flat_line(lens, eyes, converge).shift(torch.tensor(1 / distance))
        assert float(found) == pytest.approx(left - right, abs=1e-5)
    assert flat_line(lens, eyes).shift(torch.tensor(0.0)) == 0


def waves(shift: Tensor) -> Tensor:
    """A smooth picture (1, 3, 64, 96) of which each place shows what is so many pixels farther right."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(96.0), indexing="ij")
    planes = [0.3 * (0.4 * (x + shift[0, 0]) + phase).sin() for phase in (0, 1, 2)]
    return (0.5 + torch.stack(planes) + 0.1 * (0.2 * y).cos())[None]


def test_the_line_of_disparity_is_found_in_the_pictures() -> None:
    generator = torch.Generator().manual_seed(0)
    nearness = torch.rand(1, 1, 64, 96, generator=generator).cumsum(3) / 60
    wanted = Line(3.0, -1.5)
    shift = wanted.shift(nearness)
    seen = shift + 0.3 * torch.randn(shift.shape, generator=generator)
    seen[..., :20, :] += 15  # of other things
    seen[..., 60:, :] = torch.nan
    first = fitted(nearness, seen, level=torch.ones(1))
    assert abs(first.gain - wanted.gain) < 0.3
    here, there = waves(shift), waves(torch.zeros_like(shift))
    found = refined(
        first, nearness, here, there, torch.ones_like(nearness, dtype=torch.bool), level=torch.ones(1)
    )
    assert (found.gain, found.offset) == (pytest.approx(3.0, abs=0.02), pytest.approx(-1.5, abs=0.02))


@pytest.mark.parametrize(
    ("told", "converge"), [(PARALLEL, math.inf), (2.0, 2.0), (0.0, 2.0), (0.0, math.inf)]
)
def test_the_eyes_are_found_in_the_pictures(tmp_path: Path, told: float, converge: float) -> None:
    """How far apart they are, and where they converge, too; what is found is used as if it were given."""
    height, eyes = 48, 0.2
    y, x = torch.meshgrid(torch.arange(1.0 * height), torch.arange(2.0 * height), indexing="ij")
    turn = x * (math.pi / height)
    far = (3 + (2 * turn).sin() + 0.5 * (0.2 * y).cos())[None, None]
    waves = [
        0.3 * (5 * turn + 0.3 * y + phase).sin() + 0.1 * (9 * turn - 0.2 * y).cos() for phase in (0, 1, 2)
    ]
    left = 0.5 + torch.stack(waves)[None]
    shift = panorama_shift(far, Rig(eyes, converge=converge))
    right = carried(left, torch.cat([shift, 0 * shift], 1), cubic=True, around=Around())
    for eye, color in (("L", left), ("R", right)):
        planes = {f"V.Combined.{c}": plane.numpy() for c, plane in zip("RGB", color[0], strict=True)}
        write_layers(tmp_path / f"s_{eye}.exr", planes | {"V.Depth.Z": far[0, 0].numpy()})
    path = str(tmp_path / "s.exr")
    job = RenderJob(path, path, "painted.exr", projection=EQUIRECT, stereo=Stereo("pair", converge=told))
    found, notes = with_eyes(job)
    assert notes == ()
    assert found.eyes == pytest.approx(eyes, rel=0.02)
    assert 1 / found.converge == pytest.approx(1 / converge, abs=0.02)
    seen, known = (right_view(one, *open_eyes(one)).link.offsets for one in (job, replace(job, stereo=found)))
    assert torch.equal(seen, known)


def test_too_little_is_no_line() -> None:
    flat = torch.ones(1, 1, 16, 16)
    for seen, nearness in ((torch.full_like(flat, torch.nan), torch.rand(1, 1, 16, 16)), (flat, flat)):
        with pytest.raises(ValueError, match="too little"):
            fitted(nearness, seen, level=torch.ones(1))


@pytest.mark.parametrize("right", [False, True])
def test_an_eye_sees_what_comes_nearer_go_aside(right: bool) -> None:
    """Cycles has no motion for what comes straight to the middle between the eyes."""
    height, stereo, sign = 48, Stereo("pair", eyes=0.4), 1 if right else -1
    far = [torch.full((1, 1, height, 2 * height), depth) for depth in (2.0, 1.8)]
    still = torch.zeros(1, 2, height, 2 * height)
    frames = [
        beside(
            stereo,
            right,
            surrounding(Frame(still[:, :1], Motion(still, still), Surfaces(depth=depth)), Around()),
        )
        for depth in far
    ]
    seen = link(frames[1], frames[0])
    row, column = 14, 20
    latitude = float(latitudes(height)[row])
    radius = stereo.eyes / 2
    high = math.sin(latitude) * math.sqrt(1.8**2 - radius**2)
    level = math.sqrt(1.8**2 - high**2)
    before = (high * 2.0 / 1.8, level * 2.0 / 1.8)
    aside = math.asin(radius / level) - math.asin(radius / before[1])
    lower = latitude - math.atan2(before[0], math.sqrt(before[1] ** 2 - radius**2))
    found = seen.offsets[0, :, row, column] * math.pi / height
    assert found.tolist() == pytest.approx([aside * sign, lower], abs=2e-5)
    assert abs(aside) > 100 * 2e-5
    assert bool(seen.sight.whole[..., 4:-4, :].all())


@pytest.mark.parametrize("around", [None, Around()])
def test_level_sight_in_strips_is_that_of_the_whole(
    around: Around | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A square before a wall, seen by two eyes; near the poles of a panorama pixels are less broad."""
    near = torch.zeros(1, 1, 24, 48, dtype=torch.bool)
    near[..., 4:20, 10:22] = True
    index = near.float()
    here, there = (Surfaces(index=index.roll(shift, 3)) for shift in (0, 3))
    back = torch.where(there.index > 0, -3.0, -0.4)
    offsets = torch.where(index > 0, 3.0, 0.4)
    level = [torch.cat([shift, torch.zeros_like(shift)], 1) for shift in (offsets, back)]
    trip = replace(RENDERED, around=around)
    monkeypatch.setattr("nst.core.strips.PIXELS", 5 * 48)
    strips, whole = _level_sight(here, there, *level, trip), sight(here, there, *level, trip)
    assert 0 < int(whole.seen.sum()) < whole.seen.numel()
    assert torch.equal(strips.seen, whole.seen)
    assert torch.equal(strips.whole, whole.whole)
    assert torch.equal(strips.near * strips.seen, whole.near * whole.seen)


def test_no_slivers_are_left_out_along_a_level_edge() -> None:
    """Below a stair of one pixel every eighth column things are three pixels nearer to one side."""
    down, across = torch.arange(24)[:, None], torch.arange(64)[None]
    here, there = ((down > 8 + (across - aside) // 8).float()[None, None] for aside in (-3, 0))
    offsets, back = 3.0 * here, -3.0 * there
    level = [torch.cat([shift, torch.zeros_like(shift)], 1) for shift in (offsets, back)]
    found = _level_sight(Surfaces(index=here), Surfaces(index=there), *level, RENDERED)
    view = RightView(Link(level[0], found, None))
    assert 0 < int((~found.seen[..., 8:-8]).sum()) < 64
    assert bool(view.seen[..., 8:-8].all())
    paint = torch.rand(1, 3, 24, 64, generator=torch.Generator().manual_seed(0))
    read, shown = carried(paint, level[0], cubic=True), view.of(paint)
    hidden = ~found.seen[..., 8:-8]
    assert torch.equal(shown[..., 8:-8] * hidden, read[..., 8:-8] * hidden)
