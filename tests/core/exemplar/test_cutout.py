"""Balls cut out of photos, from file to file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from nst.core.exemplar.ball import Ball, find_ball
from nst.core.images import load_picture, save_picture
from nst.core.protocol import BallJob, JobError, job_from_dict, job_to_dict
from nst.core.runner import run_job
from nst.core.solve.progress import SilentWatcher

from .balls import painted, picture, textured

NST = [sys.executable, "-P", "-m", "nst.core.cli"]
BALL = Ball(171.3, 118.8, 77.4)
ASKEW = Ball(171.3, 118.8, 77.4, 0.9, 0.6)


def photo(path: Path, ball: Ball = BALL, alpha: np.ndarray | None = None) -> Path:
    """A ball on noisy paper."""
    paper = 0.8 + 0.15 * (textured(260, 300) - 0.5) + np.random.default_rng(1).normal(0, 0.02, (260, 300, 3))
    shown = picture(painted(ball, 260, 300, paper.clip(0, 1)), alpha)
    save_picture(path, shown.rgb, shown.alpha)
    return path


def cut(source: Path, **settings: object) -> tuple[dict[str, object], Tensor, Tensor]:
    """What a job says, and its result."""
    output = source.with_name("out.png")
    info = run_job(BallJob(str(source), str(output), **settings), SilentWatcher())
    result = load_picture(output)
    assert result.alpha is not None
    return info, result.rgb[0], result.alpha[0, 0]


def coverage(circle: list[float], side: int) -> np.ndarray:
    """How far inside a circle each pixel is."""
    x, y, radius = circle
    down, right = np.mgrid[0:side, 0:side] + 0.5
    return radius - np.hypot(right - x, down - y)


@pytest.mark.parametrize("ball", [BALL, ASKEW], ids=["circle", "ellipse"])
def test_a_ball_is_cut_out_where_it_is(ball: Ball, tmp_path: Path) -> None:
    info, rgb, alpha = cut(photo(tmp_path / "photo.png", ball))
    assert info["circle"] == pytest.approx([ball.x, ball.y, ball.radius], abs=1)
    assert info["ratio"] == pytest.approx(ball.ratio, abs=0.01)
    assert bool(info["notes"]) == (ball.ratio != 1)
    side = info["size"]
    assert rgb.shape == (3, side, side)
    inside = torch.from_numpy(coverage(info["ball"], side))
    assert (alpha[inside > 1] == 1).all()
    assert (alpha[inside < -1] == 0).all()
    # Its paint lies as on a ball that was round from the start.
    off = (rgb.permute(1, 2, 0) - torch.from_numpy(painted(Ball(*info["ball"]), side, side))).abs()
    assert off[inside > 3].mean() < 0.02


def test_colours_stay_as_they_are(tmp_path: Path) -> None:
    source = photo(tmp_path / "photo.png")
    before, found = load_picture(source).rgb[0], (100.0, 90.0, 40.0)
    info, rgb, alpha = cut(source, circle=found)
    assert info["circle"] == [100, 90, 40]
    x, y, radius = info["ball"]
    left, top, side = round(100 - x), round(90 - y), info["size"]
    assert radius == 40
    assert torch.equal(rgb, before[:, top : top + side, left : left + side])
    assert int((alpha > 0).sum()) == pytest.approx(np.pi * 40**2, rel=0.05)


def test_another_size(tmp_path: Path) -> None:
    info, rgb, alpha = cut(photo(tmp_path / "photo.png"), size=64)
    assert rgb.shape == (3, 64, 64)
    assert info["size"] == 64
    inside = torch.from_numpy(coverage(info["ball"], 64))
    assert (alpha[inside > 2] > 0.99).all()
    assert (alpha[inside < -2] < 0.01).all()
    assert find_ball(load_picture(tmp_path / "out.png")).radius == pytest.approx(info["ball"][2], abs=0.5)


def test_paint_that_overflows_is_kept(tmp_path: Path) -> None:
    y, x = np.mgrid[0:260, 0:300] + 0.5
    shown = np.hypot(x - BALL.x, y - BALL.y) < BALL.radius
    shown |= np.hypot(x - BALL.x - BALL.radius, y - BALL.y) < 6
    info, _, alpha = cut(photo(tmp_path / "photo.png", alpha=shown.astype(float)))
    assert info["circle"] == pytest.approx([BALL.x, BALL.y, BALL.radius], abs=1)
    across, down, radius = info["ball"]
    assert alpha[int(down), int(across + radius + 3)] == 1
    assert alpha[int(down), int(across - radius - 3)] == 0


def test_the_frame_may_cut_it(tmp_path: Path) -> None:
    info, _, alpha = cut(photo(tmp_path / "photo.png"), circle=(10.0, 120.0, 50.0))
    assert "frame cuts it" in info["notes"][0]
    x, y, _ = info["ball"]
    assert alpha[int(y), int(x) - 15] == 0
    assert alpha[int(y), int(x)] == 1


def test_light_of_more_than_8_bits_is_kept(tmp_path: Path) -> None:
    shades = torch.linspace(0.5, 0.51, 96).expand(1, 3, 96, 96)
    save_picture(tmp_path / "light.exr", shades)
    job = BallJob(str(tmp_path / "light.exr"), str(tmp_path / "out.exr"), circle=(48.5, 48.5, 40.0))
    run_job(job, SilentWatcher())
    result = load_picture(tmp_path / "out.exr")
    assert len(result.rgb[0, 0, 40].unique()) > 4
    assert result.rgb[..., 0, 0].max() == 0


@pytest.mark.parametrize(
    ("settings", "code", "says"),
    [
        ({"circle": (400.0, 90.0, 40.0)}, "no_sphere", r"400, 90, 40 .*300 x 260 pixels"),
        ({"circle": (100.0, 90.0, 1e6)}, "no_sphere", "Nothing of a ball"),
        ({"circle": (100.0, 90.0, 0.5)}, "no_sphere", "Nothing of a ball"),
        ({"picture": "plain.png"}, "no_sphere", r"No ball was found in plain\.png"),
        ({"picture": "none.png"}, "image_missing", "none.png"),
        ({"output": "photo.png"}, "overwrites_source", "over the sphere"),
        ({"output": "none/out.png"}, "folder_missing", "is not there"),
    ],
)
def test_what_cannot_be_done_writes_nothing(
    settings: dict[str, object], code: str, says: str, tmp_path: Path
) -> None:
    photo(tmp_path / "photo.png")
    save_picture(tmp_path / "plain.png", torch.full((1, 3, 64, 64), 0.4))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    values = {"picture": "photo.png", "output": "out.png"} | settings
    files = {name: str(tmp_path / values[name]) for name in ("picture", "output")}
    with pytest.raises(JobError, match=says) as caught:
        run_job(BallJob(**values | files), SilentWatcher())
    assert caught.value.code == code
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("picture", ""), ("output", "/out.jpg"), ("size", 63), ("size", 64.5), ("size", None),
        ("circle", [1, 2]), ("circle", [1, 2, 0]), ("circle", "1,2,3"),
    ],
)  # fmt: skip
def test_a_bad_field_is_named(name: str, value: object) -> None:
    job = BallJob("/photo.jpg", "/out.png", 64, (1.0, 2.0, 3.0))
    assert job_from_dict(json.loads(json.dumps(job_to_dict(job)))) == job
    with pytest.raises(JobError, match=name) as caught:
        job_from_dict(job_to_dict(job) | {name: value})
    assert caught.value.code == "bad_job"


def test_in_the_shell(tmp_path: Path) -> None:
    photo(tmp_path / "photo.png")
    words = [*NST, "ball", "photo.png", "-o", "out.png", "--size", "96", "--json"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert said["output"] == str(tmp_path / "out.png")
    circle = said["info"]["circle"]
    assert circle == pytest.approx([BALL.x, BALL.y, BALL.radius], abs=1)
    again = [*words[:-1], "--circle", ",".join(map(str, circle)), "-q"]
    again[again.index("out.png")] = "again.png"
    done = subprocess.run(again, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"circle {circle[0]:.1f},{circle[1]:.1f},{circle[2]:.1f}" in done.stdout
    one, other = (load_picture(tmp_path / name) for name in ("out.png", "again.png"))
    assert one.alpha is not None
    assert ((one.rgb - other.rgb) * (one.alpha == 1)).abs().max() < 0.05
