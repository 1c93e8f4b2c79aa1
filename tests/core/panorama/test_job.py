"""Panoramas from file to file, of one eye and of two."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nst.core.cli import main
from nst.core.exr import linear_to_srgb, write_exr
from nst.core.images import load_picture, save_picture
from nst.core.panorama.cube import faces_of, lay_faces
from nst.core.protocol import Controls, JobError, Mask, RenderJob, Stereo, job_from_dict
from nst.core.protocol.jobs import job_to_dict
from nst.core.render.job import open_render
from nst.core.render.layers import read_layers
from nst.core.render.light import combined
from nst.core.runner import plan_job, run_job
from nst.core.solve.progress import SilentWatcher
from nst.core.stereo.layout import both

from ..render.files import write_layers
from .test_around import seen

HEIGHT = 48
RGB = ("Combined.R", "Combined.G", "Combined.B")
FAST = {"quality": "draft", "device": "cpu"}


def sky(height: int = HEIGHT) -> Tensor:
    """A panorama (1, 3, H, 2 H) with bands and a sun of 40 times white, linear."""
    toward = seen(height, False)
    light = 0.5 + 0.3 * (5 * toward + 2 * toward.roll(1, 1)).sin()
    sun = (toward * torch.tensor([0.6, 0.48, 0.64]).view(1, 3, 1, 1)).sum(1, keepdim=True) > 0.97
    return torch.where(sun, torch.tensor(40.0), light)


@pytest.fixture
def panorama(tmp_path: Path) -> Path:
    path = tmp_path / "sky.exr"
    write_exr(path, sky()[0], None)
    return path


def job(content: Path, painting: Path, output: str, **settings: Any) -> RenderJob:
    named = {"projection": "equirect"} | FAST | settings
    return RenderJob(str(content), str(painting), str(content.with_name(output)), **named)


def light_of(path: Path) -> Tensor:
    return combined(read_layers(path, ""))[0]


def test_a_turned_panorama_is_painted_turned(panorama: Path, painting: Path) -> None:
    """And light beyond white stays so."""
    turned = panorama.with_name("turned.exr")
    write_exr(turned, sky()[0].roll(29, 2), None)
    info = run_job(job(panorama, painting, "out.exr"), SilentWatcher())
    run_job(job(turned, painting, "out_turned.exr"), SilentWatcher())
    one, other = light_of(panorama.with_name("out.exr")), light_of(panorama.with_name("out_turned.exr"))
    assert info["size"] == [HEIGHT, 2 * HEIGHT]
    assert float((one.roll(29, 3) - other).abs().max()) == 0
    assert float(one.max()) > 10
    assert float((linear_to_srgb(one.clamp(0, 1)) - linear_to_srgb(sky().clamp(0, 1))).abs().mean()) > 0.02


@pytest.mark.parametrize("projection", ["vr180", "cube"])
def test_other_projections_are_painted_and_keep_their_shape(
    tmp_path: Path, painting: Path, projection: str
) -> None:
    shown = linear_to_srgb(sky(64).clamp(0, 1))
    picture = shown[..., 32:96] if projection == "vr180" else lay_faces(faces_of(shown, 32), (4, 3))
    save_picture(tmp_path / "in.png", picture)
    run_job(job(tmp_path / "in.png", painting, "out.png", projection=projection), SilentWatcher())
    found = load_picture(tmp_path / "out.png").rgb
    assert found.shape == picture.shape
    assert 0.02 < float((found - picture).abs().mean()) < 0.4


@pytest.mark.parametrize(
    ("size", "settings", "said"),
    [
        ((40, 60), {}, "twice as wide as high"),
        ((40, 80), {"projection": "vr180"}, "as wide as high"),
        ((40, 80), {"projection": "cube"}, "six square faces"),
        ((40, 80), {"projection": "globe"}, "projection is 'globe'"),
        ((40, 80), {"stereo": Stereo("top-bottom")}, "each eye has 80 by 20 pixels"),
        ((41, 80), {"stereo": Stereo("top-bottom"), "projection": "flat"}, "two pictures of one size"),
        ((40, 80), {"stereo": Stereo("pair"), "projection": "cube"}, "A cube map has one eye"),
        ((64, 64), {}, "say that it is stereo, top-bottom"),
        ((32, 128), {}, "say that it is stereo, side-by-side"),
        ((32, 64), {"projection": "vr180"}, "say that it is stereo, side-by-side"),
    ],
)
def test_what_is_no_panorama_is_said(
    tmp_path: Path, painting: Path, size: tuple[int, int], settings: dict[str, Any], said: str
) -> None:
    save_picture(tmp_path / "in.png", torch.rand(1, 3, *size))
    with pytest.raises(JobError, match=said):
        plan_job(job(tmp_path / "in.png", painting, "out.png", **settings), SilentWatcher())
    assert not (tmp_path / "out.png").exists()


def test_what_is_no_panorama_is_said_at_strength_0(tmp_path: Path, painting: Path) -> None:
    """And for both eyes: what lies side by side is no panorama above another one."""
    save_picture(tmp_path / "in.png", torch.rand(1, 3, 32, 128))
    write_layers(tmp_path / "far.exr", {"Y": np.ones((32, 128))})
    depth = str(tmp_path / "far.exr")
    for stereo in (Stereo(), Stereo("top-bottom", depth)):
        with pytest.raises(JobError) as caught:
            run_job(job(tmp_path / "in.png", painting, "out.png", strength=0, stereo=stereo), SilentWatcher())
        assert caught.value.code == "no_panorama"
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize("size", [(31, 31), (HEIGHT // 2, HEIGHT)])
def test_masks_of_any_size_are_laid_over_a_panorama(
    panorama: Path, painting: Path, size: tuple[int, int]
) -> None:
    mask = panorama.with_name("mask.png")
    save_picture(mask, (torch.arange(size[1]) > size[1] / 2).float().expand(1, 3, *size))
    masks = Controls(masks=(Mask(str(mask), str(painting)),))
    asked = job(panorama, painting, "out.exr", controls=masks)
    opened = open_render(asked).mask(asked.controls.masks[0])
    assert opened.shape[-1] == 2 * opened.shape[-2]
    assert float(opened[..., :8].max()) < 0.01 < 0.99 < float(opened[..., -8:].min())
    assert run_job(asked, SilentWatcher())["size"] == [HEIGHT, 2 * HEIGHT]


def test_a_job_goes_through_a_file(panorama: Path, painting: Path) -> None:
    one = job(panorama, painting, "o.exr", stereo=Stereo("pair", eyes=0.06, poles=(60, 75), converge=2))
    assert job_from_dict(json.loads(json.dumps(job_to_dict(one)))) == one
    with pytest.raises(JobError, match="a setting of stereo"):
        job_from_dict(job_to_dict(one) | {"stereo": {"eye": 1}})


# ---------------------------------------------------------------------------------------- stereo


def eyes(folder: Path, projection: str = "flat") -> tuple[Path, Path]:
    """A wall with a picture at 8 and a board before it at 2, seen by two eyes: shifts of 2 and 8 pixels."""
    files = []
    y, x = np.meshgrid(np.arange(48.0), np.arange(96.0), indexing="ij")
    for eye, sign in (("L", 0.5), ("R", -0.5)):
        near, far = 8 * sign, 2 * sign
        board = (abs(x - 48 - near) < 14) & (abs(y - 24) < 12)
        shift = np.where(board, near, far)
        color = np.stack([0.5 + 0.3 * np.sin(0.5 * (x - shift) + 0.4 * y + phase) for phase in (0, 1, 2)])
        color = np.where(board, color[::-1], color)
        planes = {
            f"V.Combined.{c}": plane for c, plane in zip("RGBA", (*color, np.ones_like(x)), strict=True)
        }
        planes |= {"V.Depth.Z": np.where(board, 2.0, 8.0), "V.Object Index.X": 1.0 + board}
        files.append(write_layers(folder / f"scene_{eye}.exr", planes))
    return files[0], files[1]


def check_tied(one: Tensor, other: Tensor) -> None:
    """Both eyes' paintings of ``eyes`` (1, 3, 48, 96) show the same, moved by true disparity."""
    wall = (one[..., 4:30] - other[..., 2:28]).abs().mean()
    board = (one[..., 16:32, 44:60] - other[..., 16:32, 36:52]).abs().mean()
    assert float(wall) < 0.01
    assert float(board) < 0.01
    assert float((one - other).abs().mean()) > 0.03


def test_both_eyes_see_the_same_paint(tmp_path: Path, painting: Path) -> None:
    """Nothing is told of disparity but distances; what one eye alone sees is painted, too."""
    left, _ = eyes(tmp_path)
    info = run_job(job(left, painting, "out.png", projection="flat", stereo=Stereo("pair")), SilentWatcher())
    assert 0.02 < info["healed"] < 0.2
    one, other = (load_picture(tmp_path / f"out_{eye}.png").rgb for eye in "LR")
    check_tied(one, other)


def test_halves_of_one_file_are_eyes_as_well(tmp_path: Path, painting: Path) -> None:
    """A picture, and the distances in a file of their own."""
    layers = [read_layers(path, "") for path in eyes(tmp_path)]
    both = torch.cat([combined(each)[0] for each in layers], 2)
    write_exr(tmp_path / "both.exr", both[0], None)
    depths = np.concatenate([each.find(("Depth",))[0] for each in layers], 0)
    write_layers(tmp_path / "far.exr", {"Y": depths})
    stereo = Stereo("top-bottom", depth=str(tmp_path / "far.exr"))
    wanted = job(tmp_path / "both.exr", painting, "joined.png", projection="flat", stereo=stereo)
    run_job(wanted, SilentWatcher())
    joined = load_picture(tmp_path / "joined.png").rgb
    assert joined.shape == (1, 3, 96, 96)
    check_tied(joined[..., :48, :], joined[..., 48:, :])


@pytest.mark.parametrize("missing", ["depth", "eye", "size", "far"])
def test_what_stereo_misses_is_said(tmp_path: Path, painting: Path, missing: str) -> None:
    left, right = eyes(tmp_path)
    said = {
        "depth": "no pass Depth|pass Depth",
        "eye": "scene_R.exr",
        "size": "not of one size",
        "far": "The depth file .*far_L.exr is not there",
    }[missing]
    stereo = Stereo("pair", depth=str(tmp_path / "far.exr") if missing == "far" else "")
    if missing == "eye":
        right.unlink()
    elif missing == "size":
        write_layers(right, {f"V.{name}": np.ones((8, 8)) for name in (*RGB, "Depth.Z")})
    elif missing == "depth":
        for path in (left, right):
            write_layers(path, {f"V.{name}": np.ones((48, 96)) for name in RGB})
    with pytest.raises(JobError, match=said):
        run_job(job(left, painting, "out.png", projection="flat", stereo=stereo), SilentWatcher())
    assert not list(tmp_path.glob("out*"))


# --------------------------------------------------------------------------------------- commands


def test_the_commands(panorama: Path, painting: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = panorama.with_name("out.hdr")
    words = ["panorama", str(panorama), str(painting), "-o", str(out), "--quality", "draft", "--json", "-q"]
    assert main([*words, "--plan"]) == 0
    assert not out.exists()
    capsys.readouterr()
    large = panorama.with_name("large.png")
    save_picture(large, linear_to_srgb(sky(64).clamp(0, 1)))
    assert (
        main(["metrics", "panorama", str(large), "--before", str(large), "--turned", str(large), "--json"])
        == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert found["turned"] == 0
    assert all(math.isfinite(found[name]) for name in ("wrap", "pole", "edge", "pinch"))
    assert main(["metrics", "panorama", str(painting)]) == 1
    assert "twice as wide" in capsys.readouterr().err


@pytest.mark.parametrize("layout", ["top-bottom", "side-by-side"])
def test_each_eye_has_its_own_half_of_a_mask(tmp_path: Path, painting: Path, layout: str) -> None:
    """Where the mask is shaped as the file of both is; any other is laid over either eye."""
    size = (64, 64) if layout == "top-bottom" else (32, 128)
    save_picture(tmp_path / "in.png", torch.rand(1, 3, *size))
    for name, shape in (("both", size), ("one", (32, 64))):
        mask = torch.zeros(1, 3, *shape)
        mask[..., : shape[0] // 2, : shape[1] // 2] = 1
        save_picture(tmp_path / f"{name}.png", mask)
    masks = [Mask(str(tmp_path / f"{name}.png"), str(painting)) for name in ("both", "one")]
    asked = job(tmp_path / "in.png", painting, "out.png", stereo=Stereo(layout))
    for side, white in zip(both(layout), (0.5, 0.0), strict=True):
        render = open_render(asked, side)
        assert float(render.mask(masks[0]).mean()) == pytest.approx(white)
        assert float(render.mask(masks[1]).mean()) == pytest.approx(0.25)


def test_eyes_of_a_pair_have_masks_of_their_own(tmp_path: Path, painting: Path) -> None:
    for number, eye in enumerate("LR"):
        save_picture(tmp_path / f"in_{eye}.png", torch.rand(1, 3, 32, 64))
        save_picture(tmp_path / f"mask_{eye}.png", torch.full((1, 3, 32, 64), (1 + number) / 2))
    asked = job(tmp_path / "in_L.png", painting, "out.png", stereo=Stereo("pair"))
    for number, side in enumerate(both("pair")):
        own = open_render(asked, side).mask(Mask(str(tmp_path / "mask_L.png"), str(painting)))
        assert float(own.mean()) == pytest.approx((1 + number) / 2, abs=0.01)
