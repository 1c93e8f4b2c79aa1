"""Animations of pictures that no renderer knows the motion of, through the real job and the real command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from nst.core.files import file_digest
from nst.core.images import load_picture, save_picture
from nst.core.motion.estimate import Estimate
from nst.core.protocol import AnimationJob, JobError
from nst.core.protocol.numbered import state_folder
from nst.core.render.animation import stylize_animation
from nst.core.solve.progress import SilentWatcher

from ..motion.panning import HEIGHT, PAN, SIDE, STEP, TOP, WIDTH, KnownFlow, picture
from .files import write_layers

FRAMES = range(1, 6)
RIM = 7  # pixels from where things hide each other or are out of view, which may be painted anew


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory, painting: Path) -> AnimationJob:
    folder = tmp_path_factory.mktemp("clip")
    for number in FRAMES:
        save_picture(folder / f"clip_{number:04d}.png", picture(number))
    output = str(folder / "painted" / "paint_####.png")
    Path(output).parent.mkdir()
    content = str(folder / "clip_####.png")
    return AnimationJob(content, str(painting), output, every=4, quality="draft", device="cpu")


def known(name: str, _device: torch.device) -> Estimate:
    assert name == "raft"
    return KnownFlow(FRAMES)


def pixels(job: AnimationJob, number: int) -> NDArray[np.float32]:
    path = job.output.replace("####", f"{number:04d}")
    found: NDArray[np.float32] = load_picture(path).rgb[0].numpy() * 255
    return found


def test_paint_follows_what_is_seen_and_what_appears_is_painted(job: AnimationJob) -> None:
    info = stylize_animation(job, SilentWatcher(), known)
    assert info["flow"] == "raft"
    assert info["painted"][:2] == [1, 5]
    assert any("was estimated from the pictures (RAFT)" in note for note in info["notes"])
    first = pixels(job, 1)
    inner = SIDE - 2 * RIM
    rows = slice(TOP + RIM, TOP + RIM + inner)
    for number in FRAMES:
        now, gone = pixels(job, number), number - 1
        left = 12 + STEP + RIM
        own = first[:, rows, left : left + inner]
        left += STEP * gone
        assert np.abs(now[:, rows, left : left + inner] - own).max() <= 1, number
        # The wall above the square, which has come that far to the left.
        shown = WIDTH - PAN * gone - RIM
        above = now[:, : TOP - RIM, :shown] - first[:, : TOP - RIM, PAN * gone : PAN * gone + shown]
        assert np.abs(above).max() <= 1, number
    assert not Path(state_folder(job.output)).exists()


@pytest.mark.parametrize("suffix", [".jpg", ".exr"])
def test_kinds_of_pictures(job: AnimationJob, tmp_path: Path, suffix: str) -> None:
    """An EXR file without passes is one of them."""
    for number in (1, 2):
        save_picture(tmp_path / f"c_{number:04d}{suffix}", picture(number))
    own = replace(job, content=str(tmp_path / f"c_####{suffix}"), output=str(tmp_path / "p_####.png"))
    info = stylize_animation(replace(own, every=1, only="1-1"), SilentWatcher(), known)
    assert (info["flow"], info["written"]) == ("raft", 1)


def test_pictures_have_no_vectors(job: AnimationJob) -> None:
    with pytest.raises(
        JobError, match=r"clip_0001\.png is a picture, which has no motion vectors.*--flow dis"
    ):
        stylize_animation(replace(job, flow="vectors"), SilentWatcher(), known)


def test_vectors_that_were_forgotten_are_asked_for(job: AnimationJob, tmp_path: Path) -> None:
    for number in (1, 2):
        planes = {f"L.Combined.{c}": plane for c, plane in zip("RGB", picture(number)[0], strict=True)}
        planes["L.Depth.Z"] = torch.ones(HEIGHT, WIDTH)
        write_layers(tmp_path / f"r_{number:04d}.exr", planes)
    own = replace(job, content=str(tmp_path / "r_####.exr"), output=str(tmp_path / "p_####.png"), only="1-1")
    with pytest.raises(JobError, match=r"no pass Vector.*--flow raft or --flow dis"):
        stylize_animation(own, SilentWatcher(), known)
    info = stylize_animation(replace(own, flow="raft"), SilentWatcher(), known)
    assert (info["flow"], info["written"]) == ("raft", 1)


def test_without_weights_nothing_is_painted(
    job: AnimationJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    own = replace(job, output=str(tmp_path / "p_####.png"))
    with pytest.raises(JobError, match="cannot be downloaded") as caught:
        stylize_animation(own, SilentWatcher())
    assert caught.value.code == "weights_missing"
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_frames_of_two_sizes(job: AnimationJob, tmp_path: Path) -> None:
    save_picture(tmp_path / "c_1.png", picture(1))
    save_picture(tmp_path / "c_2.png", picture(2)[..., :-1])
    own = replace(job, content=str(tmp_path / "c_#.png"), output=str(tmp_path / "p_#.png"))
    with pytest.raises(JobError, match="Frame 2 is not as large as the first"):
        stylize_animation(own, SilentWatcher(), known)


def test_a_flow_that_is_none(job: AnimationJob) -> None:
    with pytest.raises(JobError, match="flow") as caught:
        replace(job, flow="guess")
    assert caught.value.code == "bad_job"


def test_the_command_killed_and_started_again_gives_the_same_frames(
    job: AnimationJob, tmp_path: Path
) -> None:
    """With DIS, for real."""
    digests = []
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
        own = replace(job, output=str(tmp_path / name / "p_####.png"), flow="dis", last=2)
        if name == "whole":
            stylize_animation(own, SilentWatcher())
        else:
            words = ["animation", own.content, own.style, "-o", own.output, "--flow", "dis", "--every", "4"]
            words += ["--last", "2", "--quality", "draft", "--device", "cpu"]
            command = [sys.executable, "-P", "-m", "nst.core.cli", *words]
            process = subprocess.Popen([*command, "-q"])
            while not (tmp_path / name / "p_0001.png").exists() and process.poll() is None:
                time.sleep(0.02)
            os.kill(process.pid, signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
            process.wait()
            assert not (tmp_path / name / "p_0002.png").exists()
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            assert "estimated from the pictures (DIS)" in done.stdout + done.stderr
        assert not Path(state_folder(own.output)).exists()
        files = sorted((tmp_path / name).glob("p_*.png"))  # whoever is killed may leave half a file, too
        assert [file.name for file in files] == [f"p_{number:04d}.png" for number in (1, 2)]
        digests.append([file_digest(file) for file in files])
    assert digests[0] == digests[1]
