"""Sphere jobs from file to file: stills, animations, several spheres, and what cannot be done."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nst.core.cli.app import main
from nst.core.cli.motion_metrics import measure_warp
from nst.core.exemplar.ball import Ball, ball_normals
from nst.core.exemplar.source import read_source
from nst.core.images import load_picture, save_picture
from nst.core.protocol import JobError, Sphere, SphereJob, job_from_dict, job_to_dict
from nst.core.runner import plan_job, run_job
from nst.core.solve.progress import SilentWatcher

from ..render.files import write_layers

SIDE = 72
HEIGHT, WIDTH = 64, 80
# The camera looks along the world's y, as one that Blender has put before a scene: what it sees as towards
# itself is -y, up is z.
CAMERA = (1.0, 0, 0, 0, 0, 1, 0, -1, 0)


def render(path: Path, shift: int = 0, passes: str = "normal position depth", index: float = 3.0) -> Path:
    """A ball of radius 24 px, ``shift`` px right of where it was, moving 2 px a frame, before nothing."""
    ball = Ball(36 + shift, 32, 24)
    normals, inside = ball_normals(ball, HEIGHT, WIDTH)
    view = (normals * inside).numpy()
    world = np.stack([view[0], -view[2], view[1]])
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    cover = inside.float().numpy()
    found = {f"V.Combined.{c}": 0.5 * cover for c in "RGB"} | {"V.Combined.A": cover}
    if "normal" in passes:
        found |= {f"V.Normal.{c}": plane for c, plane in zip("XYZ", world, strict=True)}
    if "position" in passes:
        place = np.stack([x * 0.1, -view[2] * 2.4, -y * 0.1]) * cover
        found |= {f"V.Position.{c}": plane for c, plane in zip("XYZ", place, strict=True)}
    if "depth" in passes:
        found |= {"V.Depth.Z": np.where(cover > 0, 9 - view[2] * 2.4, 1e10)}
    if "vector" in passes:
        move = 2.0 * cover  # how far left it was, and how far right it will be: ``motion_of``
        found |= {"V.Vector.X": -move, "V.Vector.Y": 0 * move, "V.Vector.Z": -move, "V.Vector.W": 0 * move}
    found |= {"V.Object Index.X": index * cover}
    return write_layers(path, found, {})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A painted ball, its height, and renders."""
    root = tmp_path_factory.mktemp("spheres")
    normals, _ = ball_normals(Ball(SIDE / 2, SIDE / 2, SIDE / 2 - 1), SIDE, SIDE)
    noise = torch.rand(3, SIDE, SIDE, generator=torch.Generator().manual_seed(4))
    light = 0.35 + 0.3 * normals[:1] + 0.3 * normals[1:2]
    paint = (0.8 * light + 0.2 * noise).clamp(0, 1)
    save_picture(root / "sphere.png", paint[None])
    save_picture(root / "height.png", paint.mean(0).expand(1, 3, -1, -1))
    save_picture(root / "red.png", torch.tensor([0.9, 0.1, 0.1]).view(1, 3, 1, 1).expand(1, 3, 40, 40))
    save_picture(root / "map.png", (0.5 + 0.5 * normals)[None])
    render(root / "shot.exr")
    return root


def sphere(folder: Path, **settings: object) -> Sphere:
    return replace(Sphere(str(folder / "sphere.png"), circle=(36, 36, 35)), **settings)


def job(folder: Path, output: str = "out.png", **settings: object) -> SphereJob:
    return replace(
        SphereJob((sphere(folder),), str(folder / "shot.exr"), str(folder / output), device="cpu"), **settings
    )


def shown(path: Path) -> tuple[Tensor, Tensor]:
    picture = load_picture(path)
    assert picture.alpha is not None
    return picture.rgb[0], picture.alpha[0, 0]


def test_the_painting_comes_back_on_its_own_normal_map(folder: Path) -> None:
    run_job(job(folder, "back.png", guides=str(folder / "map.png")), SilentWatcher())
    painting, (colors, alpha) = load_picture(folder / "sphere.png").rgb[0], shown(folder / "back.png")
    _, inside = ball_normals(Ball(36, 36, 32), SIDE, SIDE)
    assert bool((alpha[inside] == 1).all())
    away = (colors - painting).abs().mean(0)[inside]
    assert float(away.mean()) < 0.01


def test_a_render_takes_on_the_spheres_light(folder: Path) -> None:
    info = run_job(job(folder), SilentWatcher())
    colors, alpha = shown(folder / "out.png")
    normals, inside = ball_normals(Ball(36, 32, 23), HEIGHT, WIDTH)
    assert info["size"] == [HEIGHT, WIDTH]
    assert float(alpha[0, 0]) == 0
    assert bool((alpha[inside] == 1).all())
    light = (normals[0] + normals[1])[inside]
    assert float(torch.corrcoef(torch.stack([colors.mean(0)[inside], light]))[0, 1]) > 0.95


@pytest.mark.parametrize("passes", ["normal position", "normal depth"])
def test_the_camera_is_found(folder: Path, passes: str) -> None:
    render(folder / "found.exr", passes=passes)
    for output, camera in (("found.png", ()), ("given.png", CAMERA)):
        run_job(job(folder, output, guides=str(folder / "found.exr"), camera=camera), SilentWatcher())
    (found, alpha), (given, _) = shown(folder / "found.png"), shown(folder / "given.png")
    assert float((found - given).abs().mean(0)[alpha > 0].mean()) < 0.03


def test_further_channels_follow_the_colour(folder: Path) -> None:
    thick = sphere(folder, height=str(folder / "height.png"))
    run_job(job(folder, "thick.png", spheres=(thick,), height=str(folder / "thick_h.png")), SilentWatcher())
    colors, alpha = shown(folder / "thick.png")
    height = load_picture(folder / "thick_h.png").rgb[0].mean(0)
    assert float((height - colors.mean(0))[alpha > 0].abs().max()) < 0.01


def test_two_spheres_each_paint_their_own(folder: Path) -> None:
    red = Sphere(str(folder / "red.png"), circle=(20, 20, 20), mask="index:3")
    run_job(job(folder, "two.png", spheres=(sphere(folder), red)), SilentWatcher())
    colors, alpha = shown(folder / "two.png")
    assert float((colors[0] - 0.9).abs()[alpha > 0].max()) < 0.01
    run_job(job(folder, "owt.png", spheres=(red, sphere(folder))), SilentWatcher())
    assert torch.equal(shown(folder / "owt.png")[0], colors)  # what has no mask lies below


def test_a_sphere_for_what_is_out_of_view_paints_nothing_and_says_so(folder: Path) -> None:
    other = Sphere(str(folder / "red.png"), circle=(20, 20, 20), mask="index:4")
    info = run_job(job(folder, "both.png", spheres=(sphere(folder), other)), SilentWatcher())
    assert any("shows nothing of index:4" in note for note in info["notes"]), info["notes"]
    run_job(job(folder, "alone.png"), SilentWatcher())
    assert torch.equal(shown(folder / "both.png")[0], shown(folder / "alone.png")[0])
    with pytest.raises(JobError, match="shows nothing of index:4"):
        run_job(job(folder, "none.png", spheres=(other,)), SilentWatcher())
    with pytest.raises(JobError, match="shows nothing of index:4, index:5"):
        run_job(job(folder, "none.png", spheres=(other, replace(other, mask="index:5"))), SilentWatcher())


def test_an_exr_file_shows_the_paint_in_light(folder: Path) -> None:
    run_job(job(folder, "light.exr"), SilentWatcher())
    run_job(job(folder, "light.png"), SilentWatcher())
    (light, _), (plain, alpha) = shown(folder / "light.exr"), shown(folder / "light.png")
    assert float((light - plain)[:, alpha > 0].abs().max()) < 0.01
    run_job(job(folder, "light.hdr"), SilentWatcher())  # which has no alpha
    whole, white = load_picture(folder / "light.hdr").rgb[0], plain * alpha + 1 - alpha
    assert float((whole - white).abs().max()) < 0.02


def frames(folder: Path, passes: str) -> str:
    for number in range(1, 6):
        render(folder / f"f_{number:04d}.exr", 2 * (number - 1), passes)
    return str(folder / "f_####.exr")


@pytest.mark.parametrize("passes", ["normal position depth vector", "normal depth vector"])
def test_strokes_stick_to_what_moves(folder: Path, passes: str) -> None:
    """The light comes along with the ball, so that nothing of it changes but its place."""
    settings = {"guides": frames(folder, passes), "camera": CAMERA}
    info = run_job(job(folder, "p_####.png", **settings), SilentWatcher())
    assert info["written"] == 5
    pictures = [shown(folder / f"p_{number:04d}.png")[0] for number in range(1, 6)]
    inside = ball_normals(Ball(36, 32, 22), HEIGHT, WIDTH)[1]
    for number, picture in enumerate(pictures):
        back = torch.roll(picture, -2 * number, 2)
        assert float((back - pictures[0])[:, inside].abs().mean()) < 0.002
    run_job(job(folder, "b_####.png", boil=1.0, hold=1, **settings), SilentWatcher())
    boiled = [shown(folder / f"b_{number:04d}.png")[0] for number in (3, 4)]
    assert float((torch.roll(boiled[1], -2, 2) - boiled[0])[:, inside].abs().mean()) > 0.01
    steady, boiling = (
        measure_warp(settings["guides"], str(folder / f"{name}_####.png"))["lags"][0]["error"]
        for name in "pb"
    )
    assert steady < 0.3 * boiling


def test_frames_are_looked_at_before_any_is_painted(folder: Path) -> None:
    save_picture(folder / "deep.png", torch.rand(1, 3, SIDE, SIDE))
    deep = {"spheres": (sphere(folder, height=str(folder / "deep.png")),)}
    settings = {"guides": frames(folder, "normal depth vector"), "camera": CAMERA}
    never = str(folder / "never_####")
    cases: dict[str, dict[str, Any]] = {
        "would both be written": {**deep, "height": f"{never}.png"},
        "holds heights": {**deep, "height": f"{never}.jpg"},
        "has no place for a frame's number": {**deep, "height": str(folder / "h.png")},
        "format that can be written": {"output": f"{never}.gif"},
        "no device 'abacus'": {"device": "abacus"},
    }
    for said, changes in cases.items():
        with pytest.raises(JobError, match=said):
            run_job(job(folder, **{"output": "never_####.png", **settings, **changes}), SilentWatcher())
    assert not list(folder.glob("never*"))


def test_previews_show_what_is_painted(folder: Path) -> None:
    run_job(job(folder, "seen.png", preview=str(folder / "preview.png")), SilentWatcher())
    painted, cover = shown(folder / "seen.png")
    seen = load_picture(folder / "preview.png").rgb[0]
    assert torch.allclose(seen, painted * cover + 1 - cover, atol=0.01)
    (folder / "preview.png").unlink()
    settings = {"guides": frames(folder, "normal depth"), "camera": CAMERA, "last": 1}
    run_job(job(folder, "seen_####.png", preview=str(folder / "preview.png"), **settings), SilentWatcher())
    assert (folder / "preview.png").exists()


def test_a_circle_is_in_pixels_of_the_file_however_large(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read_source(sphere(folder), SphereJob.weights).exemplar
    monkeypatch.setattr("nst.core.exemplar.source.SIDE", SIDE // 2)
    small = read_source(sphere(folder), SphereJob.weights).exemplar
    assert small.inside.shape == (SIDE // 2, SIDE // 2)
    assert float((whole.inside[::2, ::2] == small.inside).float().mean()) > 0.95


def test_frames_without_vectors_are_painted_with_a_note(folder: Path) -> None:
    settings = {"guides": frames(folder, "normal depth"), "camera": CAMERA, "first": 2, "last": 3}
    info = run_job(job(folder, "n_####.png", **settings), SilentWatcher())
    assert (info["frames"], info["written"]) == ([2, 3], 2)
    assert "no pass Vector" in info["notes"][-1]


def test_things_may_be_out_of_view_in_frames(folder: Path) -> None:
    render(folder / "v_0001.exr", passes="normal position depth vector")
    render(folder / "v_0002.exr", 200, "normal position depth vector")
    red = Sphere(str(folder / "red.png"), circle=(20, 20, 20), mask="index:3")
    never = replace(red, mask="index:9")
    settings = {"guides": str(folder / "v_####.exr"), "camera": CAMERA}
    info = run_job(
        job(folder, "o_####.png", spheres=(sphere(folder), red, never), **settings), SilentWatcher()
    )
    assert info["notes"][-1].startswith("No frame shows anything of index:9")
    assert len([note for note in info["notes"] if note.startswith("No frame")]) == 1
    assert float(shown(folder / "o_0001.png")[1].max()) == 1
    assert float(shown(folder / "o_0002.png")[1].max()) == 0


def test_other_guides_need_the_sphere_in_its_light(folder: Path) -> None:
    weights = (("normal", 1.0), ("object", 1.0))
    with pytest.raises(JobError, match="guide object needs a render of the sphere") as raised:
        run_job(job(folder, weights=weights), SilentWatcher())
    assert raised.value.code == "guides_missing"
    lit = sphere(folder, guides=str(render(folder / "ball.exr")))
    with pytest.raises(JobError, match=r"ball\.exr has 80 x 64 pixels, sphere\.png has 72 x 72"):
        run_job(job(folder, spheres=(lit,), weights=weights), SilentWatcher())


def test_what_cannot_be_used_is_said(folder: Path) -> None:
    render(folder / "flat.exr", passes="depth")
    render(folder / "blind.exr", passes="normal")
    noise = torch.rand(1, 3, 50, 50, generator=torch.Generator().manual_seed(0))
    save_picture(folder / "noise.png", noise)
    cases = {
        "has no pass Normal": {"guides": str(folder / "flat.exr")},
        "does not say where its camera looks": {"guides": str(folder / "blind.exr")},
        "is no normal map": {"guides": str(folder / "noise.png")},
        r"No ball was found in noise\.png": {"spheres": (Sphere(str(folder / "noise.png")),)},
        "written over": {"output": str(folder / "sphere.png")},
    }
    for said, settings in cases.items():
        with pytest.raises(JobError, match=said):
            run_job(replace(job(folder, "never.png"), **settings), SilentWatcher())
    assert not (folder / "never.png").exists()
    with pytest.raises(JobError, match="takes seconds"):
        plan_job(job(folder), SilentWatcher())


def test_jobs_are_checked_and_go_through_json(folder: Path) -> None:
    good = job(folder, weights=[["normal", 1], ["direct", 0.5]], camera=list(CAMERA))
    assert job_from_dict(json.loads(json.dumps(job_to_dict(good)))) == good
    cases = {
        "Did you mean direct": {"weights": (("directt", 1.0),)},
        "No guide has a weight": {"weights": (("normal", 0.0),)},
        "must be 9 numbers": {"camera": (1.0, 2.0)},
        "method is 'copy'": {"method": "copy"},
        "one sphere or more": {"spheres": ()},
        "No sphere has a height": {"height": "h.png"},
        "hold is 0": {"hold": 0},
        "Patches are for single pictures": {"method": "patches", "guides": "shot_####.exr"},
    }
    for said, settings in cases.items():
        with pytest.raises(JobError, match=said):
            replace(good, **settings)
    some = replace(good, spheres=(sphere(folder, mask="collection:Set", members=["A", "B"]),))
    assert job_from_dict(json.loads(json.dumps(job_to_dict(some)))) == some
    for mask in ("", "object:A"):
        with pytest.raises(JobError, match="only a"):
            sphere(folder, mask=mask, members=("A",))


def test_the_command_paints(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sphere", "--exemplar", str(folder / "sphere.png"), "--exemplar-circle", "36,36,35", "--json"]
    words += ["--guides", str(folder / "shot.exr"), "-o", str(folder / "cli.png")]
    assert main([*words, "--mask", f"index:3={folder / 'sphere.png'}"]) in (0, 1)  # its ball is looked for
    capsys.readouterr()
    assert main([*words, "--guide", "normal=2", "--tolerance", "0.3"]) == 0
    assert json.loads(capsys.readouterr().out)["output"] == str(folder / "cli.png")
    assert main([*words, "--guide", "normal=much"]) == 2
    assert main([*words, "--front", "left"]) == 2
    assert main([*words, "--mask", "nonsense"]) == 2
