"""The animation job, really painting small frames: it goes on where it stopped, alone or with others."""

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
from PIL import Image

from nst.core.files import file_digest
from nst.core.protocol import AnimationJob, Controls, JobCancelled, JobError, Mask
from nst.core.protocol.numbered import state_folder
from nst.core.render.animation import stylize_animation
from nst.core.render.layers import COMBINED, read_layers
from nst.core.render.shot import Shot, numbers_of
from nst.core.solve.progress import Report, SilentWatcher

from .files import write_layers

WIDTH, HEIGHT, SIDE, FRAMES = 64, 48, 20, range(1, 8)


def render(path: Path, number: int) -> None:
    """A square that moves to the right, two pixels a frame, over a wall."""
    left = 4 + 2 * number
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[12 : 12 + SIDE, left : left + SIDE] = True
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    wall, own = 0.2 + 0.1 * np.sin(x / 5 + y / 9), 0.6 + 0.2 * np.sin((x - left) / 3)
    planes = {
        f"L.Combined.{c}": np.where(inside, own * k, wall) for c, k in zip("RGB", (1, 0.7, 0.4), strict=True)
    }
    planes["L.Combined.A"] = np.ones_like(wall)
    moved = np.where(inside, 2.0, 0.0)
    planes |= {"L.Vector.X": -moved, "L.Vector.Y": 0 * moved, "L.Vector.Z": -moved, "L.Vector.W": 0 * moved}
    planes["L.IndexOB.X"] = inside.astype(float)
    planes["L.Depth.Z"] = np.where(inside, 4.0, 9.0)
    write_layers(path, planes)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory, painting: Path) -> AnimationJob:
    folder = tmp_path_factory.mktemp("shot")
    for number in FRAMES:
        render(folder / f"shot_{number:04d}.exr", number)
    output = str(folder / "whole" / "paint_####.png")
    Path(output).parent.mkdir()
    return AnimationJob(
        str(folder / "shot_####.exr"), str(painting), output, every=3, quality="draft", device="cpu"
    )


@pytest.fixture(scope="module")
def whole(job: AnimationJob) -> dict[int, str]:
    """What an undisturbed run makes: digests by frames."""
    info = stylize_animation(job, SilentWatcher())
    assert info["painted"] == [1, 4, 7]
    assert info["written"] == len(FRAMES)
    assert not Path(state_folder(job.output)).exists()
    return made(job)


def made(job: AnimationJob) -> dict[int, str]:
    paths = {number: Path(job.output.replace("####", f"{number:04d}")) for number in FRAMES}
    return {number: file_digest(path) for number, path in paths.items() if path.exists()}


def elsewhere(job: AnimationJob, folder: Path, **settings: object) -> AnimationJob:
    return replace(job, output=str(folder / "paint_####.png"), **settings)


class Stopping:
    """Cancels when a sentence has been said so many times."""

    def __init__(self, said: str, times: int) -> None:
        self.said, self.left = said, times

    def progress(self, report: Report) -> None:
        self.left -= self.said in report.stage

    def cancelled(self) -> bool:
        return self.left <= 0

    def enough(self) -> bool:
        return False


def test_a_stopped_job_goes_on_at_the_first_missing_frame(
    job: AnimationJob, whole: dict[int, str], tmp_path: Path
) -> None:
    own = elsewhere(job, tmp_path)
    with pytest.raises(JobCancelled):
        stylize_animation(own, Stopping("Writing frame", 4))
    before = made(own)
    assert list(before) == [1, 2, 3, 4]
    times = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.png")}
    info = stylize_animation(own, SilentWatcher())
    assert info["painted"] == [7]
    assert info["written"] == len(FRAMES) - 4
    assert made(own) == whole
    assert all(path.stat().st_mtime_ns == then for path, then in times.items())
    assert not Path(state_folder(own.output)).exists()


def test_a_killed_job_gives_the_same_files(job: AnimationJob, whole: dict[int, str], tmp_path: Path) -> None:
    own = elsewhere(job, tmp_path)
    words = [
        "animation",
        own.content,
        own.style,
        "-o",
        own.output,
        "--every",
        "3",
        "--quality",
        "draft",
        "--device",
    ]
    command = [sys.executable, "-P", "-m", "nst.core.cli", *words, "cpu", "-q"]
    process = subprocess.Popen(command)
    third = tmp_path / "paint_0003.png"
    while not third.exists() and process.poll() is None:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    process.wait()
    assert 0 < len(made(own)) < len(FRAMES)
    for folder in Path(state_folder(own.output)).iterdir():
        (folder / ".key_7.safetensors.abc.tmp").write_text("killed while it was written")
    assert subprocess.run(command).returncode == 0
    assert made(own) == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"paint_{n:04d}.png" for n in FRAMES]


def test_frames_made_by_several_meet_without_a_seam(
    job: AnimationJob, whole: dict[int, str], tmp_path: Path
) -> None:
    """The last frames first, by one who paints the keys before them; then keys alone; then the rest."""
    last = stylize_animation(elsewhere(job, tmp_path, only="5-7"), SilentWatcher())
    assert last["painted"] == [1, 4, 7]
    assert list(made(elsewhere(job, tmp_path))) == [5, 6, 7]
    keys = stylize_animation(elsewhere(job, tmp_path, only="keys"), SilentWatcher())
    assert keys["painted"] == []
    rest = elsewhere(job, tmp_path, only="1-4")
    assert stylize_animation(rest, SilentWatcher())["painted"] == []
    assert made(rest) == whole
    assert Path(state_folder(rest.output)).is_dir()


def test_what_another_job_has_done_stays(job: AnimationJob, tmp_path: Path) -> None:
    """Two ranges with one output, the obvious way to use two machines; and a stranger's files."""
    folder = Path(state_folder(str(tmp_path / "paint_####.png")))
    folder.mkdir()
    (folder / "key_art.safetensors").write_text("mine")
    for first, last in ((1, 1), (2, 2)):
        stylize_animation(elsewhere(job, tmp_path, first=first, last=last, only="keys"), SilentWatcher())
    again = stylize_animation(elsewhere(job, tmp_path, first=1, last=1), SilentWatcher())
    assert again["painted"] == []
    assert (folder / "key_art.safetensors").read_text() == "mine"
    assert len(list(folder.iterdir())) == 2


def test_a_frame_is_made_of_all_up_to_the_next_key(job: AnimationJob, tmp_path: Path) -> None:
    for number in FRAMES:
        render(tmp_path / f"shot_{number:04d}.exr", number)
    own = replace(job, content=str(tmp_path / "shot_####.exr"))
    before = {number: Shot(own).made_of(number) for number in FRAMES}
    assert before[2] == before[3] == before[4] != before[1]
    render(tmp_path / "shot_0006.exr", 2)
    after = Shot(own)
    assert [number for number in FRAMES if after.made_of(number) != before[number]] == [5, 6, 7]


def test_frames_are_not_written_over_what_is_read(job: AnimationJob, tmp_path: Path) -> None:
    for number in (1, 2):
        Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / f"paint_{number:04d}.png")
    own = elsewhere(job, tmp_path, painted=str(tmp_path / "paint_####.png"))
    with pytest.raises(JobError, match="painted frame would be written over the picture that it is made of"):
        stylize_animation(own, SilentWatcher())


def test_a_thing_that_is_out_of_view_for_a_while(job: AnimationJob, painting: Path, tmp_path: Path) -> None:
    """Its mask is empty in the first frame: the others are painted all the same, in its own colours there."""
    for number in (1, 2):
        render(tmp_path / f"shot_{number:04d}.exr", number)
    layers = read_layers(tmp_path / "shot_0002.exr")
    planes = {f"{layer}.{c}": plane for layer, each in layers.planes.items() for c, plane in each.items()}
    planes["L.IndexOB.X"] = np.where(planes["L.IndexOB.X"] == 1, 9.0, 0.0)
    write_layers(tmp_path / "shot_0002.exr", planes)
    controls = Controls(masks=(Mask("index:9", str(painting), color="keep"),))
    content = str(tmp_path / "shot_####.exr")
    own = elsewhere(job, tmp_path, content=content, controls=controls, every=1, view_layer="")
    assert stylize_animation(own, SilentWatcher())["written"] == 2
    for number in (1, 2):
        write_layers(tmp_path / f"shot_{number:04d}.exr", {f"L.Combined.{c}": np.ones((4, 4)) for c in "RGB"})
    with pytest.raises(JobError, match="no pass Vector"):
        stylize_animation(replace(own, controls=Controls()), SilentWatcher())


def test_another_job_or_another_render_is_not_gone_on_from(job: AnimationJob, tmp_path: Path) -> None:
    own = elsewhere(job, tmp_path, only="1-1")
    assert stylize_animation(own, SilentWatcher())["written"] == 1
    assert stylize_animation(own, SilentWatcher())["written"] == 0
    assert stylize_animation(replace(own, seed=5), SilentWatcher())["painted"] == [1]
    render(tmp_path / "shot_0001.exr", 2)
    changed = replace(own, seed=5, content=str(tmp_path / "shot_####.exr"))
    assert stylize_animation(changed, SilentWatcher())["painted"] == [1]


def test_frames_that_are_not_there(job: AnimationJob) -> None:
    with pytest.raises(JobError, match="frame 8 is not there, nor are 2 others"):
        numbers_of(job.content, 1, 10)
    with pytest.raises(JobError, match="Frames 20 to 30 are none of the animation's"):
        stylize_animation(replace(job, only="20-30"), SilentWatcher())


def test_a_movie_is_no_frames(job: AnimationJob) -> None:
    with pytest.raises(
        JobError, match=r"clip\.MP4 is a movie.*--renders clip\.MP4.*ffmpeg -i.*clip_####\.png"
    ):
        numbers_of("clip.MP4", None, None)


@pytest.mark.parametrize("only", ["all", "5-", "9-3", "1-2-3", 7])
def test_frames_that_are_none(job: AnimationJob, only: object) -> None:
    with pytest.raises(JobError, match="only is") as caught:
        replace(job, only=only)  # type: ignore[arg-type]
    assert caught.value.code == "bad_job"


def test_at_strength_0_frames_come_back(job: AnimationJob, tmp_path: Path) -> None:
    own = replace(job, output=str(tmp_path / "same_####.exr"), strength=0.0, only="2-3")
    info = stylize_animation(own, SilentWatcher())
    assert (info["written"], info["painted"]) == (2, [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["same_0002.exr", "same_0003.exr"]
    for number in (2, 3):
        before = read_layers(job.content.replace("####", f"{number:04d}")).find(COMBINED, "RGB")
        after = read_layers(tmp_path / f"same_{number:04d}.exr").without_names.find(COMBINED, "RGB")
        np.testing.assert_allclose(after, before, rtol=1e-3)


def test_frames_painted_by_hand_are_kept_and_carried(job: AnimationJob, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for number in (1, 7):
        pixels = rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"hand_{number:04d}.png")
    own = elsewhere(job, tmp_path, painted=str(tmp_path / "hand_####.png"), every=20)
    info = stylize_animation(own, SilentWatcher())
    assert info["painted"] == []
    for number in (1, 7):
        pictures = [Image.open(tmp_path / f"{name}_{number:04d}.png") for name in ("hand", "paint")]
        assert np.array_equal(*(np.asarray(one.convert("RGB")) for one in pictures))
    with pytest.raises(JobError, match=r"hand_0002\.png is not there.*or begin at frame 7"):
        stylize_animation(replace(own, first=2, last=7), SilentWatcher())
    Image.new("RGB", (20, 20)).save(tmp_path / "hand_0003.png")
    with pytest.raises(JobError, match="The painted frame 3 is not as large"):
        stylize_animation(own, SilentWatcher())


def test_outlines_are_kept_in_frames_as_in_stills(
    job: AnimationJob, whole: dict[int, str], tmp_path: Path
) -> None:
    own = elsewhere(job, tmp_path, only="1-1", outlines=2.0)
    stylize_animation(own, SilentWatcher())
    assert made(own)[1] != whole[1]
    assert np.asarray(Image.open(tmp_path / "paint_0001.png")).shape[:2] == (HEIGHT, WIDTH)
