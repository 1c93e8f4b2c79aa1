"""Animations of two eyes, really painting small frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nst.core.cli import main
from nst.core.exr import write_exr
from nst.core.files import file_digest
from nst.core.images import load_picture
from nst.core.protocol import AnimationJob, JobCancelled, JobError, RenderJob, Stereo, job_from_dict
from nst.core.protocol.jobs import job_to_dict
from nst.core.protocol.numbered import frame_path, state_folder
from nst.core.render.layers import COMBINED, read_layers
from nst.core.runner import plan_job, run_job
from nst.core.solve.progress import Report, SilentWatcher
from nst.core.stereo.eyes import open_eyes
from nst.core.stereo.view import right_view

from ..render.files import write_layers
from ..render.test_animation import Stopping

HEIGHT, WIDTH, STEP, FRAMES = 40, 72, 1, range(1, 5)


def planes(number: int, sign: float, step: int = STEP) -> dict[str, Any]:
    """A board at 4 that moves to the right before a wall at 8, for one of two eyes, 4 and 2 pixels apart."""
    y, x = np.meshgrid(np.arange(float(HEIGHT)), np.arange(float(WIDTH)), indexing="ij")
    near, far = 4 * sign, 2 * sign
    board = (abs(x - 30 - step * number - near) < 12) & (abs(y - 20) < 11)
    shift = np.where(board, near + step * number, far)
    own, up = x - shift, y + 9 * board
    waves = [np.sin(0.3 * own + 0.2 * up + phase) * np.cos(0.11 * own - 0.4 * up) for phase in (0, 1, 2)]
    color = 0.5 + 0.4 * np.stack(waves)
    color = np.where(board, color[::-1], color)
    found = {f"V.Combined.{c}": plane for c, plane in zip("RGBA", (*color, np.ones_like(x)), strict=True)}
    moved = np.where(board, -float(step), 0.0)
    found |= {f"V.Vector.{c}": plane for c, plane in zip("XYZW", (moved, 0 * x, moved, 0 * x), strict=True)}
    return found | {"V.Depth.Z": np.where(board, 4.0, 8.0), "V.Object Index.X": 1.0 + board}


def render(folder: Path, step: int = STEP) -> Path:
    folder.mkdir(exist_ok=True)
    for number in FRAMES:
        for eye, sign in (("L", 0.5), ("R", -0.5)):
            write_layers(folder / f"s_{number:04d}_{eye}.exr", planes(number, sign, step))
    return folder / "s_####.exr"


class Listening(SilentWatcher):
    """Remembers what is said."""

    def __init__(self) -> None:
        self.said: set[str] = set()

    def progress(self, report: Report) -> None:
        self.said.add(report.stage)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory, painting: Path) -> AnimationJob:
    folder = tmp_path_factory.mktemp("stereo")
    content = render(folder / "renders")
    (folder / "whole").mkdir()
    return AnimationJob(
        str(content),
        str(painting),
        str(folder / "whole" / "p_####.png"),
        every=3,
        quality="draft",
        device="cpu",
        stereo=Stereo("pair"),
    )


@pytest.fixture(scope="module")
def whole(job: AnimationJob) -> dict[str, str]:
    """What an undisturbed run makes."""
    watcher = Listening()
    info = run_job(job, watcher)
    assert info["painted"] == [1, 4]
    assert {f"Writing frame {number}" for number in FRAMES} < watcher.said
    assert info["healed"][0] == 1
    assert info["written"] == len(FRAMES)
    assert not Path(state_folder(job.output)).exists()
    return made(job)


def made(job: AnimationJob) -> dict[str, str]:
    return {path.name: file_digest(path) for path in sorted(Path(job.output).parent.glob("p_*.png"))}


def pictures(job: AnimationJob, number: int) -> tuple[Tensor, Tensor]:
    left, right = (
        load_picture(frame_path(job.output.replace(".png", f"_{eye}.png"), number)).rgb for eye in "LR"
    )
    return left, right


def elsewhere(job: AnimationJob, folder: Path, **settings: object) -> AnimationJob:
    return replace(job, output=str(folder / "p_####.png"), **settings)


def test_both_eyes_see_the_same_paint_at_every_frame(job: AnimationJob, whole: dict[str, str]) -> None:
    assert list(whole) == [f"p_{number:04d}_{eye}.png" for number in FRAMES for eye in "LR"]
    for number in FRAMES:
        left, right = pictures(job, number)
        content = str(frame_path(job.content, number))
        view = right_view(
            one := RenderJob(content, job.style, job.output, stereo=job.stereo), *open_eyes(one)
        )
        apart = (view.of(left) - right).abs().mean(1, keepdim=True)
        assert float(apart[view.whole].mean()) < 0.004, number
        assert 0.02 < float((~view.seen).float().mean()) < 0.2
        assert float((left - right).abs().mean()) > 0.02


def test_what_the_right_eye_alone_sees_is_painted_once(job: AnimationJob, whole: dict[str, str]) -> None:
    """The strip of wall that the board hides from the left eye alone stays as it was while it is there."""
    hidden = [~view_of(job, number).seen for number in (1, 2)]
    strip = hidden[0] & hidden[1]
    strip[..., :4], strip[..., -8:] = False, False
    one, other = (pictures(job, number)[1] for number in (1, 2))
    assert int(strip.sum()) > 10
    assert float((one - other).abs().mean(1, keepdim=True)[strip].mean()) < 0.01


def view_of(job: AnimationJob, number: int) -> Any:
    one = RenderJob(str(frame_path(job.content, number)), job.style, job.output, stereo=job.stereo)
    return right_view(one, *open_eyes(one))


def test_the_first_frame_is_a_still(job: AnimationJob, whole: dict[str, str], tmp_path: Path) -> None:
    content, output = str(frame_path(job.content, 1)), str(tmp_path / "p_0001.png")
    run_job(job.of_frame(content, output), SilentWatcher())
    for eye in "LR":
        assert file_digest(tmp_path / f"p_0001_{eye}.png") == whole[f"p_0001_{eye}.png"]


def test_a_stopped_job_gives_the_same_files(job: AnimationJob, whole: dict[str, str], tmp_path: Path) -> None:
    """Also where the right eye's file is lost that the left one's was written with."""
    own = elsewhere(job, tmp_path)
    with pytest.raises(JobCancelled):
        run_job(own, Stopping("Writing frame", 2))
    assert len(made(own)) == 4
    (tmp_path / "p_0002_R.png").unlink()
    info = run_job(own, SilentWatcher())
    assert info["painted"] == []
    assert info["written"] == 3
    assert made(own) == whole
    assert not Path(state_folder(own.output)).exists()


def test_frames_made_by_several_are_the_same(
    job: AnimationJob, whole: dict[str, str], tmp_path: Path
) -> None:
    keys = run_job(elsewhere(job, tmp_path, only="keys"), SilentWatcher())
    assert (keys["painted"], keys["written"]) == ([1, 4], 0)
    for only in ("3-4", "1-2"):
        assert run_job(elsewhere(job, tmp_path, only=only), SilentWatcher())["painted"] == []
    assert made(elsewhere(job, tmp_path)) == whole


def test_what_stands_still_stays_to_the_last_bit_in_both_eyes(job: AnimationJob, tmp_path: Path) -> None:
    content = render(tmp_path / "still", step=0)
    own = elsewhere(job, tmp_path, content=str(content))
    info = run_job(own, SilentWatcher())
    assert (info["painted"], info["healed"]) == ([1], [1])
    for eye in "LR":
        assert len({digest for name, digest in made(own).items() if eye in name}) == 1


def test_at_strength_0_both_eyes_come_back(job: AnimationJob, tmp_path: Path) -> None:
    own = replace(job, output=str(tmp_path / "same_####.exr"), strength=0.0, only="2-3")
    assert run_job(own, SilentWatcher())["written"] == 2
    for number in (2, 3):
        for eye in "LR":
            before, after = (
                read_layers(frame_path(path.replace(".exr", f"_{eye}.exr"), number))
                for path in (job.content, own.output)
            )
            light = after.without_names.find(COMBINED, "RGB")
            np.testing.assert_allclose(light, before.find(COMBINED, "RGB"), rtol=1e-3)


def test_halves_of_one_file_with_distances_of_their_own(job: AnimationJob, tmp_path: Path) -> None:
    """Pictures without passes, whose motion is estimated; planned, and at strength 0 as they were."""
    for number in (1, 2):
        eyes = [planes(number, sign) for sign in (0.5, -0.5)]
        shown = [np.stack([eye[f"V.Combined.{c}"] for c in "RGB"]) for eye in eyes]
        write_exr(
            tmp_path / f"both_{number:04d}.exr", torch.from_numpy(np.concatenate(shown, 2)).float(), None
        )
        far = np.concatenate([eye["V.Depth.Z"] for eye in eyes], 1)
        write_layers(tmp_path / f"far_{number:04d}.exr", {"Y": far})
    stereo = Stereo("side-by-side", depth=str(tmp_path / "far_####.exr"))
    content = str(tmp_path / "both_####.exr")
    own = elsewhere(job, tmp_path, content=content, stereo=stereo, flow="dis", every=1)
    assert plan_job(own, SilentWatcher())["seconds"] > 0
    assert run_job(own, SilentWatcher())["painted"][0] == 1
    for number in (1, 2):
        joined = load_picture(tmp_path / f"p_{number:04d}.png").rgb
        assert joined.shape == (1, 3, HEIGHT, 2 * WIDTH)
        left, right = joined.split(WIDTH, 3)
        wall = (left[..., :6, 4:60] - right[..., :6, 2:58]).abs().mean()
        assert float(wall) < 0.02


@pytest.mark.parametrize("missing", ["eye", "size", "depth", "far", "cube"])
def test_what_is_missing_is_said(job: AnimationJob, tmp_path: Path, missing: str) -> None:
    content = render(tmp_path / "bad")
    broken, settings = tmp_path / "bad" / "s_0003_R.exr", {"content": str(content)}
    said = {
        "eye": r"s_####_R\.exr, frame 3 is not there",
        "size": "frame 1 is not as large",
        "depth": "no pass Depth",
        "far": r"far_####_L\.exr, frame 1 is not there, nor are 3 others",
        "cube": "A cube map",
    }[missing]
    if missing == "eye":
        broken.unlink()
    elif missing == "size":
        broken = tmp_path / "bad" / "s_0001_R.exr"
        write_layers(broken, {name: plane[:32, :64] for name, plane in planes(1, -0.5).items()})
    elif missing == "depth":
        broken = tmp_path / "bad" / "s_0001_R.exr"
        write_layers(broken, {name: one for name, one in planes(1, -0.5).items() if "Depth" not in name})
    elif missing == "far":
        settings["stereo"] = Stereo("pair", depth=str(tmp_path / "far_####.exr"))  # type: ignore[assignment]
    else:
        settings["projection"] = "cube"
    with pytest.raises(JobError, match=f"(?i){said}"):
        run_job(elsewhere(job, tmp_path, **settings), SilentWatcher())
    assert not list(tmp_path.glob("p_*"))


def test_a_job_goes_through_a_file(job: AnimationJob) -> None:
    own = replace(job, stereo=Stereo("pair", eyes=0.06, poles=(60, 75), converge=2))
    assert job_from_dict(job_to_dict(own)) == own


def test_the_command(job: AnimationJob, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "p_####.png")
    words = ["animation", job.content, job.style, "-o", out, "--stereo", "pair", "--strength", "0", "-q"]
    assert main([*words, "--eyes", "0.06", "--pole-merge", "60,75", "--converge", "2"]) == 0
    said = capsys.readouterr().out
    assert "p_####_L.png" in said
    assert "p_####_R.png" in said
    assert len(list(tmp_path.glob("p_*.png"))) == 2 * len(FRAMES)
