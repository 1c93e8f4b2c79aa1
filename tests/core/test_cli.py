"""The ``nst`` command: what it prints, its exit codes, and how it is stopped."""

from __future__ import annotations

import io
import json
import math
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from nst.core import __version__
from nst.core.cli import main, stylize
from nst.core.cli.console import Console, ProgressBar, describe, draw_bar, duration, interruptible
from nst.core.cli.metrics import measure_strokes
from nst.core.cli.stylize import height_beside, make_absolute
from nst.core.images import save_picture
from nst.core.metrics import evenness
from nst.core.metrics.position import position_texture
from nst.core.protocol import ImageJob, JobCancelled, Sheet, TextureJob, save_job
from nst.core.solve.progress import Report
from nst.tests.core.metrics.surfaces import ball

NST = [sys.executable, "-P", "-m", "nst.core.cli"]
Captured = pytest.CaptureFixture[str]
SMALL = ["--size", "64", "--quality", "draft", "--device", "cpu"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def answer(capsys: Captured) -> tuple[dict[str, Any], str]:
    """What was printed: stdout as the one JSON object it is, and stderr."""
    printed = capsys.readouterr()
    return json.loads(printed.out), printed.err


def test_help_and_version_need_no_torch() -> None:
    program = (
        "import sys\nfrom nst.core.cli import main\n"
        "try:\n    main(['texture', '--help'])\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('torch', 'numpy', 'PIL', 'trimesh', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "--stroke METRES" in done.stdout
    version = subprocess.run([*NST, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.strip() == f"nst {__version__}"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "COMMAND"),
        (["sculpt"], "sculpt"),
        (["imag"], "Did you mean image?"),
        (["image", "a.png", "b.png", "-o", "o.png", "--color", "Kept"], "Did you mean keep?"),
        (["image", "a.png", "b.png", "-o", "o.png", "--style", ""], "--style is ''"),
        (["image", "a.png", "b.png:0", "-o", "o.png"], "the main style must count"),
        (["image", "a.png", "b.png:nan", "-o", "o.png"], "the weight of b.png is nan"),
        (["texture"], "MESH"),
        (["image", "a.png", "b.png"], "--output"),
        (["texture", "m.obj", "s.png", "-o", "o.png", "--size", "big"], "--size"),
        (["texture", "m.obj", "s.png", "-o", "o.png", "--size", "5"], "size is 5"),
        (["texture", "m.obj", "s.png", "-o", "o.png", "--height", "<UDIM>.png"], "height is '<UDIM>.png'"),
        (["image", "c.png", "s.png", "-o", "o.png", "--relief"], "--relief"),
        (["texture", "m.obj", "s.png", "-o", "o.png", "--quality", "superb"], "superb"),
        (["texture", "m.obj", "s.png", "-o", "o.png", "--strength", "2"], "strength is 2"),
        (["texture", "m.obj", "s.png", "-o", "o.png", "--stroke", "nan"], "stroke is nan"),
        (["texture", "m.obj", "s.png", "-o", "o.png", "--seed", "-1"], "seed is -1"),
        (["texture", "m.obj", "s.png", "-o", "o.png", "--base-color", "red"], "base_color is 'red'"),
        (["texture", "m.obj", "s.png", "-o", "o.png", "--base-color", "0,0,7"], "base_color is 7"),
        (["texture", "m.obj", "s.png", "-o", "o.png", "--base-color", "#12345"], "base_color"),
        (["image", "c.png", "s.png", "-o", "o.png", "--base-color", "0,0,0"], "base-color"),
        (["tile", "s.png", "-o", "o.png", "--width", "5"], "width is 5"),
        (["tile", "s.png", "-o", "o.png", "--scale", "-1"], "scale is -1"),
        (["tile", "s.png", "-o", "o.png", "--color", "keep"], "--color"),
        (
            ["render", "r.exr", "s.png", "-o", "o.exr", "--depth", "d.exr"],
            "--depth is about two eyes. Add --st",
        ),
        (["panorama", "r.exr", "s.png", "-o", "o.exr", "--pole-merge", "60,75"], "--pole-merge is about two"),
        (
            ["animation", "r_#.exr", "s.png", "-o", "o_#.exr", "--converge", "2"],
            "--converge is about two eyes",
        ),
        (["metrics", "stereo", "p.png", "r.exr", "--eyes", "0.065"], "--eyes is about two eyes"),
        (["metrics", "beauty"], "beauty"),
        (["portrait", "m.obj", "t.png", "-o", "o.png", "--size", "0"], "'0' is not a whole number"),
        (["portrait", "m.obj", "t.png", "-o", "o.png", "--size", "-3"], "size"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(words: list[str], says: str, capsys: Captured) -> None:
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("nst: ")
    assert printed.err.count("\n") == 1
    assert says in printed.err


def test_errors_as_json(quad: Path, painting: Path, tmp_path: Path, capsys: Captured) -> None:
    assert main(["texture", "--json", "--size", "x"]) == 2
    assert answer(capsys)[0]["error"]["code"] == "usage"
    words = ["texture", str(tmp_path / "gone.obj"), str(painting), "-o", str(tmp_path / "o.png"), *SMALL]
    assert main([*words, "--json"]) == 1
    data, err = answer(capsys)
    assert data["error"]["code"] == "mesh_missing"
    assert data["error"]["remedy"] == "choose_mesh"
    assert "gone.obj" in data["error"]["message"]
    assert [line.startswith("nst: ") for line in err.splitlines()].count(True) == 1
    words = ["texture", str(quad), str(painting), "-o", str(tmp_path / "no" / "o.png"), *SMALL, "--json"]
    assert main(words) == 1
    assert answer(capsys)[0]["error"]["code"] == "folder_missing"
    assert list(tmp_path.iterdir()) == []


def test_texture_then_its_metrics(
    quad: Path, painting: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a relative output is taken from here
    words = ["texture", str(quad), str(painting), "-o", "out.png", "--base-color", "#80ff00", "--seed", "5"]
    assert main([*words, *SMALL, "--json"]) == 0
    data, err = answer(capsys)
    assert data["output"] == str(tmp_path / "out.png")
    assert data["info"]["seed"] == 5
    assert "%" in err
    with Image.open("out.png") as image:
        assert image.size == (64, 64)
    assert main(["metrics", "seams", str(quad), "out.png", "--json"]) == 0
    seams, _ = answer(capsys)
    assert math.isfinite(seams["ratio"])
    assert seams["floor"] > 0
    assert main(["metrics", "seams", str(quad), "out.png"]) == 0
    assert "seam ratio" in capsys.readouterr().out
    assert main(["metrics", "seams", str(quad), "none.png"]) == 1
    assert "none.png" in capsys.readouterr().err


def test_tiles_in_the_shell(quad: Path, painting: Path, tmp_path: Path, capsys: Captured) -> None:
    mesh, output = tmp_path / "two.obj", tmp_path / "paint.<UDIM>.png"
    second = re.sub(r"vt 0(\S+)", r"vt 1\1", quad.read_text(encoding="utf-8"))
    mesh.write_text(second, encoding="utf-8")
    assert main(["texture", str(mesh), str(painting), "-o", str(output), *SMALL, "--relief", "--json"]) == 0
    data, _ = answer(capsys)
    assert data["outputs"] == [str(tmp_path / "paint.1002.png")]
    assert data["heights"] == data["info"]["heights"][0] == [str(tmp_path / "paint_height.1002.png")]
    with Image.open(data["heights"][0]) as image:
        assert image.mode == "I;16"
    assert main(["metrics", "seams", str(mesh), str(output), "--json"]) == 0
    assert answer(capsys)[0]["floor"] > 0
    words = ["portrait", str(mesh), str(output), "-o", str(tmp_path / "look.png"), "--size", "32"]
    assert main(words) == 0


def test_image_quietly(photo: Path, painting: Path, tmp_path: Path, capsys: Captured) -> None:
    output = tmp_path / "out.png"
    assert main(["image", str(photo), str(painting), "-o", str(output), *SMALL, "-q"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(str(output))
    assert printed.err == ""
    with Image.open(output) as image:
        assert image.size == (64, 64)


def test_tile_then_its_metrics(painting: Path, tmp_path: Path, capsys: Captured) -> None:
    output = str(tmp_path / "tile.png")
    words = ["tile", str(painting), "-o", output, *SMALL, "--height", "72", "--tile", "x", "--start", "noise"]
    assert main([*words, "--json"]) == 0
    data, _ = answer(capsys)
    assert data["info"]["size"] == [72, 64]
    assert main(["metrics", "tile", output, "--json"]) == 0
    ratios, _ = answer(capsys)
    assert ratios["x_most"] < 1
    assert main(["metrics", "tile", output]) == 0
    assert f"left, right   {ratios['x']:.3f}" in capsys.readouterr().out


def test_run_takes_paths_from_the_job_files_folder(
    quad: Path, painting: Path, tmp_path: Path, capsys: Captured
) -> None:
    job = TextureJob(str(quad), str(painting), (Sheet("beside.png"),), size=64, quality="draft", device="cpu")
    save_job(job, tmp_path / "job.json")
    assert main(["run", str(tmp_path / "job.json"), "--json"]) == 0
    assert answer(capsys)[0]["output"] == str(tmp_path / "beside.png")
    assert (tmp_path / "beside.png").is_file()


def test_what_a_job_file_would_cost(quad: Path, painting: Path, tmp_path: Path, capsys: Captured) -> None:
    save_job(TextureJob(str(quad), str(painting), (Sheet("o.png"),), size=64), tmp_path / "job.json")
    assert main(["run", str(tmp_path / "job.json"), "--plan", "--json"]) == 0
    planned, _ = answer(capsys)
    assert planned["seconds"] > 0
    save_job(TextureJob(str(quad), str(painting), (Sheet("o.png"),), size=256), tmp_path / "larger.json")
    assert main(["run", str(tmp_path / "larger.json"), "--plan", "--json"]) == 0
    assert answer(capsys)[0]["bytes"] > planned["bytes"] > 0
    assert not (tmp_path / "o.png").exists()


def test_run_refuses_what_is_no_job(tmp_path: Path, capsys: Captured) -> None:
    assert main(["run", str(tmp_path / "none.json")]) == 1
    assert "none.json" in capsys.readouterr().err
    (tmp_path / "bad.json").write_text('{"version": 1, "kind": "texture", "size": 3}', encoding="utf-8")
    assert main(["run", str(tmp_path / "bad.json")]) == 2


def test_info(capsys: Captured) -> None:
    assert main(["info", "--json"]) == 0
    data, _ = answer(capsys)
    assert data["engine"] == __version__
    assert data["default_device"] in {device["id"] for device in data["devices"]}
    assert main(["info"]) == 0
    assert data["torch"] in capsys.readouterr().out


def test_a_broken_engine_is_exit_code_3() -> None:
    program = (
        "import sys\nsys.modules['torch'] = None\nfrom nst.core.cli import main\nsys.exit(main(['info']))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True)
    assert done.returncode == 3
    assert "torch" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to a child there")
def test_control_c_cancels_and_writes_nothing(quad: Path, painting: Path, tmp_path: Path) -> None:
    paths = ["texture", str(quad), str(painting), "-o", str(tmp_path / "o.png")]
    settings = ["--size", "128", "--quality", "best", "--device", "cpu", "--json"]
    process = subprocess.Popen(
        [*NST, *paths, *settings], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("Painting"):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130
    assert json.loads(out)["error"]["code"] == "cancelled"
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to a child there")
def test_control_c_keeps_where_that_was_asked_for(photo: Path, painting: Path, tmp_path: Path) -> None:
    output, live = tmp_path / "o.png", tmp_path / "live.png"
    words = ["image", str(photo), str(painting), "-o", str(output), "--live", str(live), "--size", "160"]
    settings = ["--quality", "best", "--device", "cpu", "--json", "--keep-on-interrupt"]
    process = subprocess.Popen(
        [*NST, *words, *settings], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("Painting"):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert json.loads(out)["info"]["stopped_early"] is True
    assert "Note: Painting was ended early, in pass 1" in err
    with Image.open(output) as image:
        assert image.size == (160, 160)


def test_a_second_control_c_cancels_and_a_third_one_stops_at_once() -> None:
    console = Console(io.StringIO(), io.StringIO())
    console.keep_on_interrupt = True
    bar = ProgressBar(console)
    with interruptible(console):
        assert (bar.enough(), bar.cancelled()) == (False, False)
        signal.raise_signal(signal.SIGINT)
        assert (bar.enough(), bar.cancelled()) == (True, False)
        signal.raise_signal(signal.SIGINT)
        assert (bar.enough(), bar.cancelled()) == (True, True)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_sigterm_cancels_also_where_control_c_would_keep() -> None:
    console = Console(io.StringIO(), io.StringIO())
    console.keep_on_interrupt = True
    before = signal.getsignal(signal.SIGTERM)
    with interruptible(console):
        signal.raise_signal(signal.SIGTERM)
        assert (console.enough, console.stop) == (False, True)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_cancelled_job_says_where_its_work_is(
    photo: Path, painting: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(self: ProgressBar) -> bool:
        return True

    monkeypatch.setattr(ProgressBar, "cancelled", cancelled)
    kept = tmp_path / "work"
    words = ["image", str(photo), str(painting), "-o", str(tmp_path / "o.png"), "--checkpoint", str(kept)]
    assert main(words) == 130
    assert str(kept) not in capsys.readouterr().err  # it never came to painting
    kept.write_bytes(b"")
    assert main(words) == 130
    assert str(kept) not in capsys.readouterr().err  # nor did it write what is there

    def writes(job: object, watcher: object) -> None:
        kept.write_bytes(b"more")
        raise JobCancelled

    monkeypatch.setattr(stylize, "run_job", writes)
    assert main(words) == 130
    assert f"kept in {kept}" in capsys.readouterr().err


def test_a_relief_is_named_after_its_texture() -> None:
    assert height_beside("a/wall.jpg") == str(Path("a/wall_height.png"))
    assert height_beside("a/wall.<UDIM>.exr") == str(Path("a/wall_height.<UDIM>.png"))
    assert height_beside("<PART> 2.png") == "<PART> 2_height.png"
    assert height_beside("<UDIM>.png") == "<UDIM>_height.png"


def test_paths_become_absolute(tmp_path: Path) -> None:
    job = TextureJob("m.obj", "/s.png", (Sheet("sub/o.png", "b.png", height="h.png"),))
    absolute = make_absolute(job, tmp_path)
    output, base, height = (str(tmp_path / name) for name in ("sub/o.png", "b.png", "h.png"))
    assert absolute == TextureJob(str(tmp_path / "m.obj"), "/s.png", (Sheet(output, base, height=height),))
    picture = make_absolute(ImageJob("~/c.png", "s.png", "o.png"), tmp_path)
    assert isinstance(picture, ImageJob)
    assert picture.content == str(Path.home() / "c.png")


def test_the_bar_on_a_terminal_is_one_line_and_goes_away() -> None:
    err = Terminal()
    console = Console(io.StringIO(), err)
    bar = ProgressBar(console)
    bar.progress(Report("Painting, pass 1 of 2", 0.5, eta=65.0))
    bar.progress(Report("Writing", 1.0))
    console.clear()
    assert "\n" not in err.getvalue()
    assert "[############------------] Painting, pass 1 of 2: 50 %, 1:05 left" in err.getvalue()
    assert err.getvalue().rsplit("\r", 2)[1].strip() == ""


def test_lines_elsewhere_come_at_each_stage() -> None:
    err = io.StringIO()
    bar = ProgressBar(Console(io.StringIO(), err))
    for step in range(1000):
        bar.progress(Report("One", step / 1000, eta=3.0))
    bar.progress(Report("Two", 1.0))
    lines = err.getvalue().splitlines()
    assert lines[0] == "One: 0 %, 0:03 left"
    assert lines[-1] == "Two: 100 %"
    assert len(lines) < 100


def test_numbers_for_people() -> None:
    assert [duration(seconds) for seconds in (0, 0.2, 59, 60, 3599, 7200)] == [
        "0:00", "0:01", "0:59", "1:00", "59:59", "2:00:00",
    ]  # fmt: skip
    assert draw_bar(2.0, 4) == "[####]"
    assert draw_bar(-1.0, 4) == draw_bar(math.nan, 4) == "[----]"
    assert describe("A", math.nan, math.inf) == "A: 0 %"


def test_metrics_that_would_judge_nothing(
    quad: Path, painting: Path, tmp_path: Path, capsys: Captured
) -> None:
    one, black = tmp_path / "one.png", tmp_path / "black.png"
    Image.new("RGB", (1, 1)).save(one)
    Image.new("RGB", (64, 64)).save(black)
    for words, code in (
        (["tile", str(one)], "too_small"),
        (["style", str(painting), str(black)], "style_plain"),
        (["surface-style", str(quad), str(painting), str(black)], "style_plain"),
    ):
        assert main(["metrics", *words, "--json"]) == 1
        assert answer(capsys)[0]["error"]["code"] == code
    assert main(["metrics", "seams", str(quad), str(black), "--json"]) == 0
    data, err = answer(capsys)
    assert data["pairs"] == 0
    assert "no UV seams" in err


def test_a_further_style_without_a_name(photo: Path, painting: Path, capsys: Captured) -> None:
    assert main(["image", str(photo), str(painting), "-o", "o.png", "--style", "", "--json"]) == 2
    assert "--style" in answer(capsys)[0]["error"]["message"]


def test_metrics_of_a_texture_too_coarse_to_compare(tmp_path: Path, capsys: Captured) -> None:
    """Six islands in 4 by 4 texels: there are steps across seams and none inside to compare them with."""
    box = trimesh.creation.box()
    side = np.abs(box.face_normals).argmax(1) * 2 + (box.face_normals.sum(1) > 0)
    corner = box.vertices[box.faces]
    uvs = np.empty((12, 3, 2))
    for number in range(6):
        axes = [axis for axis in range(3) if axis != number // 2]
        place = np.array([number % 3 / 3, number // 3 / 2]) + 0.01
        uvs[side == number] = (corner[side == number][..., axes] + 0.5) * [0.31, 0.48] + place
    np.savez(tmp_path / "box.npz", vertices=box.vertices, faces=box.faces, uvs=uvs)
    pixels = np.random.default_rng(0).integers(0, 255, (4, 4, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "tiny.png")
    words = ["metrics", "seams", str(tmp_path / "box.npz"), str(tmp_path / "tiny.png")]
    assert main([*words, "--json"]) == 0
    assert answer(capsys)[0]["ratio"] is None
    assert main(words) == 0
    assert "infinite" in capsys.readouterr().out


def test_strokes_and_their_floor_are_of_the_same_sheets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file is one texture of all faces, whatever their sheets; of several, each is a sheet's own."""
    mesh = ball()
    lower = (mesh.uvs[..., 1] < 0.5).all(1)
    halves = np.where(lower[:, None, None], mesh.uvs * [1, 2] + [1, 0], mesh.uvs * [1, 2] - [0, 1])
    surface = {"vertices": mesh.vertices, "faces": mesh.faces}
    np.savez(tmp_path / "sheets.npz", **surface, uvs=mesh.uvs, sheet=lower)
    np.savez(tmp_path / "tiles.npz", **surface, uvs=halves)
    texture = position_texture(mesh, 128, stroke=0.2)
    save_picture(tmp_path / "one.png", texture)
    for tile, part in zip((1001, 1002), texture.split(64, dim=2), strict=True):
        save_picture(tmp_path / f"part.{tile}.png", part)

    monkeypatch.setattr(evenness, "WINDOWS", evenness.ROUGH)
    one = measure_strokes(str(tmp_path / "sheets.npz"), str(tmp_path / "one.png"))
    tiles = measure_strokes(str(tmp_path / "tiles.npz"), str(tmp_path / "part.<UDIM>.png"))
    assert tiles == pytest.approx(one, rel=1e-3)


def test_portrait(quad: Path, painting: Path, tmp_path: Path, capsys: Captured) -> None:
    output = tmp_path / "look.png"
    words = ["portrait", str(quad), str(painting), str(painting), "-o", str(output), "--size", "40", "--json"]
    assert main(words) == 0
    assert answer(capsys)[0]["output"] == str(output)
    with Image.open(output) as image:
        assert image.size == (80, 80)
        assert len(image.getcolors(9999) or []) > 20
    assert main(["portrait", str(quad), str(tmp_path / "no.png"), "-o", str(output)]) == 1


def test_portraits_stand_as_their_files_do(tmp_path: Path, painting: Path) -> None:
    """Blender's meshes, in .npz, are tall along z, those of mesh files along y."""
    wall = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 2], [0, 0, 2]], float)
    faces, uv = np.array([[0, 1, 2], [0, 2, 3]]), np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    np.savez(tmp_path / "wall.npz", vertices=wall, faces=faces, uvs=uv[faces])
    points = "".join("v {} {} {}\n".format(*point) for point in wall[:, [0, 2, 1]])
    places = "".join("vt {} {}\n".format(*place) for place in uv)
    (tmp_path / "wall.obj").write_text(points + places + "f 1/1 2/2 3/3\nf 1/1 3/3 4/4\n", encoding="utf-8")
    looks = []
    for name in ("wall.npz", "wall.obj"):
        output = tmp_path / f"{name}.png"
        words = ["portrait", str(tmp_path / name), str(painting), "-o", str(output), "--size", "48"]
        assert main(words) == 0
        with Image.open(output) as image:
            looks.append(np.array(image, float))
    assert looks[0].std() > 20
    assert np.abs(looks[0] - looks[1]).mean() < 1


def test_interrupted_twice(
    quad: Path, painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nst.core.cli.stylize.run_job", interrupt)
    assert main(["texture", str(quad), str(painting), "-o", str(tmp_path / "o.png"), *SMALL]) == 130


def test_interrupted_twice_it_says_where_the_work_is(
    photo: Path, painting: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "work"

    def interrupt(*_: object) -> None:
        kept.write_bytes(b"some")
        raise KeyboardInterrupt

    monkeypatch.setattr(stylize, "run_job", interrupt)
    words = ["image", str(photo), str(painting), "-o", str(tmp_path / "o.png"), "--checkpoint", str(kept)]
    assert main(words) == 130
    assert f"kept in {kept}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["--live", "none/l.png"], ["--live", "l.xyz"], ["--preview", "none/p.png"], ["--preview", "p"]],
)
def test_what_is_shown_meanwhile_is_checked_at_the_start(
    words: list[str], photo: Path, painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["image", str(photo), str(painting), "-o", "o.png", *words, *SMALL]) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_result_that_cannot_be_printed() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*NST, "info"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("nst: The result cannot be printed")


def test_a_closed_output_is_no_reason_to_work(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["info"]) == 1
    assert capsys.readouterr().err == "nst: The result cannot be printed: the standard output is closed.\n"


def test_style_files(
    painting: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["style", "pack", str(painting), "-o", "a.nststyle", "--device", "cpu", "--json"]) == 0
    made, _ = answer(capsys)
    assert made["name"] == painting.stem
    words = ["a.nststyle:0.7", f"{painting}:0.3"]
    assert main(["style", "mix", *words, "-o", "b.nststyle", "--device", "cpu"]) == 0
    assert "+" in capsys.readouterr().out
    assert main(["style", "show", "b.nststyle", "--thumbnail", "t.png", "--json"]) == 0
    shown, _ = answer(capsys)
    assert shown["sizes"] == made["sizes"]
    assert main(["metrics", "style", str(painting), "a.nststyle", "--json"]) == 0
    distance, _ = answer(capsys)
    assert list(distance) == ["rgb", "relu1_1", "relu2_1", "relu3_1", "relu4_1"]
    assert max(distance.values()) < 0.05
    with Image.open("t.png") as image:
        assert image.size == (128, 128)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["pack", "none.png", "-o", "a.nststyle"], "none.png"),
        (["pack", "none.png", "-o", "a.png"], "must end in .nststyle"),
        (["mix", "a.png:-1", "b.png", "-o", "a.nststyle"], "the weight of a.png is -1"),
        (["mix", "a.png:nan", "b.png", "-o", "a.nststyle"], "the weight of a.png is nan"),
        (["mix", "a.png:0", "b.png:0", "-o", "a.nststyle"], "weights of the styles sum to 0"),
        (["show", "none.nststyle"], "none.nststyle"),
    ],
)
def test_wrong_style_files(
    words: list[str], says: str, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["style", *words]) in (1, 2)
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_metrics_of_pictures(photo: Path, painting: Path, capsys: Captured) -> None:
    assert main(["metrics", "style", str(painting), str(painting), "--json"]) == 0
    assert max(answer(capsys)[0].values()) < 1e-3
    assert main(["metrics", "content", str(painting), str(photo)]) == 0
    assert "structure" in capsys.readouterr().out
    assert main(["metrics", "content", "none.png", str(photo)]) == 1


def test_metrics_of_pictures_that_show_nothing(
    photo: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (1, 1)).save("one.png")
    Image.new("RGBA", (32, 32)).save("clear.png")
    for words, says in (
        (["content", str(photo), "one.png"], "1 x 1 pixels, which is too small to measure"),
        (["style", "one.png", str(photo)], "too small to measure"),
        (["style", str(photo), "one.png"], "too small to measure"),
        (["style", "clear.png", str(photo)], "clear.png is transparent"),
        (["style", str(photo), "clear.png"], "clear.png is transparent"),
    ):
        assert main(["metrics", *words]) == 1
        assert says in capsys.readouterr().err


def test_metrics_of_a_surface(painting: Path, tmp_path: Path, capsys: Captured) -> None:
    """A unit square whose texture is the painting, and the square with its UV map turned by a quarter."""
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    uvs = corners[faces][..., :2]
    turned = np.stack([1 - uvs[..., 1], uvs[..., 0]], axis=-1)
    np.savez(tmp_path / "square.npz", vertices=corners, faces=faces, uvs=uvs)
    np.savez(tmp_path / "turned.npz", vertices=corners, faces=faces[::-1], uvs=turned[::-1])
    with Image.open(painting) as picture:
        texture = picture.resize((128, 128))
    texture.save(tmp_path / "texture.png")
    texture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "texture_turned.png")
    square = [str(tmp_path / "square.npz"), str(tmp_path / "texture.png")]
    other = [str(tmp_path / "turned.npz"), str(tmp_path / "texture_turned.png")]

    assert main(["metrics", "strokes", *square, "--json"]) == 0
    strokes, _ = answer(capsys)
    assert 0 < strokes["wavelength"] < 0.5
    assert 0 < strokes["floor"] < 0.2
    assert main(["metrics", "unwrap", *square, *other, "#808080", "--json"]) == 0
    unwrap, _ = answer(capsys)
    assert unwrap["fine"] < 0.05
    assert unwrap["matched"] == 1
    assert main(["metrics", "unwrap", *square, *square, square[1]]) == 0
    assert "coarse" in capsys.readouterr().out
    assert main(["metrics", "surface-style", *square, str(painting), "--stroke", "0.1", "--json"]) == 0
    assert set(answer(capsys)[0]) >= {"rgb", "relu5_1", "palette"}


def test_metrics_of_what_is_no_surface(quad: Path, painting: Path, tmp_path: Path, capsys: Captured) -> None:
    Image.new("RGB", (64, 64), (200, 40, 40)).save(tmp_path / "plain.png")
    plain = [str(quad), str(tmp_path / "plain.png")]
    assert main(["metrics", "strokes", *plain, "--json"]) == 1
    assert answer(capsys)[0]["error"]["code"] == "texture_plain"
    assert main(["metrics", "unwrap", *plain, *plain, "no such thing"]) == 1
    assert "no such thing" in capsys.readouterr().err
    assert main(["metrics", "unwrap", *plain, *plain, "#808080", "--scale", "-1"]) == 2
    assert main(["metrics", "surface-style", *plain, str(painting), "--stroke", "nan"]) == 2
    assert main(["metrics", "surface-style", str(painting), str(painting), str(painting)]) == 1
