from __future__ import annotations

from pathlib import Path

import pytest

from nst.core import images
from nst.core.protocol import JobError
from nst.core.protocol.numbered import (
    PICTURES,
    frame_path,
    frames_there,
    output_pattern,
    pattern_of,
    state_folder,
)


@pytest.mark.parametrize(
    ("pattern", "frame", "name"),
    [
        ("shot_####.exr", 7, "shot_0007.exr"),
        ("shot_####.exr", 12345, "shot_12345.exr"),
        ("shot_####.exr", -3, "shot_-0003.exr"),
        ("#.png", 10, "10.png"),
        ("take#2_##.png", 4, "take#2_04.png"),  # the last run counts
    ],
)
def test_names(pattern: str, frame: int, name: str) -> None:
    assert frame_path(f"/a#b/{pattern}", frame) == Path("/a#b") / name


def test_a_name_without_a_number() -> None:
    with pytest.raises(JobError, match="no place for a frame"):
        frame_path("/a#b/still.png", 1)


def test_frames_that_are_there(tmp_path: Path) -> None:
    for name in ("s_0010.exr", "s_0002.exr", "s_-0001.exr", "s_2.exr", "s_0003.png", "s_x.exr", "t_0004.exr"):
        (tmp_path / name).touch()
    (tmp_path / "s_0005.exr").mkdir()
    assert frames_there(str(tmp_path / "s_####.exr")) == [-1, 2, 10]
    assert frames_there(str(tmp_path / "none" / "s_####.exr")) == []


@pytest.mark.parametrize(
    ("output", "folder"),
    [
        ("/a/shot_####.png", "shot.nst"),
        ("/a/####.exr", "frames.nst"),
        ("/a/one ##.take.png", "one .take.nst"),
    ],
)
def test_work_is_kept_beside_the_frames(output: str, folder: str) -> None:
    assert Path(state_folder(output)) == Path("/a") / folder


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/a1/shot_0012.exr", "/a1/shot_####.exr"),
        ("/a/s2_v3_7.exr", "/a/s2_v3_#.exr"),
        ("/a/shot_###.exr", "/a/shot_###.exr"),
        ("/a1/shot.jp2", "/a1/shot.jp2"),
    ],
)
def test_the_pattern_of_a_frame(path: str, pattern: str) -> None:
    assert pattern_of(path) == pattern


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/a/b/", "/a/b/####.png"),
        ("/a/shot", "/a/shot####.png"),
        ("/a/shot.exr", "/a/shot####.exr"),
        ("/a/shot_##", "/a/shot_##.png"),
        ("/a/s_###_x.jpg", "/a/s_###_x.jpg"),
    ],
)
def test_an_output_has_a_place_for_numbers(path: str, pattern: str) -> None:
    assert output_pattern(path, ".png") == pattern


def test_the_endings_are_those_that_the_engine_writes() -> None:
    assert set(PICTURES) == set(images._SUFFIXES)
