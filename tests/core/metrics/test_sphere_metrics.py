from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from nst.core.cli.app import main
from nst.core.cli.sphere_metrics import measure_sphere
from nst.core.exemplar.ball import Ball, ball_normals
from nst.core.images import Picture, save_picture
from nst.core.metrics.exemplar import sphere_report
from nst.core.protocol import JobError

from ..exemplar.balls import painted, picture, textured

SIDE = 96
BALL = Ball(48, 47, 44)
NORMALS, INSIDE = ball_normals(BALL, SIDE, SIDE)
PAINTED = painted(BALL, SIDE, SIDE) * (0.9 + 0.2 * textured(SIDE, SIDE, 5)).astype("float32")
EXEMPLAR = Picture(picture(PAINTED.clip(0, 1)).rgb, INSIDE.float()[None, None])


def test_an_exemplar_is_like_itself() -> None:
    report = sphere_report(EXEMPLAR, EXEMPLAR, BALL, NORMALS)
    assert report.nearest == {5: 0.0, 9: 0.0}
    assert report.sliced == 0
    assert report.shading is not None
    assert report.shading > 0.98


def test_pieces_of_an_exemplar_are_copies() -> None:
    piece = Picture(EXEMPLAR.rgb[..., 30:60, 25:70], EXEMPLAR.alpha[..., 30:60, 25:70])
    report = sphere_report(EXEMPLAR, piece)
    assert report.nearest == pytest.approx({5: 0, 9: 0}, abs=1e-6)
    assert report.sliced > 0
    assert report.shading is None


def test_noise_is_far() -> None:
    noise = Picture(torch.rand(1, 3, 80, 80, generator=torch.Generator().manual_seed(0)))
    report = sphere_report(EXEMPLAR, noise)
    assert min(report.nearest.values()) > 3
    assert report.sliced > 0.5


def test_what_is_transparent_does_not_count() -> None:
    garbage = torch.where(INSIDE, EXEMPLAR.rgb, torch.rand(1, 3, SIDE, SIDE))
    assert sphere_report(EXEMPLAR, Picture(garbage, EXEMPLAR.alpha)).nearest == pytest.approx(
        {5: 0, 9: 0}, abs=1e-6
    )


def test_paper_around_the_ball_does_not_count() -> None:
    """Paper, alone, is as far from paint as from a cut-out of it."""
    paper = Picture(picture(textured(32, 32, 3).astype("float32")).rgb)
    scanned = EXEMPLAR.rgb * INSIDE + ~INSIDE * torch.nn.functional.pad(paper.rgb, (0, 64, 0, 64))
    bare = sphere_report(EXEMPLAR, paper, BALL)
    assert min(bare.nearest.values()) > 0.5
    assert sphere_report(Picture(scanned), paper, BALL) == bare


def test_shading_that_goes_another_way_is_told() -> None:
    upside_down = Picture(EXEMPLAR.rgb.flip(2), EXEMPLAR.alpha)
    shading = sphere_report(EXEMPLAR, upside_down, BALL, NORMALS).shading
    assert shading is not None
    assert shading < 0.6


def test_one_colour_is_a_copy_or_infinitely_far() -> None:
    plain = Picture(torch.full((1, 3, 20, 20), 0.25))
    assert sphere_report(plain, plain).nearest == {5: 0.0, 9: 0.0}
    other = sphere_report(plain, Picture(plain.rgb + 0.5))
    assert other.nearest == {5: float("inf"), 9: float("inf")}
    assert other.sliced == float("inf")


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exemplar, guides, plain = (str(tmp_path / f"{name}.png") for name in ("exemplar", "guides", "plain"))
    save_picture(exemplar, EXEMPLAR.rgb, EXEMPLAR.alpha)
    save_picture(guides, 0.5 + 0.5 * NORMALS[None])
    save_picture(plain, torch.zeros(1, 3, 32, 32))
    assert main(["metrics", "sphere", exemplar, exemplar, "--guides", guides, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["nearest"] == {"5": 0.0, "9": 0.0}
    assert data["shading"] > 0.98
    assert main(["metrics", "sphere", plain, exemplar]) == 0
    assert "infinite" in capsys.readouterr().out
    assert main(["metrics", "sphere", plain, exemplar, "--guides", guides]) != 0
    assert "No ball was found" in capsys.readouterr().err


def test_paper_of_a_scan_does_not_count_on_the_command_line(tmp_path: Path) -> None:
    scan, paper = str(tmp_path / "scan.png"), str(tmp_path / "paper.png")
    colors = picture(PAINTED.clip(0, 1)).rgb
    save_picture(scan, colors)
    save_picture(paper, torch.full((1, 3, 24, 24), float(colors[0, 0, 0, 0])))
    assert min(measure_sphere(scan, paper)["nearest"].values()) > 0.5


def test_too_small(tmp_path: Path) -> None:
    path = str(tmp_path / "small.png")
    save_picture(path, torch.rand(1, 3, 8, 30))
    with pytest.raises(JobError, match="nowhere 9 x 9 pixels") as caught:
        measure_sphere(path, path)
    assert caught.value.code == "too_small"
